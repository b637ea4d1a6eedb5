import { TenasError } from '@tenas/base';
import { measureGraph, measureInTurn } from '@tenas/latency';
import { LATENCY_VERSION, type LatencyDocument } from '@tenas/records';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import { givenArchitecture } from '../../given-architecture.js';
import type { Invocation } from '../../invocation.js';
import { type Io, printResult } from '../../io.js';
import { PlugIns } from '../../plug-ins.js';
import { measureList } from './list.js';
import { measureOptions } from './measure-options.js';
import { sizedNetworks } from './network.js';
import { measureFile } from './onnx-file.js';
import type { Given, latencyUsage } from './options.js';
import { predict } from './predict.js';
import { beforeMeasuring, msText, setupText } from './setup.js';

/** `tenas latency`: how long networks take on this machine, or what a model predicts. */
export async function latency({ given, json, io }: Invocation<typeof latencyUsage>): Promise<ExitCode> {
  requireOneSource(given);
  if (given.model !== undefined) return await predict(given, given.model, json, io);
  if (given.list !== undefined) return await measureList(given, given.list, json, io);
  const document =
    given.onnx === undefined ? await ofSpace(given, io) : await measureFile(given, given.onnx, io);
  printResult(io, json, document, () => textOf(document));
  return exitCodes.ok;
}

async function ofSpace(given: Given, io: Io): Promise<LatencyDocument> {
  const { space, architecture, ...records } = await givenArchitecture(given, new PlugIns(), io.signal);
  const networks = sizedNetworks(space, given, records);
  const graph = networks.of(architecture);
  const notes = beforeMeasuring(given, io);
  const [measured] = await measureInTurn(() => measureGraph(graph, measureOptions(given, io)), {
    networks: 1,
    rounds: given.rounds ?? 1,
  });
  const { runtimeVersion: _, memoryBytes, ...timing } = measured!;
  return {
    kind: 'latency',
    latencyVersion: LATENCY_VERSION,
    space: space.name,
    architecture: space.format(architecture),
    unit: 'ms',
    ...timing,
    ...networks.cost(architecture),
    network: { ...networks.size },
    input: graph.nodes[graph.input]!.shape,
    memoryBytes,
    ...notes.setup(measured!),
    warnings: notes.warnings,
  };
}

/** A network is named in one way, and flags that mean nothing beside it are refused. */
function requireOneSource(given: Given): void {
  const { list, model, space, deviceTable } = given;
  const sources = (['arch', 'record', 'onnx', 'list'] as const).filter((name) => given[name] !== undefined);
  // A table that a model is judged by names its networks itself.
  const judged = sources.length === 0 && model !== undefined && deviceTable !== undefined;
  if (sources.length !== 1 && !judged) {
    const problem =
      sources.length === 0 ? 'give' : `${sources.map((name) => `--${name}`).join(' and ')}: give one of`;
    throw new TenasError(
      'OPTION_INVALID',
      `${problem} --arch, --record, --onnx or --list; see \`tenas latency --help\``,
      { field: '--arch', value: given.arch },
    );
  }
  const refuse = (flag: string, problem: string): never => {
    throw new TenasError('OPTION_INVALID', `${flag}: ${problem}`, { field: flag });
  };
  if (list === undefined && deviceTable !== undefined && !judged) {
    refuse('--device-table', 'goes with --list, or with --model alone');
  }
  if (list === undefined && !judged && given.out !== undefined) {
    refuse('--out', 'goes with --list, or with --model and --device-table');
  }
  if ((list !== undefined || judged) && space === undefined) {
    refuse('--space', `is missing; ${judged ? '--device-table' : '--list'} needs it`);
  }
  if (model !== undefined && given.onnx !== undefined) {
    refuse('--model', 'predicts architectures of a space; measure the ONNX file instead');
  }
}

function textOf(document: LatencyDocument): string {
  const { median, p10, p90, runs, relativeError, converged, batch, memoryBytes, params, macs } = document;
  const known = converged ? '' : '; the limit of runs or seconds came first';
  const size =
    params === null || macs === null
      ? []
      : [`${(params / 1e6).toFixed(3)} M parameters, ${(macs / 1e6).toFixed(2)} M multiply-adds`];
  return [
    `architecture  ${document.architecture}`,
    `network       ${[...size, `input ${document.input.join('x')}`].join(', ')}`,
    `latency       ${msText(median)}, p10 - p90 ${msText(p10)} - ${msText(p90)}`,
    `              median of ${runs} runs, known to ${(100 * relativeError).toFixed(1)} %${known}`,
    ...(batch === 1 ? [] : [`throughput    ${((1000 * batch) / median).toFixed(0)} images/s`]),
    ...(memoryBytes === null ? [] : [`memory        ${(memoryBytes / 2 ** 20).toFixed(1)} MiB at the peak`]),
    `device        ${setupText(document)}`,
  ].join('\n');
}
