import * as Plot from '@observablehq/plot';
import { countText, durationText, numberText, plural, quantile } from '@tenas/base';
import { type Figure, plotFigure } from '../figure.js';
import type { Run } from '../input/batch-runs.js';
import { tickText } from '../number-text.js';
import { color } from '../palette.js';
import {
  bestPlace,
  directionText,
  fullTitle,
  metricText,
  type ShownMetric,
  scaleOf,
} from '../shown-metric.js';
import { batchCurves } from './batch-curves.js';

/** A run with the accuracy that a table has for its architecture. */
export interface JudgedRun extends Run {
  readonly accuracy: number | null;
}

/** More symbols than this become hexagons that count. */
const MANY = 2000;

/** Most metrics whose distributions are drawn. */
const MOST_METRICS = 12;

/** Colours from low to high that stay apart in grey and for the colour-blind. */
const SCALE = { type: 'linear', scheme: 'viridis' } as const;

interface Quantity {
  readonly name: string;
  readonly title: string;
  readonly axis: string;
  readonly value: (run: JudgedRun) => number | null;
  readonly text: (value: number) => string;
}

/** How one number is distributed over the runs; null where no run has it. */
function distribution(runs: readonly JudgedRun[], quantity: Quantity): Figure | null {
  const values = runs
    .map(quantity.value)
    .filter((value): value is number => value !== null && Number.isFinite(value))
    .sort((a, b) => a - b);
  if (values.length < 2) return null;
  const [low, middle, high] = [0.1, 0.5, 0.9].map((share) => quantity.text(quantile(values, share)));
  const missing = runs.length - values.length;
  const ends = { low: values[0]!, high: values.at(-1)! };
  const log = scaleOf([ends.low, ends.high]) === 'log';
  const scaled = (value: number) => (log ? Math.log10(value) : value);
  const bins =
    ends.low === ends.high ? 1 : Math.min(30, Math.max(6, Math.ceil(2 * Math.cbrt(values.length))));
  const width = (scaled(ends.high) - scaled(ends.low)) / bins || 1;
  const counts = Array.from({ length: bins }, (_, bin) => ({ bin, runs: 0 }));
  for (const value of values) {
    counts[Math.min(bins - 1, Math.floor((scaled(value) - scaled(ends.low)) / width))]!.runs++;
  }
  const edge = (bin: number) => {
    const place = scaled(ends.low) + bin * width;
    return log ? 10 ** place : place;
  };
  return plotFigure({
    name: quantity.name,
    title: quantity.title,
    description: `${plural(values.length, 'run')} from ${quantity.text(ends.low)} to ${quantity.text(ends.high)}.`,
    note: `Median ${middle}; eight in ten from ${low} to ${high}.${missing > 0 ? ` ${countText(missing)} without a value.` : ''}`,
    plot: {
      width: 480,
      height: 240,
      marginLeft: 46,
      marginRight: 30,
      marginBottom: 38,
      marginTop: 24,
      x: {
        type: log ? 'log' : 'linear',
        label: quantity.axis,
        labelAnchor: 'center',
        labelArrow: 'none',
        ticks: 5,
        tickFormat: tickText,
      },
      y: {
        label: 'runs',
        grid: true,
        nice: true,
        ticks: Math.min(4, Math.max(...counts.map(({ runs }) => runs))),
      },
      marks: [
        Plot.rectY(counts, {
          x1: ({ bin }) => edge(bin),
          x2: ({ bin }) => edge(bin + 1),
          y: 'runs',
          fill: color('blue'),
          inset: 0.5,
        }),
        Plot.ruleX([quantile(values, 0.5)], { stroke: color('vermillion'), strokeWidth: 2 }),
        Plot.ruleY([0], { stroke: color('soft') }),
      ],
    },
    legend: [{ label: 'median', style: { color: 'vermillion', symbol: 'square' } }],
  });
}

function quantityOf(metric: ShownMetric): Quantity {
  const title = fullTitle(metric);
  return {
    name: `batch-${metric.name}`,
    title: `${title.slice(0, 1).toUpperCase()}${title.slice(1)}`,
    axis: `${metric.symbol}${metric.better === null ? '' : ` (${directionText(metric)})`}`,
    value: ({ values }) => values[metric.name] ?? null,
    text: metricText,
  };
}

const ACCURACY: Quantity = {
  name: 'batch-accuracy',
  title: 'Accuracy of the architectures',
  axis: 'accuracy in the table, %',
  value: ({ accuracy }) => accuracy,
  text: (value) => numberText(value, 4),
};

