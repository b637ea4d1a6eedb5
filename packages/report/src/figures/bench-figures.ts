import * as Plot from '@observablehq/plot';
import { numberText } from '@tenas/base';
import type { BenchDocument, BenchRow } from '@tenas/records';
import { type Figure, plotFigure } from '../figure.js';
import { clipText, tickText } from '../number-text.js';
import { color } from '../palette.js';
import { roofline } from './roofline.js';

/** Multiply-add rates of the rows beside the machine's peak. */
function rates(bench: BenchDocument, name: string): Figure | null {
  const rows = bench.rows.flatMap(({ name: row, gflops, settings }) =>
    typeof gflops === 'number'
      ? [{ row: clipText(row, 36), gflops, threads: Number(settings?.threads ?? 1) }]
      : [],
  );
  if (rows.length === 0) return null;
  const peak = bench.roofline?.peak.find(({ isa }) => isa === bench.machine.isa)?.gflops;
  const roofs = peak === undefined ? [] : rows.map(({ row, threads }) => ({ row, roof: peak * threads }));
  return plotFigure({
    name,
    title: 'Rate of each measurement beside the roof of its threads',
    description: rows.map(({ row, gflops }) => `${row}: ${numberText(gflops)} GFLOP/s`).join('; '),
    note: 'Two operations a multiply-add, counted of the plain algorithm. The mark is what the cores could do at most.',
    plot: {
      width: 640,
      height: 40 + rows.length * 24,
      marginLeft: 20 + Math.max(...rows.map(({ row }) => row.length)) * 6.6,
      marginRight: 54,
      marginBottom: 38,
      marginTop: 4,
      x: { label: 'GFLOP/s', labelAnchor: 'center', labelArrow: 'none', grid: true, nice: true },
      y: { domain: rows.map(({ row }) => row), label: null, tickSize: 0 },
      marks: [
        Plot.barX(rows, { x: 'gflops', y: 'row', fill: color('blue'), insetTop: 3, insetBottom: 3, rx: 2 }),
        Plot.tickX(roofs, { x: 'roof', y: 'row', stroke: color('vermillion'), strokeWidth: 2.5 }),
        Plot.text(rows, {
          x: 'gflops',
          y: 'row',
          text: ({ gflops }) => numberText(gflops),
          dx: 6,
          textAnchor: 'start',
        }),
      ],
    },
    legend: [
      { label: 'measured', style: { color: 'blue', symbol: 'square' } },
      ...(peak === undefined
        ? []
        : [{ label: 'multiply-add peak', style: { color: 'vermillion', symbol: 'square' } as const }]),
    ],
  });
}

interface Ratio {
  readonly row: string;
  readonly ratio: number;
}

function ratioChart(
  given: Pick<Figure, 'name' | 'title'> & { readonly note: string },
  rows: readonly Ratio[],
): Figure | null {
  if (rows.length === 0) return null;
  const ends = rows.map(({ ratio }) => ratio);
  return plotFigure({
    ...given,
    description: `${rows.map(({ row, ratio }) => `${row}: ${numberText(ratio)}`).join('; ')}.`,
    plot: {
      width: 640,
      height: 40 + rows.length * 24,
      marginLeft: 20 + Math.max(...rows.map(({ row }) => row.length)) * 6.6,
      marginRight: 54,
      marginBottom: 38,
      marginTop: 4,
      x: {
        type: 'log',
        domain: [Math.min(0.8, ...ends) / 1.1, Math.max(1.25, ...ends) * 1.1],
        label: 'times',
        labelAnchor: 'center',
        labelArrow: 'none',
        grid: true,
        ticks: 6,
        tickFormat: tickText,
      },
      y: { domain: rows.map(({ row }) => row), label: null, tickSize: 0 },
      marks: [
        Plot.barX(rows, {
          x1: 1,
          x2: 'ratio',
          y: 'row',
          fill: ({ ratio }: Ratio) => color(ratio >= 1 ? 'blue' : 'vermillion'),
          insetTop: 3,
          insetBottom: 3,
        }),
        Plot.ruleX([1], { stroke: color('ink') }),
        Plot.text(rows, {
          x: ({ ratio }: Ratio) => Math.max(1, ratio),
          y: 'row',
          text: ({ ratio }: Ratio) => `${numberText(ratio)}×`,
          dx: 6,
          textAnchor: 'start',
        }),
      ],
    },
  });
}

function timesBetter({ better }: BenchRow, before: number, after: number): number {
  return better === 'lower' ? before / after : after / before;
}

/** How far each row is from its target, and the speed-ups that it measured itself. */
function targets(bench: BenchDocument, suffix: string): (Figure | null)[] {
  const ratio = (row: BenchRow, reference: number | undefined): Ratio[] => {
    const { median } = row.summary;
    if (median === null || reference === undefined || median <= 0 || reference <= 0) return [];
    return [{ row: clipText(row.name, 36), ratio: timesBetter(row, reference, median) }];
  };
  return [
    ratioChart(
      {
        name: `bench-speedups${suffix}`,
        title: bench.kind === 'peer' ? 'Times faster than the peer' : 'Speed-ups',
        note: 'Both sides of each were measured in the same run; 1 is no gain.',
      },
      bench.rows
        .filter(({ unit, summary }) => unit === 'x' && (summary.median ?? 0) > 0)
        .map(({ name, summary }) => ({ row: clipText(name, 36), ratio: summary.median! })),
    ),
    ratioChart(
      {
        name: `bench-targets${suffix}`,
        title: 'Measured beside the target',
        note: '1 is the target; to the right is better than it.',
      },
      bench.rows.flatMap((row) => ratio(row, row.target)),
    ),
  ];
}

/** The figures of a benchmark. */
export function benchFigures(bench: BenchDocument, suffix: string): Figure[] {
  return [
    rates(bench, `bench-rates${suffix}`),
    roofline(bench, `bench-roofline${suffix}`),
    ...targets(bench, suffix),
  ].filter((figure) => figure !== null);
}

/** Two runs of the same benchmarks side by side; null where they have no row in common. */
export function benchComparison(before: BenchDocument, after: BenchDocument, name: string): Figure | null {
  return ratioChart(
    {
      name,
      title: `${after.date.slice(0, 16).replace('T', ' ')} against ${before.date.slice(0, 16).replace('T', ' ')}`,
      note: 'How many times better the later run is; 1 is no change.',
    },
    after.rows.flatMap((row) => {
      const old = before.rows.find((other) => other.name === row.name)?.summary.median ?? null;
      const { median } = row.summary;
      if (old === null || median === null || old <= 0 || median <= 0) return [];
      return [{ row: clipText(row.name, 36), ratio: timesBetter(row, old, median) }];
    }),
  );
}
