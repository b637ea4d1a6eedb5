import { clip, ensureWritableTarget, TenasError, writeOutputFile } from '@tenas/base';
import { type Graph, graphCost } from '@tenas/graph';
import {
  type CheckResult,
  checkOnnx,
  DEFAULT_OPSET,
  exportOnnx,
  modelDescription,
  modelMetadata,
  requireOpset,
} from '@tenas/onnx';
import { parseJsonText, readSearchRecord, type SearchRecord } from '@tenas/records';
import { type DatasetShape, type FoundArchitecture, findArchitecture, listSpaces } from '@tenas/spaces';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import { namingFlags } from '../../flag-reading.js';
import { inputText } from '../../input-text.js';
import type { Given as GivenOf, Invocation } from '../../invocation.js';
import { printResult } from '../../io.js';
import { PlugIns } from '../../plug-ins.js';
import { version } from '../../version.js';
import { openNetworkImages, shapeOfNamed } from './images.js';
import { modelOrigin } from './model-origin.js';
import { networkWeights } from './network-weights.js';
import type { exportUsage } from './options.js';

type Given = GivenOf<typeof exportUsage>;

/** The flags of the fields that other packages name in their errors. */
const flagOf = {
  opset: '--opset',
  numClasses: '--classes',
  C: '--C',
  N: '--N',
  inputShape: '--input-size',
};

/** `tenas export`: an architecture as an ONNX file, checked on request. */
export async function exportNetwork({ given, json, io }: Invocation<typeof exportUsage>): Promise<ExitCode> {
  const start = performance.now();
  const opset = namingFlags(flagOf, () => requireOpset(given.opset ?? DEFAULT_OPSET));
  const subject = await subjectOf(given, io.signal);
  const { space, architecture } = subject;
  const genotype = space.format(architecture);
  const size = networkSize(given, space.sizes.final(subject.dataset));
  const graph = namingFlags(flagOf, () => space.network(architecture, size));
  await ensureWritableTarget(given.out, given);

  const images = await openNetworkImages(given, subject.dataset, graph);
  const { weights, origin, trained, calibration } = await networkWeights(graph, given, images, io);
  await images?.close?.();
  const described = modelOrigin({
    ...subject,
    graph,
    namedDataset: given.dataset,
    weights: origin,
    trained,
    calibration,
    classNames: images?.classNames,
  });
  const bytes = exportOnnx(graph, weights, {
    opset,
    metadata: modelMetadata(described),
    docString: modelDescription(described),
    producerVersion: version(),
    graphName: space.name,
  });
  io.signal.throwIfAborted();
  await writeOutputFile(given.out, bytes, given);
  const checked = given.check
    ? await checkOnnx(given.out, { graph, weights, signal: io.signal, threads: given.threads })
    : null;
  const { params, flops } = graphCost(graph);
  const document = {
    out: given.out,
    space: space.name,
    genotype,
    network: size,
    opset,
    params,
    flops,
    bytes: bytes.length,
    weights: origin,
    trained,
    ...(calibration === undefined ? {} : { calibration }),
    ...(checked === null ? {} : { check: checkDocument(checked) }),
    seconds: (performance.now() - start) / 1000,
  };
  for (const warning of checked?.warnings ?? []) io.err(`note: ${warning}\n`);
  printResult(io, json, document, () =>
    [
      `architecture  ${genotype}`,
      `network       ${(params / 1e6).toFixed(3)} M parameters, ${(flops / 1e6).toFixed(2)} M multiply-adds, input ${shapeOf(graph, graph.input).join('x')}, ${shapeOf(graph, graph.output)[0]} classes`,
      `weights       ${origin} (${trained ? 'trained' : 'untrained'})`,
      ...(calibration === undefined ? [] : [`batch norm    calibrated on ${calibration}`]),
      `ONNX          ${given.out} (opset ${opset}, ${(bytes.length / 1e6).toFixed(2)} MB)`,
      ...(checked === null ? [] : [`check         ${checkLine(checked)}`]),
    ].join('\n'),
  );
  if (checked?.ok === false) io.err(`check failed: ${checked.failure}\n`);
  return checked === null || checked.ok ? exitCodes.ok : exitCodes.checkFailed;
}

