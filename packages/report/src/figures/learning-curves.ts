import * as Plot from '@observablehq/plot';
import { numberText, plural } from '@tenas/base';
import type { TrainingRecord } from '@tenas/records';
import { type Figure, plotFigure } from '../figure.js';
import { tickText } from '../number-text.js';
import { type ColorName, color } from '../palette.js';

/** More points do not make a line clearer. */
const MOST_POINTS = 1000;

interface Point {
  readonly epoch: number;
  readonly value: number;
}

/** A line over epochs. */
export interface Curve {
  readonly label: string;
  readonly color: ColorName;
  readonly points: readonly Point[];
}

/** A figure of lines over epochs. */
export interface EpochCurves {
  readonly name: string;
  readonly title: string;
  readonly axis: string;
  readonly note: string;
  readonly curves: readonly Curve[];
}

function pointsOf(
  { epochs }: TrainingRecord,
  value: (epoch: TrainingRecord['epochs'][number]) => number | null,
): Point[] {
  const points = epochs.flatMap((epoch, index): Point[] => {
    const one = value(epoch);
    return one === null ? [] : [{ epoch: index + 1, value: one }];
  });
  const every = Math.ceil(points.length / MOST_POINTS);
  return points.filter((_, index) => index % every === 0 || index === points.length - 1);
}

/** Lines over the epochs of a training. */
export function epochCurves({ name, title, axis, note, curves }: EpochCurves): Figure {
  const said = curves.map(({ label, points }) => {
    const [first, last] = [points[0]!, points.at(-1)!];
    return `${label}: ${numberText(first.value)} after epoch ${first.epoch}, ${numberText(last.value)} after epoch ${last.epoch}`;
  });
  const last = Math.max(...curves.flatMap(({ points }) => points.map(({ epoch }) => epoch)));
  return plotFigure({
    name,
    title,
    description: `${said.join('; ')}.`,
    note,
    plot: {
      width: 480,
      height: 280,
      marginLeft: 50,
      marginBottom: 38,
      marginTop: 26,
      // Epochs are whole numbers.
      x: {
        label: 'epoch',
        labelAnchor: 'center',
        labelArrow: 'none',
        ticks: Math.min(8, Math.max(1, last - 1)),
        tickFormat: tickText,
      },
      y: { label: axis, grid: true, nice: true, ticks: 5, tickFormat: tickText },
      marks: curves.flatMap((curve) => [
        Plot.line(curve.points, { x: 'epoch', y: 'value', stroke: color(curve.color), strokeWidth: 2.2 }),
        Plot.dot(curve.points.length > 60 ? [curve.points.at(-1)!] : curve.points, {
          x: 'epoch',
          y: 'value',
          r: 2.6,
          fill: color(curve.color),
        }),
      ]),
    },
    legend: curves.map(({ label, color: ink }) => ({ label, style: { color: ink, symbol: 'circle' } })),
  });
}

/** The learning curves of a training: accuracy and loss over the epochs. None where no epoch is done. */
export function learningCurves(record: TrainingRecord, suffix: string): Figure[] {
  if (record.epochs.length === 0) return [];
  const held = pointsOf(record, ({ validAccuracy }) => (validAccuracy === null ? null : 100 * validAccuracy));
  const training = pointsOf(record, ({ trainAccuracy }) => 100 * trainAccuracy);
  const epochs = plural(record.epochs.length, 'epoch');
  return [
    epochCurves({
      name: `learning-accuracy${suffix}`,
      title: 'Accuracy over the epochs',
      axis: '%',
      note: `${epochs}. Training images are augmented and counted while the network learns; held-out images are not, and come after the epoch.`,
      curves: [
        { label: 'training images', color: 'blue', points: training },
        ...(held.length === 0
          ? []
          : [{ label: 'held-out images', color: 'vermillion' as const, points: held }]),
      ],
    }),
    epochCurves({
      name: `learning-loss${suffix}`,
      title: 'Loss over the epochs',
      axis: 'cross-entropy',
      note: 'Mean over the training images of an epoch, as they were augmented.',
      curves: [
        { label: 'training images', color: 'blue', points: pointsOf(record, ({ trainLoss }) => trainLoss) },
      ],
    }),
  ];
}
