import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAccuracies, readIndexTable } from '@tenas/evaluation';
import { getMetric } from '@tenas/metrics';
import { readCsv } from '@tenas/records';
import { getSpace, nasBench201 } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../src/paths.js';
import {
  controlRows,
  judgeScores,
  publishedRows,
  readPublished,
  suiteScores,
} from '../src/published-rankings.js';
import { publishedTable, suiteTable } from '../src/published-tables.js';
import {
  PUBLISHED_FIGURES,
  PUBLISHED_VARIANTS,
  SMALL_VARIANT,
  SUITE_COLUMNS,
} from '../src/published-variants.js';

const space = getSpace(nasBench201.name);

const CELLS = space.sample({ count: 40, seed: 1 }).map(space.format);

describe('the settings', () => {
  it('are of metrics that have them, and look at the network that is trained', () => {
    expect(new Set(PUBLISHED_VARIANTS.map(({ name }) => name)).size).toBe(PUBLISHED_VARIANTS.length);
    for (const { metrics, settings } of PUBLISHED_VARIANTS) {
      for (const name of metrics) {
        const metric = getMetric(name);
        const read = 'settings' in metric ? metric.settings.parse(settings[name]) : {};
        expect(read, name).toMatchObject({ ...settings[name], network: 'final' });
        expect(SMALL_VARIANT.metrics).toContain(name);
      }
    }
  });

  it('are there for every published figure and for every score of NAS-Bench-Suite-Zero', () => {
    for (const { metric, settings } of [...PUBLISHED_FIGURES, ...SUITE_COLUMNS]) {
      const those = PUBLISHED_VARIANTS.filter(({ whose }) => whose === settings);
      expect(
        those.filter(({ metrics, aggregates = [] }) => [...metrics, ...aggregates].includes(metric)),
      ).toHaveLength(1);
    }
  });
});

describe('rankings under published settings', () => {
  const csv = (head: string, cell: (place: number) => readonly (string | number)[]) =>
    readCsv([head, ...CELLS.map((_, place) => cell(place).join(','))].join('\n'), 'scores.csv');
  const accuracies = csv('arch,cifar10_test200', (place) => [CELLS[place]!, 50 + ((place * 7) % 40)]);
  const table = readAccuracies(accuracies, { space: nasBench201, columns: ['cifar10_test200'] });
  const snip = (sign: number) => csv('arch,snip', (place) => [CELLS[place]!, sign * ((place * 7) % 40)]);
  const suite = csv(['index', ...SUITE_COLUMNS.map(({ column }) => column)].join(','), (place) => [
    ...[39 - place, ...SUITE_COLUMNS.map(() => (place * 7) % 40)],
  ]);
  /** The numbers of the cells, from the last. */
  const indices = readIndexTable([...CELLS].reverse().join('\n'), 'indices.txt', space);
  const judged = (scores: Parameters<typeof judgeScores>[0]) =>
    judgeScores(scores, new Set(CELLS), { table, resamples: 20 });

  it('stand beside those of the small network, of published scores and of the controls', async () => {
    const small = await judged(snip(-1));
    const beside = { small, suite: await judged(suiteScores(suite, indices)) };
    const rows = publishedRows('zero-cost-nas', await judged(snip(1)), beside);
    expect(rows.map(({ population }) => population)).toEqual(['all', 'without-unreachable']);
    expect(rows[0]).toMatchObject({
      ...{ settings: 'zero-cost-nas', metric: 'snip', cells: '40', failures: '0' },
      ...{ tau: '1.000', rho: '1.000', smallTau: '-1.000', smallRho: '-1.000', suiteTau: '', alike: '' },
    });
    expect(rows[1]).toMatchObject({ tau: '1.000', alike: '1.000' });
    const others = publishedRows('authors', await judged(snip(1)), { small, suite: null });
    expect(others.every(({ alike }) => alike === '')).toBe(true);
    const controls = controlRows(small);
    expect(new Set(controls.map(({ metric }) => metric))).toEqual(new Set(['params', 'macs']));
    const text = publishedTable([...rows, ...controls]);
    expect(text).toContain('| `snip` | zero-cost-nas | ρ 0.58 | ρ 1.00 | ρ −1.00 | Abdelfattah');
    expect(text).toMatch(/\| \*params\* \|.*τ .* ρ /);
    expect(suiteTable(rows)).toMatch(/\| `snip` \| .* \| 1.00 \| −1.00 \| 1.00 \|/);
  });

  it('need all columns of the published scores', () => {
    expect(() => suiteScores(snip(1), indices)).toThrow('scores.csv has no column index');
  });

  it('are those of docs/quality.md (node benchmarks/dist/quality-report.js prints them)', () => {
    const docs = readFileSync(join(repositoryRoot, 'docs', 'quality.md'), 'utf8');
    for (const shown of [publishedTable(readPublished()), suiteTable(readPublished())]) {
      expect(docs).toContain(shown);
    }
  });
});
