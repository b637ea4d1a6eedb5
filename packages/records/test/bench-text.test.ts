import { expect, it } from 'vitest';
import { type BenchDocument, type BenchRow, benchText } from '../src/index.js';

const row = (name: string, unit: string, better: 'lower' | 'higher', median: number | null): BenchRow => ({
  ...{ name, title: `the ${name} | row`, unit, better },
  summary: { count: 9, min: median, p10: median && median * 0.9, median, p90: median && median * 1.1 },
});

const bench: Pick<BenchDocument, 'machine' | 'rows' | 'date'> = {
  date: '2026-01-01T00:00:00.000Z',
  machine: {
    cpu: 'C',
    cores: 2,
    isa: 'avx2',
    node: '22',
    compiler: 'GNU 12',
    commit: 'abc',
    loadBefore: 0.25,
  },
  rows: [
    row('kernel', 'ms', 'lower', 2),
    row('search', 's', 'lower', 3),
    row('scaling', 'x over 1', 'higher', 4),
    row('nothing', 'ms', 'lower', null),
  ],
};

it('gives one direction to github-action-benchmark, and leaves out rows without a figure', () => {
  const entries = JSON.parse(benchText(bench, 'github-action'));
  expect(
    entries.map(({ name, unit, value, range }: Record<string, unknown>) => [name, unit, value, range]),
  ).toEqual([
    ['kernel', 'ms', 2, '± 10 %'],
    ['search', 's', 3, '± 10 %'],
    ['scaling', '1/(x over 1)', 0.25, '± 10 %'],
  ]);
  expect(entries[0].extra).toContain('governor: unknown\ninstruction set: avx2\ncompiler: GNU 12');
});

it('gives Bencher nanoseconds, and other units as measures of their own', () => {
  const metrics = JSON.parse(benchText(bench, 'bmf'));
  expect(Object.keys(metrics)).toEqual(['kernel', 'search', 'scaling']);
  expect(metrics.search).toEqual({
    latency: { value: 3e9, lower_value: 2.7e9, upper_value: expect.closeTo(3.3e9, 0) },
  });
  expect(metrics.scaling['x-over-1'].value).toBe(4);
});

it('writes tables in Markdown whose cells cannot end a row', () => {
  const text = benchText(bench, 'markdown');
  expect(text).toContain('| the kernel \\| row | 2 | 1.8 - 2.2 | ms |');
  expect(text).toContain('| load before | 0.25 |');
});
