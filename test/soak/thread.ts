// A thread that evaluates and trains without end. Run by the scenario `threads`, which ends it at any moment.
import { workerData } from 'node:worker_threads';
import { Program } from '@tenas/native';
import { requestOf, smallNetwork, trainingBatch } from './small-network.js';

const { number } = workerData as { readonly number: number };

using program = Program.compile(smallNetwork());
const weights = { kind: 'seeded', seed: 1, repeat: number, init: 'pytorch' } as const;
await using trainer = program.trainer({ weights, optimiser: { kind: 'sgd' }, threads: 2 });
for (let turn = number; ; turn++) {
  const trained = trainer.step({ ...trainingBatch, learningRate: 0.01 });
  await program.evaluate({ ...requestOf(turn, 1 + (turn % 50)), onProgress: () => {} });
  await trained;
}
