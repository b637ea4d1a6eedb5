import { createHash } from 'node:crypto';
import { basename, resolve } from 'node:path';
import { readInput, TenasError } from '@tenas/base';
import { measureInTurn, measureModel } from '@tenas/latency';
import { summarizeModel, type TensorSummary } from '@tenas/onnx';
import { LATENCY_VERSION, type LatencyDocument } from '@tenas/records';
import { namingInput } from '../../input-text.js';
import type { Io } from '../../io.js';
import { ONNX_SPACE } from '../../onnx-flags.js';
import { measureOptions } from './measure-options.js';
import type { Given } from './options.js';
import { beforeMeasuring } from './setup.js';

/**
 * Measures the file of `--onnx` as it is, whatever its operators.
 * @throws TenasError OPTION_INVALID for flags of architectures, and for an input that is no batch of images or whose
 *   size is open; those of reading and of measuring
 */
export async function measureFile(given: Given, path: string, io: Io): Promise<LatencyDocument> {
  for (const name of ['space', 'dataset', 'classes', 'channels', 'cells'] as const) {
    if (given[name] === undefined) continue;
    throw new TenasError('OPTION_INVALID', `--${name}: --onnx names the network already; leave it out`, {
      field: `--${name}`,
      value: given[name],
    });
  }
  const bytes = await namingInput('--onnx', path, () => readInput(path, { signal: io.signal }));
  const { inputs } = summarizeModel(bytes);
  const input = imageShape(path, inputs, given);
  const notes = beforeMeasuring(given, io);
  // By its path: external data lies beside it.
  const [measured] = await measureInTurn(
    () => measureModel(resolve(path), input, measureOptions(given, io)),
    { networks: 1, rounds: given.rounds ?? 1 },
  );
  const { runtimeVersion: _, memoryBytes, ...timing } = measured!;
  return {
    kind: 'latency',
    latencyVersion: LATENCY_VERSION,
    space: ONNX_SPACE,
    architecture: basename(path),
    unit: 'ms',
    ...timing,
    ...{ params: null, macs: null, input, memoryBytes },
    model: { file: path, sha256: createHash('sha256').update(bytes).digest('hex') },
    ...notes.setup(measured!),
    warnings: notes.warnings,
  };
}

/** [channels, height, width] of the one input of a model. */
function imageShape(
  path: string,
  inputs: readonly TensorSummary[],
  { inputSize, batch = 1 }: Given,
): [number, number, number] {
  const refuse = (flag: string, problem: string): never => {
    throw new TenasError('OPTION_INVALID', `${flag}: ${path} ${problem}`, { field: flag, value: path });
  };
  const [first] = inputs;
  if (first === undefined || inputs.length > 1 || first.shape.length !== 4) {
    return refuse('--onnx', 'must have one input, [images, channels, height, width]');
  }
  const [images, channels, height, width] = first.shape;
  if (typeof images === 'number' && images !== batch) {
    refuse('--batch', `takes batches of ${images} images alone`);
  }
  if (typeof channels !== 'number') return refuse('--onnx', 'leaves the channels of its input open');
  const [h, w] = [height, width].map((side) => (typeof side === 'number' ? side : inputSize));
  if (h === undefined || w === undefined) {
    return refuse('--input-size', 'leaves height and width of its images open; give their size');
  }
  if (inputSize !== undefined && (inputSize !== h || inputSize !== w)) {
    refuse('--input-size', `takes images of ${h}x${w}`);
  }
  return [channels, h, w];
}
