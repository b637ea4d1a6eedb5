import { basename, join } from 'node:path';
import { writeOutputFile, writeOutputFolder } from '@tenas/base';
import { type Graph, graphCost } from '@tenas/graph';
import { checkOnnx, DEFAULT_OPSET, modelDescription, modelMetadata, requireOpset } from '@tenas/onnx';
import type { TrainingRecord } from '@tenas/records';
import type { DatasetShape } from '@tenas/spaces';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import { namingFlags } from '../../flag-reading.js';
import { type GivenArchitecture, givenArchitecture } from '../../given-architecture.js';
import { type OnnxArchitecture, openOnnx } from '../../given-onnx.js';
import type { Given as GivenOf, Invocation } from '../../invocation.js';
import { type Io, printResult } from '../../io.js';
import { modelOrigin } from '../../model-origin.js';
import { networkSize, sizeFlagOf } from '../../network-size.js';
import { checkDocument, checkLine } from '../../onnx-check.js';
import { requireOnnx } from '../../onnx-flags.js';
import { PlugIns } from '../../plug-ins.js';
import { version } from '../../version.js';
import { foldedLine, writtenModel } from './fold.js';
import { type ExportedNetwork, exportFront, wantsFront } from './front.js';
import { openNetworkImages, shapeOfNamed } from './images.js';
import { type NetworkWeights, networkWeights, weightsDocument } from './network-weights.js';
import type { exportUsage } from './options.js';
import { pytorchFiles } from './pytorch.js';
import { ensureWritable, servedLine, targetsOf } from './targets.js';
import { trainedWeights } from './trained-network.js';
import { runtimeFor, webFiles } from './web-page.js';

type Given = GivenOf<typeof exportUsage>;

/** The flags of the fields that other packages name in their errors. */
const flagOf = { opset: '--opset', ...sizeFlagOf };

/** Why pages and PyTorch code may see images otherwise than the network did in training. */
const assumed =
  'note: nothing says how images are normalised; mean and standard deviation of ImageNet are assumed (--dataset names another)\n';

/** `tenas export`: an architecture, or those of a front, as ONNX files, checked on request. */
export async function exportNetwork(invocation: Invocation<typeof exportUsage>): Promise<ExitCode> {
  const { given, json, io } = invocation;
  if (wantsFront(given)) return await exportFront(invocation, exported);
  const { document, text, failure } = await exported(given, await foundOf(given, io), io);
  printResult(io, json, document, () => text);
  if (failure !== null) io.err(`check failed: ${failure}\n`);
  return failure === null ? exitCodes.ok : exitCodes.checkFailed;
}

