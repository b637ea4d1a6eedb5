import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BatchComparison, batchComparisonSchema } from '@tenas/records';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { tiny, writeSpec } from './support/batch-results.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);

async function run(name: string, spec: string): Promise<void> {
  const path = writeSpec(folder, name, spec);
  const { code, err } = await tenas(['batch', 'run', path, '--out', at(name), '--threads', '1', '--quiet']);
  expect(code, err).toBe(0);
}

async function compared(a: string, b: string, ...more: string[]): Promise<BatchComparison> {
  const { code, out, err } = await tenas(['batch', 'compare', at(a), at(b), '--json', ...more]);
  expect(code, out + err).toBe(0);
  const document = JSON.parse(out);
  expect(batchComparisonSchema.parse(document)).toEqual(document);
  return document;
}

const cells = 'architectures: {sample: 12, seed: 3}';

beforeAll(async () => {
  await run(
    'before',
    `score: {${cells}, seeds: [0, 1], ${tiny}}
search: {strategy: random, settings: {samples: 3}, metrics: [naswot], seeds: 0..3}`,
  );
  await run(
    'after',
    `score: {${cells}, seeds: [1, 2], repeats: 1, ntk: {batchSize: 6}, regions: {batches: 1, batchSize: 40}}
search: {strategy: random, settings: {samples: 8}, metrics: [naswot], seeds: 0..5}`,
  );
  await run(
    'several',
    `score: [{${cells}, metrics: [params], repeats: 2}, {${cells}, metrics: [params], repeats: 3}]`,
  );
  await run('elsewhere', 'score: {architectures: {sample: 2, seed: 9}, metrics: [params]}');
}, 300_000);

describe('tenas batch compare', { timeout: 600_000 }, () => {
  it('pairs jobs by architecture and seed, and names the settings that differ', async () => {
    const { settings, unpaired, batches } = await compared('before', 'after', '--kind', 'score');
    expect(unpaired).toEqual([]);
    expect(batches.a.jobs).toEqual({ done: 24, failed: 0, waiting: 0 });
    expect(settings).toHaveLength(1);
    const [scores] = settings;
    expect(scores!.pairs.map(({ seed }) => seed)).toEqual(Array(12).fill(1));
    expect(scores).toMatchObject({
      kind: 'score',
      over: 'architectures',
      foundSame: null,
      only: { a: 12, b: 12 },
      differences: [{ setting: 'metrics.ntk.batchSize', a: '4', b: '6' }],
      machines: { a: [], b: [] },
    });
  });

  it('has the mean paired difference with an interval, and rank correlations', async () => {
    const { settings } = await compared('before', 'after', '--kind', 'score');
    const metrics = new Map(settings[0]!.metrics.map((paired) => [paired.metric, paired]));
    const ntk = metrics.get('ntk')!;
    const differences = ntk.values.a.map((a, pair) => ntk.values.b[pair]! - a!);
    const mean = differences.reduce((sum, difference) => sum + difference, 0) / 12;
    expect(ntk.units).toBe(12);
    expect(ntk.difference.value).toBeCloseTo(mean, 6);
    expect(ntk.difference.low!).toBeLessThan(mean);
    expect(ntk.difference.high!).toBeGreaterThan(mean);
    expect(ntk.higher.a + ntk.higher.b + ntk.equal).toBe(12);
    expect(ntk.spearman.value!).toBeLessThan(1);
    // Settings of one metric leave the others as they are.
    expect(metrics.get('regions')).toMatchObject({
      difference: { value: 0, low: 0, high: 0 },
      equal: 12,
      signedRank: 1,
      kendall: { value: expect.closeTo(1, 12) },
    });
    expect(metrics.get('regions')!.spearman.value).toBeCloseTo(1, 12);
  });

  it('pairs searches by seed, with what each found', async () => {
    const { settings } = await compared('before', 'after', '--kind', 'search');
    const [searches] = settings;
    expect(searches).toMatchObject({
      over: 'seeds',
      only: { a: 0, b: 2 },
      differences: [{ setting: 'settings.samples', a: '3', b: '8' }],
    });
    expect(searches!.pairs.map(({ seed }) => seed)).toEqual([0, 1, 2, 3]);
    expect(searches!.foundSame).toBe(searches!.pairs.filter(({ a, b }) => a === b).length);
    const naswot = searches!.metrics.find(({ metric }) => metric === 'naswot')!;
    // More samples of the same draws never find less; four seeds have no interval.
    expect(naswot.higher.a).toBe(0);
    expect(naswot.difference).toMatchObject({ low: null, high: null });
    expect(naswot.kendall.value).toBeNull();
  });

  it('finds no difference between a batch and itself', async () => {
    const { settings } = await compared('before', 'before');
    expect(settings.map(({ kind }) => kind).sort()).toEqual(['score', 'search']);
    for (const { differences, only, metrics } of settings) {
      expect(differences).toEqual([]);
      expect(only).toEqual({ a: 0, b: 0 });
      for (const { equal, units } of metrics) expect(equal).toBe(units);
    }
  });

  it('says in words what differs', async () => {
    const { code, out } = await tenas(['batch', 'compare', at('before'), at('after')]);
    expect(code).toBe(0);
    expect(out).toContain('score, nas-bench-201, synthetic: 12 pairs; only in A 12, only in B 12');
    expect(out).toContain('differs  metrics.ntk.batchSize: 4 (A), 6 (B)');
    expect(out).toMatch(/ntk +12 .* to /);
    expect(out).toMatch(/found {4}the same architecture \d times of 4/);
  });

  it('writes a page, and its document makes the same figures', async () => {
    const page = at('comparison.html');
    await compared('before', 'after', '--out', page);
    const html = readFileSync(page, 'utf8');
    expect(html).toContain('Two batches side by side');
    expect(html).toContain('<svg class="figure-comparison-1-pairs-1"');
    expect(html).toContain('metrics.ntk.batchSize');
    expect(html).not.toContain('figure-comparison-1-pairs-2');
    const again = await tenas(['batch', 'compare', at('before'), at('after'), '--out', page]);
    expect(again).toMatchObject({ code: 2, out: '' });
    expect(again.err).toContain('--force');
  });

  it('refuses batches that have nothing in common, or too much', async () => {
    const none = await tenas(['batch', 'compare', at('before'), at('elsewhere'), '--kind', 'score']);
    expect(none.code).toBe(2);
    expect(none.err).toContain('nothing to compare');
    const several = await tenas(['batch', 'compare', at('before'), at('several'), '--kind', 'score']);
    expect(several.code).toBe(2);
    expect(several.err).toContain('several of their settings could belong together');
    const { unpaired } = await compared('several', 'several');
    expect(unpaired).toEqual([]);
  });
});
