import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BatchStore, StoreReader, type TaskStatus } from '@tenas/runner';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { LiveBatch, timeLeft } from '../src/commands/batch/live-batch.js';
import { writeSpec } from './support/batch-results.js';
import { noisePng } from './support/noise-png.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
const out = join(folder, 'two');

beforeAll(async () => {
  const spec = writeSpec(
    folder,
    'two',
    `datasets:
  small: {dataset: synthetic, size: 16}
  other: {dataset: synthetic, seed: 3}
score: {datasets: [small, other], architectures: {sample: 3, seed: 1}, metrics: [naswot], repeats: 1}`,
  );
  const { code, err } = await tenas(['batch', 'run', spec, '--out', out, '--threads', '1', '--quiet']);
  expect(code, err).toBe(0);
});

/** The first four columns of what was run, as a page shows them. */
function groupsOn(page: string): string[][] {
  const [, data] = readFileSync(page, 'utf8').match(/id="runs-groups".*?<script[^>]*>(.*?)<\/script>/s)!;
  const { rows } = JSON.parse(data!) as { rows: (string | [number, string])[][] };
  return rows.map((cells) => cells.slice(0, 4).map((cell) => (Array.isArray(cell) ? cell[1] : cell)));
}

describe('two synthetic datasets in one batch', () => {
  it('are told apart by size and seed in status, results and the page', async () => {
    const status = (await tenas(['batch', 'status', out])).out;
    expect(status).toContain('nas-bench-201 on synthetic, 16 × 16: score');
    expect(status).toContain('nas-bench-201 on synthetic, seed 3: score');
    const results = (await tenas(['batch', 'results', out])).out;
    expect(results.match(/synthetic, 16 × 16/g)).toHaveLength(3);
    expect(results.match(/synthetic, seed 3/g)).toHaveLength(3);
    const rows = async (...flags: string[]) =>
      JSON.parse((await tenas(['batch', 'results', out, '--json', ...flags])).out) as {
        architecture: string;
      }[];
    expect(await rows('--dataset', 'synthetic')).toHaveLength(6);
    const [first, ...others] = await rows('--dataset', 'synthetic, seed 3');
    expect(others).toHaveLength(2);
    const same = await rows('--arch', first!.architecture);
    expect(same.map(({ architecture }) => architecture)).toEqual([first!.architecture, first!.architecture]);
    expect(await rows('--dataset', 'cifar10')).toEqual([]);
    using reader = new StoreReader(out);
    const { best } = new LiveBatch(reader).update(0, Date.now());
    expect(new Set(best[0]!.results.map(({ dataset }) => dataset))).toEqual(
      new Set(['synthetic, 16 × 16', 'synthetic, seed 3']),
    );
  });

  it('are two lines on the page of the batch and of its CSV, and two settings of a comparison', async () => {
    const done = async (...argv: string[]) => {
      const { code, out: text, err } = await tenas(argv);
      expect(code, err).toBe(0);
      return text;
    };
    const [page, csv, csvPage] = ['page.html', 'pictured.csv', 'csv.html'].map((name) => join(folder, name));
    await done('report', out, '--out', page!);
    expect(groupsOn(page!)).toEqual([
      ['score', 'NAS-Bench-201', 'synthetic, 16 × 16', '3'],
      ['score', 'NAS-Bench-201', 'synthetic, seed 3', '3'],
    ]);
    await done('batch', 'export', out, '--file', csv!);
    await done('report', csv!, '--out', csvPage!);
    // The table has no size and no seed: their fingerprints tell them apart.
    const images = groupsOn(csvPage!).map((cells) => cells[2]);
    expect(images).toHaveLength(2);
    for (const words of images) expect(words).toMatch(/^synthetic \(synthetic-[\d-]+\)$/);

    const compared = await done('batch', 'compare', out, out, '--out', join(folder, 'both.html'));
    expect(compared).toContain('score, nas-bench-201, synthetic, 16 × 16: 3 pairs');
    expect(compared).toContain('score, nas-bench-201, synthetic, seed 3: 3 pairs');
    const html = readFileSync(join(folder, 'both.html'), 'utf8');
    expect(html).toContain('<h2>Scores on NAS-Bench-201, synthetic, 16 × 16</h2>');
    expect(html).toContain('<h2>Scores on NAS-Bench-201, synthetic, seed 3</h2>');
  });

  it('two folders of pictures have their fingerprints behind the name', async () => {
    for (const name of ['left', 'right']) {
      for (const kind of ['a', 'b']) {
        mkdirSync(join(folder, name, kind), { recursive: true });
        for (let index = 0; index < 40; index++) {
          writeFileSync(join(folder, name, kind, `${name}${index}.png`), noisePng(32, index));
        }
      }
    }
    const spec = writeSpec(
      folder,
      'folders',
      `datasets:
  left: {dataset: folder, data: ${join(folder, 'left')}}
  right: {dataset: folder, data: ${join(folder, 'right')}}
score: {datasets: [left, right], architectures: {sample: 2, seed: 1}, metrics: [params], repeats: 1}`,
    );
    const run = await tenas(['batch', 'run', spec, '--out', join(folder, 'folders'), '--quiet']);
    expect(run.code, run.err).toBe(0);
    const lines = (await tenas(['batch', 'status', join(folder, 'folders')])).out.match(/on folder.*:/g)!;
    expect(lines).toHaveLength(2);
    expect(new Set(lines).size).toBe(2);
    for (const line of lines) expect(line).toMatch(/^on folder \([0-9a-f]{16}\): score/);
  });
});

