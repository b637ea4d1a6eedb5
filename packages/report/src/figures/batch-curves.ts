import * as Plot from '@observablehq/plot';
import { plural } from '@tenas/base';
import { type Figure, plotFigure } from '../figure.js';
import type { Run } from '../input/batch-runs.js';
import { tickText } from '../number-text.js';
import { color } from '../palette.js';

/** More lines than this hide one another. */
const MOST_LINES = 60;
/** Points of one line. */
const MOST_POINTS = 400;

interface Line {
  readonly points: readonly { readonly epoch: number; readonly value: number; readonly line: number }[];
  readonly last: number;
}

/**
 * The learning curves of the trainings of a batch, a line each: accuracy on held-out images, or on the training ones where
 * none were held out. Null where there is none.
 */
export function batchCurves(runs: readonly Run[]): Figure | null {
  const trained = runs.filter(({ epochs }) => (epochs?.length ?? 0) > 0);
  const held = trained.some(({ epochs }) => epochs!.some(({ validAccuracy }) => validAccuracy !== null));
  const lines = trained
    .map(({ epochs }, line) => lineOf(epochs!, line, held))
    .filter(({ points }) => points.length > 0)
    .sort((one, other) => other.last - one.last);
  const [best] = lines;
  if (best === undefined) return null;
  const shown = lines.slice(0, MOST_LINES);
  const of = held ? 'held-out images' : 'training images';
  const all = plural(lines.length, 'training');
  const most = Math.max(...shown.flatMap(({ points }) => points.map(({ epoch }) => epoch)));
  const dots = most <= 60 ? shown : [];
  return plotFigure({
    name: 'batch-learning',
    title: 'Accuracy over the epochs',
    description: `${all}; the best ends at ${best.last.toFixed(1)} % of the ${of}.`,
    note: `Accuracy on ${of}. A line for each of ${all}${shown.length < lines.length ? `, the best ${shown.length} of them` : ''}.`,
    plot: {
      width: 480,
      height: 280,
      marginLeft: 50,
      marginBottom: 38,
      marginTop: 26,
      x: {
        label: 'epoch',
        labelAnchor: 'center',
        labelArrow: 'none',
        ticks: Math.min(8, Math.max(1, most - 1)),
        tickFormat: tickText,
      },
      y: { label: '%', grid: true, nice: true, ticks: 5, tickFormat: tickText },
      marks: [
        Plot.line(
          shown.flatMap(({ points }) => points),
          { x: 'epoch', y: 'value', z: 'line', stroke: color('blue'), strokeWidth: 1.4, strokeOpacity: 0.55 },
        ),
        Plot.dot(
          dots.flatMap(({ points }) => points),
          { x: 'epoch', y: 'value', r: 1.8, fill: color('blue') },
        ),
        Plot.line(best.points, { x: 'epoch', y: 'value', stroke: color('vermillion'), strokeWidth: 2.4 }),
      ],
    },
    legend: [
      { label: 'a training', style: { color: 'blue', symbol: 'circle' } },
      { label: 'the best', style: { color: 'vermillion', symbol: 'circle' } },
    ],
  });
}

function lineOf(epochs: NonNullable<Run['epochs']>, line: number, held: boolean): Line {
  const every = Math.ceil(epochs.length / MOST_POINTS);
  const points = epochs.flatMap(({ validAccuracy, trainAccuracy }, index) => {
    const share = held ? validAccuracy : trainAccuracy;
    const kept = index % every === 0 || index === epochs.length - 1;
    return share === null || !kept ? [] : [{ epoch: index + 1, value: 100 * share, line }];
  });
  return { points, last: points.at(-1)?.value ?? 0 };
}