interface Subject extends FoundArchitecture {
  /** Decides the size of the final network. */
  readonly dataset: DatasetShape;
  /** The record that it was found in. */
  readonly record?: SearchRecord | undefined;
}

/** The architecture to export: the one given, or that of a search's record. */
async function subjectOf(given: Given, signal: AbortSignal): Promise<Subject> {
  if ((given.arch === undefined) === (given.record === undefined)) {
    const message =
      given.arch === undefined ? 'give --arch or --record' : 'give --arch or --record, not both';
    throw new TenasError('OPTION_INVALID', message, { field: '--arch', value: given.arch });
  }
  const named = given.space === undefined ? undefined : await new PlugIns().space(given.space);
  if (given.arch !== undefined) {
    const { arch, dataset = 'cifar10' } = given;
    return { ...findArchitecture(arch, named?.name), dataset: await shapeOfNamed(dataset, given) };
  }
  const text = await inputText(given.record!, signal);
  const record = readSearchRecord(parseJsonText(text, given.record!), given.record!);
  if (record.architecture === null) {
    throw new TenasError(
      'RECORD_INVALID',
      `${given.record}: status: the search was interrupted: there is no architecture in it`,
      { field: 'status', value: record.status },
    );
  }
  if (named !== undefined && named.name !== record.space) {
    throw new TenasError('OPTION_INVALID', `--space: got ${given.space}; the record is of ${record.space}`, {
      field: '--space',
      value: given.space,
    });
  }
  return {
    // A record only names a space: it does not say what file to run.
    ...findArchitecture(record.architecture, knownSpace(record.space)),
    dataset: given.dataset === undefined ? record.dataset : await shapeOfNamed(given.dataset, given),
    record,
  };
}

function knownSpace(name: string): string {
  if (listSpaces().some((known) => known.name === name)) return name;
  throw new TenasError(
    'UNKNOWN_SPACE',
    `the record is of the space ${clip(JSON.stringify(name))}, which is not built in; give its file with --space`,
    { field: '--space', value: name },
  );
}

/** The size with what was asked for. A space refuses what it has not: not every one has channels or numbers of cells. */
function networkSize(given: Given, base: object): object {
  const { classes, C, N, inputSize } = given;
  return {
    ...base,
    ...(classes === undefined ? {} : { numClasses: classes }),
    ...(C === undefined ? {} : { C }),
    ...(N === undefined ? {} : { N }),
    ...(inputSize === undefined ? {} : { inputShape: [3, inputSize, inputSize] as const }),
  };
}

function shapeOf(graph: Graph, node: number): readonly number[] {
  return graph.nodes[node]!.shape;
}

function checkDocument(checked: CheckResult) {
  const { ok, failure, maxAbsDiff, relativeDiff, maxAbsLogit, allowed, outputs, warnings, ortVersion } =
    checked;
  return {
    ok,
    failure,
    maxAbs: maxAbsDiff,
    tolerance: allowed,
    relative: relativeDiff,
    maxAbsLogit,
    batches: outputs.map(({ batch }) => batch),
    warnings,
    ortVersion,
  };
}

function checkLine(checked: CheckResult): string {
  const { ok, ortVersion, maxAbsDiff, relativeDiff, maxAbsLogit, allowed } = checked;
  const logits = `where logits reach ${maxAbsLogit.toPrecision(3)}`;
  const differences = `${maxAbsDiff.toExponential(1)} ${logits} (relative ${relativeDiff.toExponential(1)})`;
  return `${ok ? 'ok' : 'FAILED'}: onnxruntime ${ortVersion} differs by at most ${differences}; allowed ${allowed.toExponential(1)}`;
}
