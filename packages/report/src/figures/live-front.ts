import * as Plot from '@observablehq/plot';
import { numberText, plural } from '@tenas/base';
import { type Figure, plotFigure } from '../figure.js';
import type { LiveBest, LiveResult } from '../live-state.js';
import { tickText } from '../number-text.js';
import { color } from '../palette.js';

/** A metric against parameters of finished jobs, with the front; null where fewer than two have both. */
export function liveFront({ metric, better, front, others }: LiveBest): Figure | null {
  const size = ({ params }: LiveResult) => params;
  const points = [...front, ...others].filter(({ params }) => params !== null);
  const line = front.filter(({ params }) => params !== null);
  const last = line.at(-1);
  if (points.length < 2 || last === undefined) return null;
  return plotFigure({
    name: `live-front-${metric}`,
    title: `${metric} against parameters`,
    description: `${plural(points.length, 'finished job')}; ${plural(line.length, 'job')} on the front, up to ${numberText(last.value)} with ${numberText(last.params ?? 0)} parameters.`,
    note: `Each dot is a finished job. The line joins those that no smaller network beats; ${better} is better.`,
    plot: {
      width: 480,
      height: 280,
      marginLeft: 62,
      marginBottom: 40,
      x: { label: 'parameters', nice: true, ticks: 5, tickFormat: tickText },
      y: { label: metric, grid: true, nice: true, ticks: 5, tickFormat: tickText },
      marks: [
        Plot.dot(points, { x: size, y: 'value', r: 2.4, stroke: color('grey'), strokeOpacity: 0.7 }),
        Plot.line(line, { x: size, y: 'value', stroke: color('blue'), strokeWidth: 1.6 }),
        Plot.dot(line, { x: size, y: 'value', r: 3, fill: color('blue') }),
      ],
    },
    legend: [
      { label: 'on the front', style: { color: 'blue', symbol: 'circle' } },
      { label: 'the others', style: { color: 'grey', symbol: 'circle' }, hollow: true },
    ],
  });
}
