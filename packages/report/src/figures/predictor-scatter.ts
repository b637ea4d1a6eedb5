import * as Plot from '@observablehq/plot';
import { plural } from '@tenas/base';
import type { ProgressiveDetail } from '@tenas/records';
import { type Figure, plotFigure } from '../figure.js';
import { color } from '../palette.js';

type Level = ProgressiveDetail['levels'][number];

/** Dots of a figure. */
const MOST_DOTS = 2000;

/** A correlation for people. */
export function correlationText(value: number | null): string {
  return value === null ? '–' : value.toFixed(2);
}

/** Predictions of the architectures of a level, and what they turned out to be; null where none were predicted. */
export function predictorScatter({ level, cells, ahead, own }: Level, suffix: string): Figure | null {
  const dots = cells.filter(({ predicted }) => predicted !== null).slice(0, MOST_DOTS);
  if (dots.length === 0) return null;
  const left = cells.length - dots.length;
  const ends = [0, 1].map((value) => ({ x: value, y: value }));
  return plotFigure({
    name: `predictor-${level}${suffix}`,
    title: `Level ${level}: what the predictor expected`,
    description: `Predictions of ${plural(dots.length, 'architecture')} and what the predictor learned of them then. Rank correlation ${correlationText(ahead)} before, ${correlationText(own)} after it saw them.`,
    note: `Each dot is one architecture. On the dashed line the prediction was right; below it, too high. Spearman’s ρ ${correlationText(ahead)}${left > 0 ? `. The best ${dots.length} by prediction` : ''}.`,
    plot: {
      width: 480,
      height: 300,
      marginLeft: 58,
      marginBottom: 40,
      x: { label: 'predicted', labelAnchor: 'center', labelArrow: 'none', domain: [0, 1], ticks: 5 },
      y: { label: 'target', grid: true, domain: [0, 1], ticks: 5 },
      marks: [
        Plot.line(ends, { x: 'x', y: 'y', stroke: color('grey'), strokeDasharray: '4 4' }),
        Plot.dot(dots, { x: 'predicted', y: 'target', r: 2.6, fill: color('blue'), fillOpacity: 0.6 }),
      ],
    },
  });
}
