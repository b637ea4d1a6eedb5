import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { openLog, runBatch, runWorker, StoreReader, verifyStore } from '@tenas/runner';
import { RedisServer, redisAbsent } from '../../../packages/cli/test/support/redis-server.js';
import { type Scenario, unlessStopped } from '../scenario.js';

const TINY = 'isomorphic: each, repeats: 1, ntk: {batchSize: 4}, regions: {batches: 1, batchSize: 40}';

/** A spec of few scores, others for each number. */
function specText(number: number): string {
  return `score: {architectures: {sample: 6, seed: ${number % 50}}, seeds: ${number}, ${TINY}}\n`;
}

/** Batches are run in a new folder each, some stopped and run again; their stores are read and verified. */
export const stores: Scenario = {
  name: 'stores',
  operations: 'stores opened',
  async *run({ random, folder }) {
    for (let number = 0; ; number++) {
      const out = join(folder, 'batch');
      const spec = join(folder, 'spec.yaml');
      mkdirSync(out);
      writeFileSync(spec, specText(number));
      const stop = AbortSignal.timeout(1 + random.below(60));
      await unlessTimedOut(runBatch({ spec, out, threads: 1, signal: stop }));
      const { jobs } = await runBatch({ spec, out, threads: 2 });
      if (jobs.done !== jobs.total) throw new Error(`${jobs.done} of ${jobs.total} jobs are done`);
      using reader = new StoreReader(out);
      reader.status();
      const damage = verifyStore(out);
      if (damage.rows.length > 0) throw new Error(`the store is damaged: ${JSON.stringify(damage)}`);
      rmSync(out, { recursive: true });
      yield 4;
    }
  },
};

async function unlessTimedOut(call: Promise<unknown>): Promise<void> {
  await unlessStopped(
    call.catch((error: unknown) => {
      if ((error as Error).name !== 'TimeoutError') throw error;
    }),
  );
}

/** Workers of a queue begin, work for a batch, and are stopped, some of them during their work. */
export const queue: Scenario = {
  name: 'queue',
  operations: 'workers',
  absent: redisAbsent,
  async *run({ random, folder }) {
    await using redis = await RedisServer.start();
    using log = openLog(devNull, 'silent', {});
    const work = async (signal: AbortSignal) => {
      await runWorker({
        queue: redis.url,
        threads: 2,
        data: new Map(),
        stallSeconds: 5,
        signal,
        logger: log.logger,
        onNote: () => {},
      });
    };
    for (let number = 0; ; number++) {
      const out = join(folder, 'batch');
      const spec = join(folder, 'spec.yaml');
      writeFileSync(spec, specText(number));
      const batch = runBatch({ spec, out, queue: redis.url });
      await work(AbortSignal.timeout(1 + random.below(200)));
      const ended = new AbortController();
      const working = work(ended.signal);
      const { jobs } = await batch;
      ended.abort();
      await working;
      if (jobs.done !== jobs.total) throw new Error(`${jobs.done} of ${jobs.total} jobs are done`);
      rmSync(out, { recursive: true });
      yield 2;
    }
  },
};
