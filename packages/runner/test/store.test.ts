import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { canonicalJson, contentKey } from '../src/content-key.js';
import { csvLines } from '../src/export.js';
import { retryPause } from '../src/failures.js';
import type { PlannedJob, PlannedTask } from '../src/plan.js';
import { StoreReader } from '../src/store/reader.js';
import { BatchStore } from '../src/store/store.js';
import type { ClaimedUnit } from '../src/store/units.js';
import { jobKey, type ScoreTask, type SearchTask } from '../src/tasks.js';
import { toEarlierSchema } from './earlier-schema.js';
import { temporaryFolder } from './temporary-folder.js';

const scores: ScoreTask = {
  kind: 'score',
  results: 'test',
  space: 'nas-bench-201',
  dataset: { name: 'synthetic', fingerprint: 'f' },
  repeats: 1,
  isomorphic: 'shared',
  metrics: [
    { name: 'naswot', settings: { batchSize: 8 } },
    { name: 'params', settings: {} },
  ],
  plugins: [],
};
const searches: SearchTask = {
  kind: 'search',
  results: 'test',
  space: 'darts',
  dataset: scores.dataset,
  strategy: 'random',
  settings: { samples: 9 },
  metrics: [{ name: 'macs', settings: {} }],
  plugins: [],
};

function planned(task: ScoreTask | SearchTask, jobs: readonly PlannedJob[]): PlannedTask {
  return {
    task,
    count: jobs.length,
    *jobs() {
      yield* jobs;
    },
  };
}

/** A score of `name`, evaluated as its first letter. */
const score = (name: string, seed = 0): PlannedJob => ({ seed, architecture: name, evaluated: name[0]! });
const search = (seed: number): PlannedJob => ({ seed, architecture: null, evaluated: null });

const factsOf = (_task: unknown, architecture: string) => ({
  params: architecture.length,
  flops: 10,
  place: null,
});
const result = ({ key }: ClaimedUnit, text = '{}') => ({
  key,
  result: text,
  seconds: 1,
  isa: 'plain',
  worker: 'me',
});
const names = (units: readonly ClaimedUnit[] | undefined) => units?.map(({ architecture }) => architecture);

async function storeWith(jobs: readonly PlannedJob[], folder = temporaryFolder()) {
  const store = new BatchStore(folder);
  await store.addPlan('spec', [planned(scores, jobs)]);
  return { store, folder };
}

/** Puts another task in the place of the only one, with one job that waits, as version 0.1 would have stored it. */
function replaceTask(folder: string, task: object, architecture: string): void {
  const text = canonicalJson(task);
  const key = contentKey(text);
  const database = new Database(join(folder, 'batch.sqlite'));
  database.prepare('UPDATE tasks SET task = ?, key = ?').run(text, key);
  for (const table of ['units', 'jobs']) {
    database.prepare(`UPDATE ${table} SET key = ?`).run(jobKey(key, 0, architecture));
  }
  toEarlierSchema(database);
  database.close();
}

function rowsOf(folder: string, all = true) {
  using reader = new StoreReader(folder);
  const rows = reader.rows(all ? { statuses: ['pending', 'queued', 'running', 'done', 'failed'] } : {});
  return [...rows].map(
    ({ architecture, evaluated, seed, status, params, attempts, result: record, error }) => {
      return { architecture, evaluated, seed, status, params, attempts, record, error };
    },
  );
}

