import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listStrategies } from '@tenas/search';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { jobCounts, writeSpec } from './support/batch-results.js';
import { requireBuild, start } from './support/built-command.js';
import { tenasServed } from './support/command-server.js';
import { noisePng } from './support/noise-png.js';
import { RedisServer, redisAbsent } from './support/redis-server.js';

/** A search of a moment, and a space that lacks what its strategy needs. */
interface Small {
  readonly space: string;
  readonly settings: Readonly<Record<string, string | number>>;
  readonly unfit?: string;
}

const weights = { channels: 2, images: 48, epochs: 4, batchSize: 8 };
const agents = { ...weights, finalists: 2 };

const SMALL: Readonly<Record<string, Small>> = {
  gdas: { space: 'nas-bench-201', settings: { ...agents, finetune: 2 }, unfit: 'nas-bench-macro' },
  'darts-gradient': { space: 'nas-bench-201', settings: weights, unfit: 'nats-size' },
  manas: { space: 'nas-bench-201', settings: agents, unfit: 'nas-bench-macro' },
  'manas-ls': { space: 'nas-bench-201', settings: { ...agents, start: 3, refit: 2 }, unfit: 'pnas' },
  pnas: {
    space: 'nas-bench-201',
    settings: { beam: 3, members: 2, epochs: 4, refits: 4 },
    unfit: 'nats-size',
  },
  hurricane: {
    space: 'nas-bench-macro',
    settings: {
      ...{ ...weights, epochs: 1, statisticsBatches: 1 },
      ...{ population: 4, generations: 2, parents: 2, crossovers: 1, mutations: 1 },
    },
    unfit: 'darts',
  },
  reinforce: { space: 'nas-bench-201', settings: { cycles: 20, batch: 4 } },
};
const names = Object.keys(SMALL);

const folder = temporaryFolder();
const images = { datasets: { small: { dataset: 'synthetic', size: 16 } } };

/** The part of a spec that has a strategy's search. */
function section(name: string, more: object = {}) {
  const { space, settings } = SMALL[name]!;
  const bound = space === 'nas-bench-macro' ? 'params<=1.2M' : 'params<=0.4M';
  return {
    ...{ spaces: space, datasets: 'small', strategy: name, settings, metrics: 'synflow', seeds: 3 },
    ...{ constraints: [bound], ...more },
  };
}

/** A record without times, and without what only the command adds. */
function timeless(record: unknown): unknown {
  if (Array.isArray(record)) return record.map(timeless);
  if (typeof record !== 'object' || record === null) return record;
  const times = ['seconds', 'startedAt', 'metricSeconds', 'threads', 'tool', 'record'];
  const kept = Object.entries(record).filter(([key]) => !times.includes(key));
  return Object.fromEntries(kept.map(([key, value]) => [key, timeless(value)]));
}

/** The records of a batch's searches by strategy, without times. */
async function recordsOf(out: string): Promise<Record<string, unknown>> {
  const { code, out: lines } = await tenasServed(['batch', 'export', out, '--format', 'jsonl'], folder);
  expect(code).toBe(0);
  const rows = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return Object.fromEntries(rows.map(({ result }) => [result.strategy, timeless(result)]));
}

async function refusal(spec: object): Promise<string> {
  const path = writeSpec(folder, 'refused', JSON.stringify(spec));
  const { code, err } = await tenasServed(['batch', 'run', path, '--out', 'refused'], folder);
  expect(code).toBe(2);
  return err;
}

const absent = redisAbsent();
let path: string;
/** What `tenas search` alone finds, by strategy. */
const alone: Record<string, unknown> = {};

beforeAll(async () => {
  requireBuild();
  path = writeSpec(
    folder,
    'systems',
    JSON.stringify({ ...images, search: names.map((name) => section(name)) }),
  );
  for (const name of names) {
    const { spaces, settings, metrics, constraints } = section(name);
    const { code, out, err } = await tenasServed(
      [
        ...['search', '--strategy', name, '--space', spaces, '--image-size', '16', '--metrics', metrics],
        ...['--seed', '3', '--threads', '1', '--constraint', ...constraints, '--json'],
        ...Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]),
      ],
      folder,
    );
    expect(code, err).toBe(0);
    alone[name] = timeless(JSON.parse(out));
  }
});