describe('tenas batch results --seeds mean and --sort rank', () => {
  const seeds = join(folder, 'seeds');
  const results = async (...flags: string[]) => await tenas(['batch', 'results', seeds, ...flags]);
  const rows = async (...flags: string[]) =>
    JSON.parse((await results('--json', ...flags)).out) as Record<string, number | string | null>[];

  beforeAll(async () => {
    const spec = writeSpec(
      folder,
      'seeds',
      'score: {architectures: {sample: 5, seed: 4}, seeds: [0, 1, 2], metrics: [naswot, grad-norm], repeats: 1}',
    );
    const { code, err } = await tenas(['batch', 'run', spec, '--out', seeds, '--threads', '1', '--quiet']);
    expect(code, err).toBe(0);
  });

  it('gives a row for each architecture, with the means over the seeds', async () => {
    const each = await rows('--limit', '100');
    const means = await rows('--seeds', 'mean');
    expect([each.length, means.length]).toEqual([15, 5]);
    for (const mean of means) {
      const some = each.filter(({ architecture }) => architecture === mean.architecture);
      expect(mean).toMatchObject({
        kind: 'score',
        space: 'nas-bench-201',
        seeds: 3,
        params: some[0]!.params,
      });
      for (const column of ['naswot', 'grad-norm', 'seconds']) {
        const values = some.map((row) => row[column]);
        if (values.includes(null)) expect(mean[column]).toBeNull();
        else {
          const sum = values.reduce<number>((all, value) => all + Number(value), 0);
          expect(mean[column]).toBeCloseTo(sum / 3, 9);
        }
      }
    }
    // The best first, by the first metric.
    const order = means.map(({ naswot }) => naswot).filter((value) => value !== null);
    expect(order).toEqual(order.toSorted((a, b) => Number(b) - Number(a)));
    expect((await results('--seeds', 'mean')).out).toMatch(/^kind +dataset +seeds +naswot/);
    expect((await results('--seeds', 'mean', '--sort', 'seed')).code).toBe(2);
  });

  it('adds the ranks by all metrics, the best first', async () => {
    for (const flags of [[], ['--seeds', 'mean']]) {
      const ranked = await rows('--sort', 'rank', '--limit', '100', ...flags);
      const whole = ranked.filter((row) => row.naswot !== null && row['grad-norm'] !== null);
      const rank = (column: string, row: (typeof whole)[number]) => {
        const [value, all] = [Number(row[column]), whole.map((other) => Number(other[column]))];
        return (
          all.filter((other) => other > value).length +
          (all.filter((other) => other === value).length + 1) / 2
        );
      };
      const sums = whole.map((row) => rank('naswot', row) + rank('grad-norm', row));
      expect(whole.length).toBeGreaterThanOrEqual(3);
      expect(whole.map(({ rankSum }) => rankSum)).toEqual(sums);
      expect(sums).toEqual(sums.toSorted((a, b) => a - b));
      // What has no value by some metric stands last.
      expect(ranked.slice(whole.length).map(({ rankSum }) => rankSum)).toEqual(
        new Array(ranked.length - whole.length).fill(null),
      );
    }
    expect((await results('--sort', 'rank', '--limit', '1')).out).toMatch(/rankSum +architecture/);
  });

  it('refuses rank sums over several datasets', async () => {
    const { code, err } = await tenas(['batch', 'results', out, '--sort', 'rank']);
    expect(code).toBe(2);
    expect(err).toContain('--kind and --dataset');
    const one = await tenas(['batch', 'results', out, '--sort', 'rank', '--dataset', 'synthetic, seed 3']);
    expect(one.code, one.err).toBe(0);
  });
});

describe('tenas batch status', () => {
  it('says whether a process works on the batch', async () => {
    const working = async () => JSON.parse((await tenas(['batch', 'status', out, '--json'])).out).working;
    expect(await working()).toBe(false);
    {
      using _store = new BatchStore(out);
      expect(await working()).toBe(true);
    }
    expect(await working()).toBe(false);
  });
});

