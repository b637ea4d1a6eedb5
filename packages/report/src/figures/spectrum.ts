import * as Plot from '@observablehq/plot';
import { numberText } from '@tenas/base';
import { type Figure, plotFigure } from '../figure.js';
import { tickText } from '../number-text.js';
import { color } from '../palette.js';

/** Eigenvalues of a kernel, largest first; null where none are positive. @param eigenvalues ascending */
export function spectrum(eigenvalues: readonly number[], name: string): Figure | null {
  const points = eigenvalues
    .toReversed()
    .map((value, index) => ({ place: index + 1, value }))
    .filter(({ value }) => value > 0);
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return null;
  return plotFigure({
    name,
    title: 'Spectrum of the neural tangent kernel',
    description: `${points.length} eigenvalues from ${numberText(first.value)} to ${numberText(last.value)}; κ is the largest over the smallest.`,
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
