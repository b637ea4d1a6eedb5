import * as Plot from '@observablehq/plot';
import { numberText } from '@tenas/base';
import type { Score } from '@tenas/records';
import { type Figure, plotFigure } from '../figure.js';
import { tickText } from '../number-text.js';
import { color } from '../palette.js';
import type { ShownMetric } from '../shown-metric.js';

/** More eigenvalues than any kernel has that is measured here. */
const MOST = 65_536;

/** The eigenvalues in a score's detail, ascending; none where it has no such list. */
function eigenvaluesOf({ detail }: Score): readonly number[] {
  if (typeof detail !== 'object' || detail === null || !('eigenvalues' in detail)) return [];
  const { eigenvalues } = detail;
  if (!Array.isArray(eigenvalues) || eigenvalues.length > MOST) return [];
  return eigenvalues.every((value) => typeof value === 'number' && Number.isFinite(value)) ? eigenvalues : [];
}

/** Eigenvalues behind a score, largest first; null where it tells of none that are positive. */
export function spectrum(score: Score, metric: ShownMetric, name: string): Figure | null {
  const points = eigenvaluesOf(score)
    .toReversed()
    .map((value, index) => ({ place: index + 1, value }))
    .filter(({ value }) => value > 0);
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return null;
  return plotFigure({
    name,
    title: `Eigenvalues behind ${metric.symbol}`,
    description: `${points.length} eigenvalues from ${numberText(first.value)} to ${numberText(last.value)}, of the first repeat of the ${metric.title}.`,
    plot: {
      width: 480,
      height: 280,
      marginLeft: 58,
      marginBottom: 38,
      marginTop: 26,
      x: { label: 'eigenvalue, by size', labelAnchor: 'center', labelArrow: 'none', nice: true },
      y: {
        type: 'log',
        label: 'size',
        grid: true,
        ticks: 5,
        tickFormat: tickText,
      },
      marks: [
        Plot.ruleX(points, { x: 'place', y1: last.value, y2: 'value', stroke: color('line') }),
        Plot.dot(points, { x: 'place', y: 'value', r: 3.6, fill: color('blue') }),
      ],
    },
  });
}