const SECONDS: Quantity = {
  name: 'batch-seconds',
  title: 'Time of a run',
  axis: 'seconds',
  value: ({ seconds }) => seconds,
  text: durationText,
};

interface Point {
  readonly x: number;
  readonly y: number;
  readonly accuracy: number | null;
}

function pointsOf(runs: readonly JudgedRun[], x: ShownMetric, y: ShownMetric): Point[] {
  return runs.flatMap(({ values, accuracy }): Point[] => {
    const [alongX, alongY] = [values[x.name] ?? null, values[y.name] ?? null];
    return alongX === null || alongY === null ? [] : [{ x: alongX, y: alongY, accuracy }];
  });
}

/** Two metrics of the runs, by accuracy where it is known. */
function scatter(
  runs: readonly JudgedRun[],
  [x, y]: readonly ShownMetric[],
  accuracyName: string | null,
): Figure | null {
  if (x === undefined || y === undefined) return null;
  const points = pointsOf(runs, x, y);
  if (points.length < 2) return null;
  const judged = points.filter(({ accuracy }) => accuracy !== null);
  const byAccuracy = accuracyName !== null && judged.length > 0;
  const shown = byAccuracy ? judged : points;
  const place = { x: 'x', y: 'y' } as const;
  const many = shown.length > MANY;
  const range = byAccuracy ? colorRange(shown.map(({ accuracy }) => accuracy!)) : ([0, 1] as const);
  const fill = byAccuracy ? 'accuracy' : color('blue');
  const best = bestPlace(x, y);
  const scale = { x: scaleOf(points.map((point) => point.x)), y: scaleOf(points.map((point) => point.y)) };
  const axis = ({ symbol }: ShownMetric, type: 'log' | 'linear') =>
    `${symbol}${type === 'log' ? ' (log scale)' : ''}`;
  return plotFigure({
    name: 'batch-scatter',
    title: `${x.symbol} against ${y.symbol}${byAccuracy ? ', coloured by accuracy' : ''}`,
    description: `${plural(shown.length, 'run')}. ${best}${byAccuracy ? ` Brighter: higher ${accuracyName}.` : ''}`,
    note: `${best}${byAccuracy ? ` Colour: ${accuracyName}, from ${numberText(range[0], 4)} and below (purple) to ${numberText(range[1], 4)} (yellow).` : ''}${many ? ' Each hexagon stands for the architectures inside.' : ''}`,
    plot: {
      width: 480,
      height: 380,
      marginLeft: 58,
      marginRight: 30,
      marginBottom: 40,
      marginTop: 26,
      x: {
        type: scale.x,
        label: axis(x, scale.x),
        labelAnchor: 'center',
        labelArrow: 'none',
        grid: true,
        ticks: 5,
        tickFormat: tickText,
      },
      y: { type: scale.y, label: axis(y, scale.y), grid: true, nice: true, tickFormat: tickText },
      ...(byAccuracy ? { color: { ...SCALE, domain: range, clamp: true } } : {}),
      marks: many
        ? [
            Plot.hexagon(
              shown,
              Plot.hexbin(
                { fill: byAccuracy ? 'median' : 'count' },
                { ...place, ...(byAccuracy ? { fill: 'accuracy' } : {}), binWidth: 9 },
              ),
            ),
          ]
        : [
            Plot.dot(shown, {
              ...place,
              r: shown.length > 300 ? 2.6 : 4,
              fill,
              fillOpacity: 0.9,
              stroke: color('ink'),
              strokeWidth: 0.4,
            }),
          ],
    },
  });
}

/** A range of colours that a few very low accuracies do not use up. */
function colorRange(values: readonly number[]): readonly [number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  return [quantile(sorted, 0.05), sorted.at(-1)!];
}

/** The figures of a batch. @param accuracyName of the column that runs are coloured by */
export function batchFigures(
  runs: readonly JudgedRun[],
  metrics: readonly ShownMetric[],
  accuracyName: string | null,
): Figure[] {
  const done = runs.filter(({ status }) => status === 'done');
  const quantities = [ACCURACY, ...metrics.slice(0, MOST_METRICS).map(quantityOf), SECONDS];
  return [
    batchCurves(done),
    scatter(done, metrics, accuracyName),
    ...quantities.map((quantity) => distribution(done, quantity)),
  ].filter((figure) => figure !== null);
}
