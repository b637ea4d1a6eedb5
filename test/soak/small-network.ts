import { type Graph, GraphBuilder } from '@tenas/graph';
import type { EvaluateOptions, Repeat, Task, TrainingBatch } from '@tenas/native';

/** Samples of a batch. */
const BATCH = 8;
const IMAGE = [3, 8, 8] as const;
const CLASSES = 4;

/** A network that is evaluated in a fraction of a millisecond. @param channels of its convolutions */
export function smallNetwork(channels = 4): Graph {
  const b = new GraphBuilder();
  let x = b.input(IMAGE);
  for (const name of ['first', 'second']) {
    x = b.conv2d(b.relu(x), { name, outChannels: channels, kernel: 3, padding: 1 });
    x = b.batchNorm(x, { name: `${name}.norm` });
  }
  x = b.mix([{ input: x, slot: b.slot('slot') }]);
  return b.build(b.linear(b.globalAvgPool(b.relu(x)), { name: 'classifier', outFeatures: CLASSES }));
}

const images = new Float32Array(BATCH * IMAGE[0] * IMAGE[1] * IMAGE[2]).map((_, i) => Math.sin(i));

/** Inputs and weights of {@link smallNetwork}, drawn anew by the engine for each number. */
function repeatOf(number: number): Repeat {
  const labels = Int32Array.from({ length: BATCH }, (_, i) => i % CLASSES);
  return { inputs: images, labels, weights: { kind: 'seeded', seed: 1, repeat: number, init: 'pytorch' } };
}

/** The tasks of the engine, which evaluations take in turn. */
export const TASKS: readonly Task[] = [
  { kind: 'forward', statistics: 'batch' },
  { kind: 'ntk', mode: 'batch' },
  { kind: 'ntk', mode: 'sample' },
  { kind: 'regions', batches: 1 },
  { kind: 'codes' },
  { kind: 'features', nodes: [1, 2] },
  {
    kind: 'gradient',
    loss: { kind: 'sum' },
    statistics: 'batch',
    of: ['parameters', 'input'],
    reduce: 'values',
  },
];

/** A request. @param number of task and weights; @param candidates evaluations in it */
export function requestOf(number: number, candidates: number): EvaluateOptions {
  return {
    tasks: [TASKS[number % TASKS.length]!],
    batchSize: BATCH,
    threads: 1 + (number % 2),
    repeats: [repeatOf(number)],
    candidates: Array.from({ length: candidates }, () => Float64Array.of(1)),
  };
}

/** A batch to train on. */
export const trainingBatch: TrainingBatch = { images, labels: repeatOf(0).labels! };
