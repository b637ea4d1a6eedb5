import * as Plot from '@observablehq/plot';
import { countText, plural } from '@tenas/base';
import type { Finals } from '@tenas/records';
import { type Figure, plotFigure } from '../figure.js';
import { tickText } from '../number-text.js';
import { color } from '../palette.js';
import type { ScaledMetric } from '../prune-view.js';
import { bestPlace } from '../shown-metric.js';

interface Point {
  readonly x: number;
  readonly y: number;
  readonly kept: boolean;
}

/** Two metrics of every architecture in a stage of the final ranking, and which went on. */
export function finalsScatter(stage: Finals['stages'][number], x: ScaledMetric, y: ScaledMetric): Figure {
  const points = stage.finalists.flatMap(({ measured }, index): Point[] => {
    const values = { x: measured[x.name]?.value, y: measured[y.name]?.value };
    if (values.x === undefined || values.y === undefined) return [];
    return [{ x: values.x, y: values.y, kept: index < stage.kept }];
  });
  const architectures = plural(points.length, 'architecture');
  const last = stage.kept === 1;
  const best = bestPlace(x, y);
  const axis = ({ symbol, scale }: ScaledMetric) => `${symbol}${scale === 'log' ? ' (log scale)' : ''}`;
  return plotFigure({
    name: `finals-${stage.stage + 1}`,
    title: `Stage ${stage.stage + 1} of the final ranking: ${architectures}`,
    description: `${architectures} by ${x.title} and ${y.title}; ${last ? 'the best one is filled' : `the best ${countText(stage.kept)} are filled and went on`}. ${best}`,
    note: `Each dot is one architecture, scored by itself. ${best}`,
    plot: {
      width: 480,
      height: 280,
      marginLeft: 58,
      marginBottom: 40,
      x: { type: x.scale, label: axis(x), nice: true, ticks: 4, tickFormat: tickText },
      y: { type: y.scale, label: axis(y), grid: true, nice: true, ticks: 5, tickFormat: tickText },
      marks: [
        Plot.dot(
          points.filter(({ kept }) => !kept),
          { x: 'x', y: 'y', r: 2.4, stroke: color('grey'), strokeOpacity: 0.7 },
        ),
        Plot.dot(
          points.filter(({ kept }) => kept),
          { x: 'x', y: 'y', r: last ? 6 : 3, fill: color('blue') },
        ),
      ],
    },
    legend: [
      { label: last ? 'found' : 'went on', style: { color: 'blue', symbol: 'circle' } },
      { label: last ? 'the others' : 'out', style: { color: 'grey', symbol: 'circle' }, hollow: true },
    ],
  });
}
