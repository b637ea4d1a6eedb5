import { numberText } from '@tenas/base';
import type { BenchDocument, BenchRow } from './bench-document.js';

/**
 * Formats of others: `customSmallerIsBetter` of benchmark-action/github-action-benchmark, the Bencher Metric Format of
 * bencher.dev, a table in Markdown.
 */
export const BENCH_TEXT_FORMATS = ['github-action', 'bmf', 'markdown'] as const;

/** One of {@link BENCH_TEXT_FORMATS}. */
export type BenchTextFormat = (typeof BENCH_TEXT_FORMATS)[number];

/** Nanoseconds of the units of time. */
const NANOSECONDS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9 };

/** A row with a median. */
interface Measured extends BenchRow {
  readonly summary: BenchRow['summary'] & { readonly median: number };
}

/** The result of a benchmark in a format of others, with the machine. Rows without a figure are left out. */
export function benchText(
  bench: Pick<BenchDocument, 'machine' | 'rows' | 'date'>,
  format: BenchTextFormat,
): string {
  const rows = bench.rows.filter((row): row is Measured => Number.isFinite(row.summary.median));
  switch (format) {
    case 'github-action':
      return JSON.stringify(githubAction(rows, bench), null, 2);
    case 'bmf':
      return JSON.stringify(Object.fromEntries(rows.map((row) => [row.name, metricOf(row)])), null, 2);
    case 'markdown':
      return markdown(rows, bench);
    default:
      return format satisfies never;
  }
}

/** One list has one direction: rows of which more is better are given as their inverse. */
function githubAction(rows: readonly Measured[], bench: Pick<BenchDocument, 'machine' | 'date'>): object[] {
  const extra = environment(bench)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
  return rows.map(({ name, unit, better, summary: { median, p10, p90 } }) => ({
    name,
    unit: better === 'lower' ? unit : `1/(${unit})`,
    value: better === 'lower' ? median : 1 / median,
    ...(p10 === null || p90 === null
      ? {}
      : { range: `± ${numberText((100 * (p90 - p10)) / (2 * Math.abs(median)), 2)} %` }),
    extra,
  }));
}

/** Times are in nanoseconds, as Bencher's own measure has them; other units are measures by their names. */
function metricOf({ unit, summary: { median, p10, p90 } }: Measured): object {
  const scale = NANOSECONDS[unit];
  const measure = scale === undefined ? unit.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-') : 'latency';
  const scaled = (value: number) => value * (scale ?? 1);
  return {
    [measure]: {
      value: scaled(median),
      ...(p10 === null ? {} : { lower_value: scaled(p10) }),
      ...(p90 === null ? {} : { upper_value: scaled(p90) }),
    },
  };
}

function markdown(rows: readonly Measured[], bench: Pick<BenchDocument, 'machine' | 'date'>): string {
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [
    line(['what', 'median', 'p10 - p90', 'unit']),
    '|---|--:|--:|---|',
    ...rows.map(({ title, unit, summary: { median, p10, p90 } }) =>
      line([title, numberText(median), `${numberText(p10)} - ${numberText(p90)}`, unit]),
    ),
    '',
    '| environment | |',
    '|---|---|',
    ...environment(bench).map(line),
  ].join('\n');
}

function environment({
  machine,
  date,
}: Pick<BenchDocument, 'machine' | 'date'>): (readonly [string, string])[] {
  const { cpu, cores, isa, compiler, node, commit, governor = 'unknown', loadBefore } = machine;
  return [
    ['CPU', `${cpu}, ${cores} cores`],
    ['governor', governor],
    ['instruction set', isa],
    ['compiler', compiler],
    ['Node', node],
    ['load before', loadBefore === undefined ? 'unknown' : loadBefore.toFixed(2)],
    ['commit', commit],
    ['date', date],
  ];
}