describe('tenas batch export --file', () => {
  const written = async (name: string, ...more: string[]) => {
    const file = join(folder, name);
    const { code, err } = await tenas(['batch', 'export', out, '--file', file, ...more]);
    return {
      code,
      err,
      start: existsSync(file) ? readFileSync(file).subarray(0, 5).toString('latin1') : null,
    };
  };

  it('takes the format from the extension', async () => {
    expect(await written('rows.csv')).toMatchObject({ code: 0, start: 'space' });
    expect(await written('rows.txt')).toMatchObject({ code: 0, start: 'space' });
    expect(await written('rows.jsonl')).toMatchObject({ code: 0, start: '{"kin' });
    expect(await written('rows.NDJSON')).toMatchObject({ code: 0, start: '{"kin' });
    expect(await written('rows.parquet')).toMatchObject({ code: 0, start: expect.stringMatching(/^PAR1/) });
    expect(await written('named.parquet', '--format', 'csv')).toMatchObject({ code: 0, start: 'space' });
  });

  it('refuses a name that belongs to something else', async () => {
    const { code, err, start } = await written('rows.json');
    expect({ code, start }).toEqual({ code: 2, start: null });
    expect(err).toContain('.csv, .jsonl or .parquet, or --format');
  });
});

describe('the time left of a batch on its page', () => {
  const task = (kind: 'score' | 'search', done: number, pending: number, seconds: number) => {
    const units = { pending, queued: 0, running: 0, done, failed: 0 };
    return { task: { kind }, jobs: units, units, seconds } as unknown as TaskStatus;
  };

  it('takes the mean of a kind for its settings that have not begun', () => {
    const tasks = [task('score', 10, 10, 20), task('score', 0, 5, 0)];
    expect(timeLeft({ tasks }, 2)).toEqual({ secondsLeft: 15, secondsLeftAreLeast: false });
  });

  it('is the least where a whole kind has not begun', () => {
    const tasks = [task('score', 10, 10, 20), task('search', 0, 5, 0)];
    expect(timeLeft({ tasks }, 2)).toEqual({ secondsLeft: 10, secondsLeftAreLeast: true });
  });

  it('is unknown while nothing is done', () => {
    expect(timeLeft({ tasks: [task('search', 0, 5, 0)] }, 0).secondsLeft).toBeNull();
    expect(timeLeft({ tasks: [task('search', 0, 5, 0)] }, 1).secondsLeft).toBeNull();
  });
});

describe('what has nothing to show', () => {
  it('a reason for failed repeats stands once', async () => {
    const none = '|none~0|+|none~0|none~1|+|none~0|none~1|none~2|';
    const { out: text } = await tenas(['score', '--arch', none, '--metrics', 'ntk', '--repeats', '3']);
    expect(text).toMatch(/ntk .* (zero|nan|negative) × 3 /);
  });

  it('a search that fails before it measures anything leaves no record', async () => {
    const runs = join(folder, 'runs');
    const { code, err } = await tenas(['search', '--device', 'cuda', '--out', runs]);
    // On a machine with a GPU the search works.
    if (code === 0) return;
    expect(code).toBe(3);
    expect(err).not.toContain('.partial.json');
    expect(existsSync(runs) ? readdirSync(runs) : []).toEqual([]);
  });
});

describe('searches of a batch that differ in settings alone', () => {
  it('are told apart by them in the plan, status, results and the live page', async () => {
    const spec = writeSpec(
      folder,
      'settings',
      `search: {strategy: random, settings: [{samples: 2, repeats: 1}, {samples: 3, repeats: 1}], metrics: [params]}`,
    );
    const [dry, run] = ['dry', 'settings'].map((name) => join(folder, name));
    const planned = await tenas(['batch', 'run', spec, '--out', dry!, '--dry-run', '--threads', '1']);
    expect(planned.code, planned.err).toBe(0);
    const { code, err } = await tenas(['batch', 'run', spec, '--out', run!, '--threads', '1', '--quiet']);
    expect(code, err).toBe(0);
    const status = (await tenas(['batch', 'status', run!])).out;
    for (const text of [planned.out, status]) {
      for (const samples of [2, 3])
        expect(text).toContain(`search by random (params), samples=${samples}: 1`);
      expect(text).not.toContain('repeats=');
    }
    const [head, ...rows] = (await tenas(['batch', 'results', run!, '--sort', 'order'])).out
      .trim()
      .split('\n');
    expect(head).toMatch(/^kind +dataset +settings +seed/);
    expect(rows.map((row) => row.match(/samples=\d/)![0])).toEqual(['samples=2', 'samples=3']);
    using reader = new StoreReader(run!);
    const names = new LiveBatch(reader).update(0, Date.now()).tasks.map(({ name }) => name);
    expect(names.map((name) => name.match(/, (samples=\d)$/)![1])).toEqual(['samples=2', 'samples=3']);
    // Where nothing differs, nothing is said.
    const plain = (await tenas(['batch', 'results', out])).out;
    expect(plain.split('\n')[0]).not.toContain('settings');
  });
});