describe('searches of systems in a batch', () => {
  it('are all systems, and reinforce', () => {
    const systems = listStrategies().filter(({ presets }) => presets !== undefined);
    expect(names.toSorted()).toEqual([...systems.map(({ name }) => name), 'reinforce'].sort());
  });

  it('find what each search alone finds, and are exported, shown and reported', async () => {
    const { code, err } = await tenasServed(
      ['batch', 'run', path, '--out', 'local', '--threads', '2'],
      folder,
    );
    expect(code, err).toBe(0);
    expect(await recordsOf('local')).toEqual(alone);
    const { out: csv } = await tenasServed(['batch', 'export', 'local', '--format', 'csv'], folder);
    for (const name of names) {
      const [setting] = Object.entries(SMALL[name]!.settings).map(([key, value]) => `${key}=${value}`);
      expect(csv).toMatch(new RegExp(`,${name},[^,]*${setting}[^,]* params<=`));
    }
    const { out: table } = await tenasServed(['batch', 'results', 'local', '--json'], folder);
    expect(
      JSON.parse(table)
        .map(({ strategy }: { strategy: string }) => strategy)
        .sort(),
    ).toEqual(names.toSorted());
    expect((await tenasServed(['report', 'local', '--out', 'local.html'], folder)).code).toBe(0);
    const page = readFileSync(join(folder, 'local.html'), 'utf8');
    for (const name of names) expect(page).toContain(name);
  });

  it('find the same after kills', async () => {
    for (let done = 0, kills = 0; kills < 3; kills++) {
      const { child, ended } = start(['batch', 'run', path, '--out', 'killed', '--threads', '1'], folder);
      // One more search is done, and the next one is under way.
      let over = false;
      void ended.then(() => {
        over = true;
      });
      const least = done + 1;
      while (!over && done < least) {
        await sleep(20);
        done = (await jobCounts('killed', folder).catch(() => ({ done: 0 }))).done ?? 0;
      }
      child.kill('SIGKILL');
      await ended;
    }
    const { code, err } = await tenasServed(['batch', 'run', path, '--out', 'killed'], folder);
    expect(code, err).toBe(0);
    expect(await recordsOf('killed')).toEqual(alone);
    expect((await tenasServed(['batch', 'verify', 'killed'], folder)).code).toBe(0);
  });

  it.skipIf(absent !== null)(
    `find the same as jobs of a queue, on other numbers of threads${absent === null ? '' : ` (skipped: ${absent})`}`,
    async () => {
      await using redis = await RedisServer.start();
      const worker = start(['worker', '--queue', redis.url, '--concurrency', '3'], folder);
      const run = ['batch', 'run', path, '--out', 'queued', '--queue', redis.url];
      const { code, err } = await tenasServed(run, folder);
      worker.child.kill('SIGINT');
      expect((await worker.ended).code).toBe(130);
      expect(code, err).toBe(0);
      expect(await recordsOf('queued')).toEqual(alone);
    },
    120_000,
  );

  it.each(names.filter((name) => SMALL[name]!.unfit !== undefined))(
    '%s is refused before any work in a space that lacks what it needs',
    async (name) => {
      const { unfit } = SMALL[name]!;
      const err = await refusal({ ...images, search: section(name, { spaces: unfit }) });
      expect(err).toMatch(
        new RegExp(`search\\[0\\]\\.strategy: ${unfit} has no .*the strategy ${name} needs`),
      );
      expect(err).toMatch(/strategies that work there are .*random/);
    },
  );
});

describe('systems on pictures without labels', () => {
  const needy = listStrategies().filter(
    ({ name, needs }) => names.includes(name) && needs.includes('labels'),
  );

  it.each(needy.map(({ name }) => name))('%s is refused before any work', async (name) => {
    const flat = join(folder, 'flat');
    mkdirSync(flat, { recursive: true });
    for (const picture of ['a.png', 'b.png']) writeFileSync(join(flat, picture), noisePng(16, 16));
    const datasets = { small: { dataset: 'folder', data: flat, size: 16 } };
    expect(await refusal({ datasets, search: section(name) })).toMatch(
      /search\[0\]\.strategy: .*no labels, which are needed/,
    );
  });
});
