import { GraphBuilder } from '@tenas/graph';
import { Program } from '@tenas/native';
import { addon } from '../../../native/ts/addon.js';
import { encodeGraph } from '../../../native/ts/encode.js';
import { nativeError } from '../../../native/ts/errors.js';
import { byteTarget, type FuzzTarget, jsonTarget } from '../target.js';

/** A small network with two mixing slots. */
function network(channels: number) {
  const b = new GraphBuilder();
  let x = b.input([3, 6, 6]);
  x = b.batchNorm(b.conv2d(x, { name: 'stem.0', outChannels: channels, kernel: 3, padding: 1 }), {
    name: 'stem.1',
  });
  const y = b.batchNorm(b.conv2d(b.relu(x), { name: 'a.1', outChannels: channels, kernel: 3, padding: 1 }), {
    name: 'a.2',
  });
  const pooled = b.avgPool2d(x, { name: 'pool', kernel: 3, stride: 1, padding: 1 });
  x = b.mix([{ input: x, slot: b.slot('skip') }, { input: y, slot: b.slot('conv') }, { input: pooled }]);
  return b.build(b.linear(b.globalAvgPool(b.relu(x)), { name: 'classifier', outFeatures: 4 }));
}

/** Numbers of a graph's buffer that are damaged are all within small ones: larger graphs are only slow. */
const MOST_NUMBERS = 1 << 14;

/** What `compile` of the addon takes, from its bytes. */
function compile(bytes: Uint8Array): unknown {
  const whole = Math.min(bytes.length >> 2, MOST_NUMBERS);
  const numbers = new Int32Array(whole);
  Buffer.from(numbers.buffer).set(bytes.subarray(0, whole * 4));
  try {
    const { program } = addon().compile(numbers);
    addon().dispose(program);
    return null;
  } catch (error) {
    throw nativeError(error);
  }
}

const REQUEST = {
  tasks: [{ kind: 'ntk', mode: 'sample' }],
  batchSize: 3,
  threads: 1,
  repeats: [{ inputs: 'normal', weights: { kind: 'seeded', seed: 7, repeat: 0, init: 'kaiming_fan_out' } }],
  candidates: [
    [0.5, 1],
    [0, 1],
  ],
};
const OTHER_TASKS = [
  [{ kind: 'forward' }],
  [{ kind: 'regions', batches: 1 }],
  [{ kind: 'codes' }, { kind: 'ntk', mode: 'batch' }],
  [{ kind: 'gradient', loss: 'sum', statistics: 'batch', of: ['parameters'], reduce: 'sums' }],
];
let program: Program | undefined;

/** A request as JSON; lists of numbers become arrays of the types that are wanted, other values stay as they are. */
async function evaluate(text: string): Promise<unknown> {
  program ??= Program.compile(network(4));
  let request: Partial<Record<string, unknown>>;
  try {
    request = JSON.parse(text);
  } catch {
    // A request is no text.
    return null;
  }
  const values = program.inputValues * 3;
  if (Array.isArray(request?.repeats)) {
    for (const repeat of request.repeats) {
      if (repeat?.inputs === 'normal')
        repeat.inputs = Float32Array.from({ length: values }, (_, at) => Math.sin(at));
    }
  }
  if (Array.isArray(request?.candidates)) {
    request.candidates = request.candidates.map((one: unknown) =>
      Array.isArray(one) ? Float64Array.from(one, numberOrNaN) : one,
    );
  }
  return await program.evaluate(request as never);
}

/** As an array of numbers keeps it. */
function numberOrNaN(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN;
}

/** The engine's boundary. */
export const engineTargets: readonly FuzzTarget[] = [
  byteTarget({
    name: 'graph-buffer',
    seeds: () => [2, 4].map((channels) => Buffer.from(encodeGraph(network(channels)).buffer)),
    read: compile,
  }),
  jsonTarget({
    name: 'engine-request',
    seeds: () => [REQUEST, ...OTHER_TASKS.map((tasks) => ({ ...REQUEST, tasks }))],
    read: evaluate,
  }),
];
