import { Program, type Trainer } from '@tenas/native';
import { type Scenario, unlessStopped } from '../scenario.js';
import { smallNetwork, trainingBatch } from '../small-network.js';

async function step(trainer: Trainer, signal?: AbortSignal): Promise<void> {
  await unlessStopped(trainer.step({ ...trainingBatch, learningRate: 0.01, signal }));
}

/** Trainers are opened, also from snapshots, train, and are closed, some during a step. */
export const trainers: Scenario = {
  name: 'trainers',
  operations: 'trainers',
  async *run({ random }) {
    using program = Program.compile(smallNetwork());
    const optimiser = { kind: 'sgd', momentum: 0.9 } as const;
    for (let number = 0; ; number++) {
      const weights = { kind: 'seeded', seed: 1, repeat: number, init: 'pytorch' } as const;
      const first = program.trainer({ weights, optimiser, threads: 1 + (number % 2) });
      for (let left = 1 + random.below(4); left > 0; left--) await step(first);
      const data = await first.snapshot();
      await first.evaluate(trainingBatch);
      // Closed before the step has ended, which is stopped or not.
      const stop = new AbortController();
      const last = step(first, stop.signal);
      if (random.below(2) === 0) stop.abort();
      await first[Symbol.asyncDispose]();
      await last;
      await using next = program.trainer({ weights: { kind: 'snapshot', data }, optimiser });
      await step(next);
      await next.parameters();
      yield 2;
    }
  },
};