describe('the store', () => {
  it('evaluates jobs that share a unit once and gives each the result and its own cost', async () => {
    const { store, folder } = await storeWith([score('a'), score('ab'), score('b')]);
    const claim = store.claim(10, 'running');
    expect(names(claim?.units)).toEqual(['a', 'b']);
    expect(store.claim(10, 'running')).toBeNull();
    expect(store.finish([result(claim!.units[0]!, '{"x":1}')], factsOf)).toEqual({ jobs: 2, units: 1 });
    store[Symbol.dispose]();
    expect(rowsOf(folder)).toMatchObject([
      { architecture: 'a', evaluated: 'a', status: 'done', params: 1, record: '{"x":1}', attempts: 1 },
      { architecture: 'ab', evaluated: 'a', status: 'done', params: 2, record: '{"x":1}' },
      { architecture: 'b', status: 'running', params: null, record: null },
    ]);
    expect(rowsOf(folder, false)).toHaveLength(2);
  });

  it('keeps the first result of a unit and counts it once', async () => {
    const { store, folder } = await storeWith([score('a')]);
    const unit = store.claim(1, 'running')!.units[0]!;
    expect(store.finish([result(unit, '1'), result(unit, '2')], factsOf)).toEqual({ jobs: 1, units: 1 });
    expect(store.finish([result(unit, '3')], factsOf)).toEqual({ jobs: 0, units: 0 });
    expect(store.fail(unit, { code: 'X', message: 'late' }, null)).toEqual({ jobs: 0, units: 0 });
    store[Symbol.dispose]();
    expect(rowsOf(folder)).toMatchObject([{ status: 'done', record: '1', attempts: 1, error: null }]);
  });

  it('only adds what an edited spec asks for anew, runs only that, and collects the rest as garbage', async () => {
    const { store, folder } = await storeWith([score('a'), score('b')]);
    store.finish(
      store.claim(10, 'running')!.units.map((unit) => result(unit)),
      factsOf,
    );
    store[Symbol.dispose]();

    using again = new BatchStore(folder);
    const plan = [planned(scores, [score('c'), score('a'), score('a', 1)])];
    expect(await again.addPlan('edited', plan)).toEqual({ jobs: 3, added: 2 });
    expect(await again.addPlan('edited', plan)).toEqual({ jobs: 3, added: 0 });
    expect(names(again.claim(10, 'running')?.units)).toEqual(['c']);
    expect(names(again.claim(10, 'running')?.units)).toEqual(['a']);
    expect(again.claim(10, 'running')).toBeNull();
    {
      using reader = new StoreReader(folder);
      expect(reader.status()).toMatchObject({ jobs: { done: 1, running: 2 }, unwanted: 1 });
    }
    expect(rowsOf(folder).map(({ architecture }) => architecture)).toEqual(['c', 'a', 'a', 'b']);
    expect(again.collectGarbage()).toEqual({ jobs: 1, units: 1 });
    expect(rowsOf(folder)).toHaveLength(3);
  });

  it.each([
    ['looks whether it is new', 1],
    ['writes it', 2],
  ])('hears that it is to stop while a plan has no end and it %s', async (_when, endless) => {
    const { store } = await storeWith([score('a')]);
    const stop = new AbortController();
    let passes = 0;
    const plan: PlannedTask = {
      ...planned(scores, []),
      *jobs() {
        const isEndless = ++passes === endless;
        for (let seed = 0; isEndless || seed < 10; seed++) {
          if (isEndless && seed === 10) setImmediate(() => stop.abort());
          yield score('b', seed);
        }
      },
    };
    await expect(store.addPlan('spec', [plan], { signal: stop.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(passes).toBe(endless);
    store[Symbol.dispose]();
  });

  it('does not take a plan that was cut off for what is wanted', async () => {
    const { store, folder } = await storeWith([score('a'), score('b')]);
    let passes = 0;
    const failing: PlannedTask = {
      ...planned(scores, []),
      *jobs() {
        yield score('b');
        // The first pass only looks whether the plan is a new one.
        if (passes++ > 0) throw new Error('killed');
      },
    };
    await expect(store.addPlan('spec', [failing])).rejects.toThrow('killed');
    expect(() => store.collectGarbage()).toThrow(expect.objectContaining({ code: 'PLAN_INCOMPLETE' }));
    store[Symbol.dispose]();
    expect(rowsOf(folder)).toHaveLength(2);
  });

  it('takes scores of one seed and searches of all, at most as many as asked', async () => {
    const folder = temporaryFolder();
    using store = new BatchStore(folder);
    await store.addPlan('spec', [
      planned(scores, [score('a'), score('b'), score('c'), score('a', 1)]),
      planned(searches, [search(0), search(1)]),
    ]);
    expect(names(store.claim(2, 'running')?.units)).toEqual(['a', 'b']);
    expect(names(store.claim(2, 'running')?.units)).toEqual(['c']);
    expect(store.claim(9, 'running')?.units).toMatchObject([{ architecture: 'a', seed: 1 }]);
    expect(store.peek()).toEqual({ task: searches, alone: false });
    expect(store.claim(9, 'running')).toMatchObject({ task: searches, units: [{ seed: 0 }, { seed: 1 }] });
  });

  it('lets failed units wait, and gives them up after their last attempt until they are retried', async () => {
    const { store, folder } = await storeWith([score('a'), score('ab')]);
    const now = Date.now();
    const first = store.claim(1, 'running')!.units[0]!;
    expect(store.fail(first, { code: 'X', message: 'once' }, now + 5000)).toEqual({ jobs: 0, units: 0 });
    expect(store.claim(1, 'running')).toBeNull();
    expect(store.nextRetryAt()).toBe(now + 5000);
    const second = store.claim(1, 'running', now + 5001)!.units[0]!;
    expect(second.attempts).toBe(1);
    expect(store.fail(second, { code: 'X', message: 'twice' }, null)).toEqual({ jobs: 2, units: 1 });
    expect(store.nextRetryAt()).toBeNull();
    expect(rowsOf(folder)[0]).toMatchObject({ status: 'failed', attempts: 2, error: 'twice' });
    expect(store.retryFailed()).toEqual({ jobs: 2, units: 1 });
    expect(store.retryFailed()).toEqual({ jobs: 0, units: 0 });
    expect(store.claim(1, 'running')!.units[0]!.attempts).toBe(0);
    store[Symbol.dispose]();
  });

  it('does not wait for times that no pause reaches: the clock was set back', async () => {
    const { store } = await storeWith([score('a')]);
    const now = Date.now();
    const day = 24 * 3600 * 1000;
    const first = store.claim(1, 'running', now + day)!.units[0]!;
    store.fail(first, { code: 'X', message: 'once' }, now + day + 500);
    expect(store.waiting(9)).toBe(1);
    expect(store.peek(now)).not.toBeNull();
    const second = store.claim(1, 'running', now)!.units[0]!;
    expect(second.attempts).toBe(1);
    // Pauses of every length that there is are kept.
    store.fail(second, { code: 'X', message: 'twice' }, now + retryPause(100));
    expect(store.claim(1, 'running', now)).toBeNull();
    expect(store.claim(1, 'running', now + retryPause(100))).not.toBeNull();
    store[Symbol.dispose]();
  });

  /** Runs once with as many units as that, and ends while they are running: by a crash, or by a kill. */
  const endIn = async (
    folder: string,
    jobs: readonly PlannedJob[],
    how: 'crash' | 'kill',
    { limit = 9, progress = 0 } = {},
  ) => {
    const { store } = await storeWith(jobs, folder);
    const claim = store.claim(limit, 'running');
    if (progress > 0) store.progressed(claim!.units[0]!, progress);
    store[Symbol.dispose]();
    if (how === 'crash') writeFileSync(join(folder, 'batch.crash'), 'SIGSEGV');
    return names(claim?.units);
  };

  it('gives back what was running in a crash, alone if often, and gives it up in the end', async () => {
    const folder = temporaryFolder();
    const jobs = [score('a'), score('b')];
    const crash = (limit: number) => endIn(folder, jobs, 'crash', { limit });
    expect(await crash(1)).toEqual(['a']);
    expect(await crash(1)).toEqual(['a']);
    expect(await crash(1)).toEqual(['a']);
    // Others first, then alone.
    const { store } = await storeWith(jobs, folder);
    const other = store.claim(9, 'running')!.units;
    expect(names(other)).toEqual(['b']);
    store.finish(
      other.map((unit) => result(unit)),
      factsOf,
    );
    expect(store.peek()).toMatchObject({ alone: true });
    expect(names(store.claim(9, 'running')?.units)).toEqual(['a']);
    store[Symbol.dispose]();
    writeFileSync(join(folder, 'batch.crash'), 'SIGABRT');
    for (let count = 0; count < 5; count++) await crash(9);
    expect(rowsOf(folder).find(({ architecture }) => architecture === 'a')).toMatchObject({
      status: 'running',
    });
    await crash(9);
    new BatchStore(folder)[Symbol.dispose]();
    expect(rowsOf(folder).find(({ architecture }) => architecture === 'a')).toMatchObject({
      status: 'failed',
      error: 'the process crashed 10 times while this was running, the last time by SIGSEGV',
    });
    expect(existsSync(join(folder, 'batch.crash'))).toBe(false);
  });

  it('gives up what was running in 50 kills, and counts kills and crashes apart', async () => {
    const folder = temporaryFolder();
    const jobs = [score('a')];
    for (let count = 0; count < 9; count++) await endIn(folder, jobs, 'crash');
    for (let count = 0; count < 49; count++) expect(await endIn(folder, jobs, 'kill')).toEqual(['a']);
    new BatchStore(folder)[Symbol.dispose]();
    expect(rowsOf(folder)).toMatchObject([{ status: 'pending', error: null }]);
    await endIn(folder, jobs, 'kill');
    new BatchStore(folder)[Symbol.dispose]();
    expect(rowsOf(folder)).toMatchObject([
      { status: 'failed', error: expect.stringMatching(/killed 50 times .* without getting further/) },
    ]);
    using store = new BatchStore(folder);
    expect(store.retryFailed()).toEqual({ jobs: 1, units: 1 });
  });

  it('forgets crashes and kills where a try gets further than all before', async () => {
    const folder = temporaryFolder();
    const jobs = [score('a')];
    const progressed = async (how: 'crash' | 'kill', progress: number, count: number) => {
      for (let run = 0; run < count; run++) await endIn(folder, jobs, how, { progress });
    };
    await progressed('crash', 0.2, 9);
    await progressed('kill', 0.3, 49);
    await progressed('crash', 0.4, 9);
    await progressed('kill', 0.5, 49);
    expect(rowsOf(folder)).toMatchObject([{ status: 'running' }]);
    // As far as before, and no further.
    await progressed('crash', 0.5, 10);
    new BatchStore(folder)[Symbol.dispose]();
    expect(rowsOf(folder)).toMatchObject([
      { status: 'failed', error: expect.stringContaining('crashed 10 times') },
    ]);
  });

  it('takes no unit for the culprit before all that were hit as often', async () => {
    const folder = temporaryFolder();
    const jobs = [score('a'), score('b')];
    // Three times together, then each six times alone, in turn.
    for (let run = 0; run < 3 + 2 * 6; run++) {
      const { store } = await storeWith(jobs, folder);
      store.claim(9, 'running');
      store[Symbol.dispose]();
      writeFileSync(join(folder, 'batch.crash'), 'SIGSEGV');
    }
    const { store } = await storeWith(jobs, folder);
    expect(rowsOf(folder).map(({ status }) => status)).toEqual(['pending', 'pending']);
    store[Symbol.dispose]();
  });

  it('counts no interruption of what waited in a queue or was given back', async () => {
    const folder = temporaryFolder();
    for (let run = 0; run < 12; run++) {
      const { store } = await storeWith([score('a')], folder);
      store.release(store.claim(1, 'running')!.units);
      expect(names(store.claim(9, 'queued')?.units)).toEqual(['a']);
      store[Symbol.dispose]();
    }
  });

  it('knows the metrics that its jobs measure', async () => {
    const folder = temporaryFolder();
    new BatchStore(folder)[Symbol.dispose]();
    {
      using store = new BatchStore(folder);
      await store.addPlan('spec', [planned(scores, [score('a')]), planned(searches, [search(0)])]);
    }
    using reader = new StoreReader(folder);
    expect(reader.metrics()).toEqual(['naswot', 'params', 'macs']);
    expect(reader.metrics({ kind: 'search' })).toEqual(['macs']);
  });

  it('refuses a plug-in with the name and not the contents of one that it has jobs of', async () => {
    const folder = temporaryFolder();
    using store = new BatchStore(folder);
    const withHash = (digit: string) => {
      const own = { kind: 'metric', name: 'naswot', sha256: digit.repeat(64) } as const;
      return [planned({ ...scores, plugins: [own] }, [score('a')])];
    };
    await store.addPlan('spec', withHash('1'));
    await expect(store.addPlan('spec', withHash('2'))).rejects.toThrow(
      expect.objectContaining({
        code: 'PLUG_IN_CHANGED',
        message: expect.stringMatching(/metric naswot changed since the batch began: .* 2{64}, .* 1{64};/),
      }),
    );
    expect(await store.addPlan('spec', withHash('1'))).toEqual({ jobs: 1, added: 0 });
  });

  it('reads tasks of version 0.1 and counts none of their results as its own', async () => {
    const architecture = '|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|';
    const { store, folder } = await storeWith([{ seed: 0, architecture, evaluated: architecture }]);
    store[Symbol.dispose]();
    const { metrics: _metrics, plugins: _plugins, ...common } = scores;
    const earlier = {
      ...{ ...common, results: 'earlier', aggregation: 'median' },
      ntk: { mode: 'sample', batchSize: 8, init: 'kaiming_fan_out' },
      regions: { batches: 2, batchSize: 10, init: 'kaiming_fan_in' },
    };
    replaceTask(folder, earlier, architecture);
    {
      using reader = new StoreReader(folder);
      expect(reader.status().tasks[0]!.task).toMatchObject({
        metrics: [
          { name: 'ntk', settings: { batchSize: 8, aggregation: 'median' } },
          { name: 'regions', settings: { batches: 2 } },
          { name: 'params' },
          { name: 'macs' },
        ],
        plugins: [],
      });
      const [, line] = csvLines(reader, { statuses: ['pending'] });
      expect(line).toMatch(/,pending,score,,\d+,,,median,sample,8,2,10,\|none.*,f,/);
    }
    using again = new BatchStore(folder);
    expect(again.tasks().map(({ results }) => results)).toEqual(['earlier']);
  });

  it('refuses a task that is none, naming the field', async () => {
    const { store, folder } = await storeWith([score('a')]);
    store[Symbol.dispose]();
    replaceTask(folder, { ...scores, repeats: 'many' }, 'a');
    expect(() => new StoreReader(folder)).toThrow(
      expect.objectContaining({ code: 'RECORD_INVALID', field: 'repeats' }),
    );
  });

  it('is one coordinator’s at a time, and readable meanwhile', async () => {
    const { store, folder } = await storeWith([score('a')]);
    expect(() => new BatchStore(folder)).toThrow(
      expect.objectContaining({
        code: 'STORE_LOCKED',
        message: expect.stringContaining(String(process.pid)),
      }),
    );
    expect(rowsOf(folder)).toHaveLength(1);
    store[Symbol.dispose]();
    new BatchStore(folder)[Symbol.dispose]();
  });

  it('refuses what is no store, and one of a later version', async () => {
    const folder = temporaryFolder();
    expect(() => new StoreReader(folder)).toThrow(expect.objectContaining({ code: 'STORE_MISSING' }));
    const path = join(folder, 'batch.sqlite');
    writeFileSync(path, 'x'.repeat(5000));
    expect(() => new BatchStore(folder)).toThrow(expect.objectContaining({ code: 'STORE_DAMAGED' }));
    expect(() => new StoreReader(folder)).toThrow(expect.objectContaining({ code: 'STORE_DAMAGED' }));

    const other = temporaryFolder();
    const foreign = new Database(join(other, 'batch.sqlite'));
    foreign.exec('CREATE TABLE mine (x)');
    foreign.close();
    expect(() => new BatchStore(other)).toThrow(expect.objectContaining({ code: 'STORE_INVALID' }));

    const { store, folder: newer } = await storeWith([]);
    store[Symbol.dispose]();
    const database = new Database(join(newer, 'batch.sqlite'));
    database.pragma('user_version = 99');
    database.close();
    expect(() => new BatchStore(newer)).toThrow(expect.objectContaining({ code: 'STORE_TOO_NEW' }));
  });
});
