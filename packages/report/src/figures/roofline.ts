import * as Plot from '@observablehq/plot';
import { numberText } from '@tenas/base';
import type { BenchDocument } from '@tenas/records';
import { type Figure, type LegendEntry, plotFigure } from '../figure.js';
import { clipText, tickText } from '../number-text.js';
import { color } from '../palette.js';

interface Point {
  readonly label: string;
  readonly row: string;
  readonly intensity: number;
  readonly gflops: number;
}

/** The rows that say how much they compute with each byte, numbered by intensity, so that neighbours are found easily. */
function pointsOf(bench: BenchDocument): Point[] {
  return bench.rows
    .flatMap(({ name, gflops, intensity, settings }) =>
      typeof gflops === 'number' && typeof intensity === 'number' && gflops > 0 && intensity > 0
        ? [{ row: name.replace(/^kernel-/, ''), gflops: gflops / Number(settings?.threads ?? 1), intensity }]
        : [],
    )
    .sort((a, b) => a.intensity - b.intensity)
    .map((point, index) => ({ ...point, label: String(index + 1) }));
}

function operationsTick(value: number): string {
  return value < 1 ? `1/${Math.round(1 / value)}` : String(value);
}

/**
 * The roofline of one core (Williams, Waterman and Patterson 2009): what a kernel can reach at most by how much it computes
 * with each byte, and what the measured kernels do reach. Null where the machine's peak was not measured.
 */
export function roofline(bench: BenchDocument, name: string): Figure | null {
  const peak = bench.roofline?.peak.find(({ isa }) => isa === bench.machine.isa);
  if (bench.roofline === null || peak === undefined) return null;
  const points = pointsOf(bench);
  const from = Math.min(1 / 16, ...points.map(({ intensity }) => intensity / 2));
  const to = Math.max(64, ...points.map(({ intensity }) => intensity * 2));
  const lines = bench.roofline.read.map(({ level, gigabytesPerSecond: rate }) => ({
    level,
    rate,
    points: [from, peak.gflops / rate, to].map((x) => ({ x, y: Math.min(peak.gflops, x * rate), level })),
  }));
  const hues = ['blue', 'green', 'orange', 'vermillion'] as const;
  const hue = (index: number) => color(hues[index % hues.length]!);
  const reached = points.map(
    ({ label, row, gflops, intensity }) =>
      `${label} ${row}: ${numberText(gflops)} GFLOP/s at ${numberText(intensity)}`,
  );
  return plotFigure({
    name,
    title: `Roofline of one core, ${peak.isa}`,
    description: `Peak ${numberText(peak.gflops)} GFLOP/s; reads: ${lines.map(({ level, rate }) => `${level} ${numberText(rate)} GB/s`).join(', ')}.${reached.length === 0 ? '' : ` Kernels: ${reached.join('; ')}.`}`,
    note:
      points.length === 0
        ? 'Below a slanted line a kernel waits for that memory; below the flat one it computes as fast as the core can.'
        : 'A kernel cannot be above the flat line, nor above the slanted line of the memory that its tensors come from: one that is above the line of DRAM finds them in a cache. Operations for each byte are those of the plain algorithm, were every tensor read or written once.',
    plot: {
      width: 640,
      height: 360,
      marginLeft: 54,
      marginRight: 16,
      marginBottom: 40,
      marginTop: 26,
      x: {
        type: 'log',
        base: 2,
        domain: [from, to],
        label: 'operations for each byte',
        labelAnchor: 'center',
        labelArrow: 'none',
        tickFormat: operationsTick,
      },
      y: { type: 'log', label: 'GFLOP/s', grid: true, ticks: 5, tickFormat: tickText },
      marks: [
        ...lines.map(({ points: line }, index) =>
          Plot.line(line, { x: 'x', y: 'y', stroke: hue(index), strokeWidth: 2.2 }),
        ),
        Plot.text(lines, {
          x: from * 1.3,
          y: ({ rate }) => from * 1.3 * rate,
          text: ({ level, rate }) => `${level} ${numberText(rate)} GB/s`,
          textAnchor: 'start',
          dy: -8,
          dx: 4,
          stroke: color('paper'),
          strokeWidth: 4,
          fill: color('ink'),
        }),
        Plot.text([{ x: peak.gflops / Math.max(...lines.map(({ rate }) => rate)), y: peak.gflops }], {
          x: 'x',
          y: 'y',
          text: () => `peak ${numberText(peak.gflops)} GFLOP/s`,
          textAnchor: 'start',
          dy: -9,
        }),
        // Neighbours alternate in side, and dots lie above all labels: those of one kernel's passes are close to each other.
        ...(['end', 'start'] as const).map((textAnchor, side) =>
          Plot.text(
            points.filter((_, index) => index % 2 === side),
            {
              x: 'intensity',
              y: 'gflops',
              text: 'label',
              textAnchor,
              dx: textAnchor === 'end' ? -7 : 7,
              stroke: color('paper'),
              strokeWidth: 3,
              fill: color('ink'),
            },
          ),
        ),
        Plot.dot(points, {
          x: 'intensity',
          y: 'gflops',
          r: 4,
          fill: color('purple'),
          stroke: color('paper'),
        }),
      ],
    },
    legend: points.map(
      ({ label, row }): LegendEntry => ({
        label: `${label} ${clipText(row, 32)}`,
        style: { color: 'purple', symbol: 'circle' },
      }),
    ),
  });
}
