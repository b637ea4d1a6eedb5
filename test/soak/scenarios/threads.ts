import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Scenario } from '../scenario.js';

/** Threads of Node begin, evaluate and train, and are terminated meanwhile. */
export const threads: Scenario = {
  name: 'threads',
  operations: 'threads',
  async *run({ random }) {
    const bundle = process.env.TENAS_SOAK_THREAD!;
    for (let number = 0; ; number++) {
      const worker = new Worker(bundle, { workerData: { number } });
      const failed = once(worker, 'error').then(([error]) => {
        throw error;
      });
      // Some do not live to see their first evaluation.
      if (random.below(8) > 0) await Promise.race([once(worker, 'online'), failed]);
      await Promise.race([sleep(random.below(60)), failed]);
      failed.catch(() => undefined);
      await worker.terminate();
      yield 1;
    }
  },
};