/** Writes one network. */
async function exported(
  ofCommand: Given,
  found: GivenArchitecture | OnnxArchitecture,
  io: Io,
): Promise<ExportedNetwork> {
  const start = performance.now();
  const opset = namingFlags(flagOf, () => requireOpset(ofCommand.opset ?? DEFAULT_OPSET));
  const { space, architecture, training } = found;
  const given = withTrained(ofCommand, training);
  const dataset = await datasetOf(given, found);
  const genotype = space.format(architecture);
  // Trained weights are of one size.
  const size = networkSize(given, training?.network ?? space.sizes.final(dataset));
  const graph = namingFlags(flagOf, () => space.network(architecture, size));
  const targets = targetsOf(given);
  await ensureWritable(targets, given);
  const runtime = targets.web === null ? null : await runtimeFor(graph);

  const images = await openNetworkImages(given, dataset, graph);
  const read = await networkWeights(graph, given, images, { io, own: ownWeights(found) });
  const { weights, origin, trained, calibration, file } = read;
  await images?.close?.();
  const described = modelOrigin({
    ...found,
    ...{ graph, dataset },
    namedDataset: given.dataset,
    weights: read.statedOrigin,
    trained,
    calibration,
    classNames: images?.classNames ?? training?.dataset.classNames,
  });
  const { bytes, batchNorms } = writtenModel(graph, weights, given.foldBatchNorm, {
    opset,
    batch: given.batch,
    metadata: modelMetadata(described),
    docString: modelDescription(described),
    producerVersion: version(),
    graphName: space.name,
  });
  if (described.normalisation === undefined && (targets.web !== null || targets.pytorch !== null))
    io.err(assumed);
  io.signal.throwIfAborted();
  const written = { force: given.force, signal: io.signal };
  if (targets.onnx !== null) await writeOutputFile(targets.onnx, bytes, written);
  const network = { ...found, ...{ given, graph, size, weights, described, onnx: bytes } };
  const files = targets.pytorch === null ? null : pytorchFiles(network);
  if (targets.pytorch !== null && files !== null) await writeOutputFolder(targets.pytorch, files, written);
  if (targets.web !== null && runtime !== null) {
    await writeOutputFolder(targets.web, await webFiles(graph, described, bytes, runtime), written);
  }
  const checked = given.check
    ? await checkOnnx(targets.model, {
        ...{ graph, weights, signal: io.signal, threads: given.threads },
        batchSizes: given.batch === undefined ? undefined : [given.batch],
      })
    : null;
  const { params, flops } = graphCost(graph);
  const document = {
    out: targets.out,
    format: given.format,
    ...(files === null ? {} : { files: [...files.keys()] }),
    ...(targets.web === null ? {} : { web: targets.web }),
    space: space.name,
    genotype,
    ...(found.model === undefined ? {} : { model: found.model }),
    network: size,
    opset,
    params,
    flops,
    bytes: bytes.length,
    weights: origin,
    trained,
    ...(file === undefined ? {} : { weightsFile: weightsDocument(file) }),
    ...(calibration === undefined ? {} : { calibration }),
    ...(batchNorms === undefined ? {} : { batchNorms }),
    ...(checked === null ? {} : { check: checkDocument(checked) }),
    seconds: (performance.now() - start) / 1000,
  };
  for (const warning of checked?.warnings ?? []) io.err(`note: ${warning}\n`);
  const text = [
    `architecture  ${genotype}`,
    `network       ${(params / 1e6).toFixed(3)} M parameters, ${(flops / 1e6).toFixed(2)} M multiply-adds, input ${shapeOf(graph, graph.input).join('x')}, ${shapeOf(graph, graph.output)[0]} classes`,
    `weights       ${origin} (${trained ? 'trained' : 'untrained'})`,
    ...(calibration === undefined ? [] : [`batch norm    calibrated on ${calibration}`]),
    ...(batchNorms === undefined ? [] : [`folded        ${foldedLine(batchNorms)}`]),
    ...(files === null ? [] : [`PyTorch       ${targets.out}: ${[...files.keys()].join(', ')}`]),
    `ONNX          ${targets.model} (opset ${opset}, ${(bytes.length / 1e6).toFixed(2)} MB)`,
    ...(targets.web === null ? [] : [`page          ${servedLine(targets.web)}`]),
    ...(checked === null ? [] : [`check         ${checkLine(checked)}`]),
    ...(files === null ? [] : [`to train it   python3 ${join(targets.out, 'train.py')} --data FOLDER`]),
  ].join('\n');
  return { document, text, failure: checked?.ok === false ? (checked.failure ?? 'it differs') : null };
}

/** The architecture that the command line names, or the network in an ONNX file. */
async function foundOf(given: Given, { signal }: Io): Promise<GivenArchitecture | OnnxArchitecture> {
  requireOnnx(given);
  if (given.onnx === undefined) return await givenArchitecture(given, new PlugIns(), signal);
  const { inputSize: side, onnxWeights = 'file' } = given;
  const file = await openOnnx(given.onnx, given, signal);
  const images = side === undefined ? undefined : { name: '--input-size', height: side, width: side };
  return await file.network(images, onnxWeights);
}

/** The weights of an ONNX file, where these are exported. */
function ownWeights(found: GivenArchitecture | OnnxArchitecture): NetworkWeights | undefined {
  if (!('trained' in found) || found.weights === undefined) return undefined;
  const { file } = found.model;
  return { weights: found.weights, origin: file, statedOrigin: basename(file), trained: found.trained };
}

/** Of a training, the weights that it left are exported unless others are named. */
function withTrained(given: Given, training: TrainingRecord | undefined): Given {
  if (training === undefined || given.weights !== undefined) return given;
  return { ...given, weights: trainedWeights(given.record!, training) };
}

/** Decides the size of the network: the dataset that is named, else that of the record. */
async function datasetOf(given: Given, found: GivenArchitecture | OnnxArchitecture): Promise<DatasetShape> {
  const { record, training } = found;
  if ('graph' in found) {
    const [, height, width] = shapeOf(found.graph, found.graph.input);
    const classes = shapeOf(found.graph, found.graph.output)[0]!;
    return { name: given.dataset ?? found.stated.dataset, classes, height: height!, width: width! };
  }
  const recorded = training?.dataset ?? record?.dataset;
  if (given.dataset === undefined && recorded !== undefined) return recorded;
  return await shapeOfNamed(given.dataset ?? 'cifar10', given);
}

function shapeOf(graph: Graph, node: number): readonly number[] {
  return graph.nodes[node]!.shape;
}
