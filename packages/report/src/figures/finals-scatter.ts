import * as Plot from '@observablehq/plot';
import { countText, plural } from '@tenas/base';
import { type Figure, plotFigure } from '../figure.js';
import type { Finals } from '../input/search-record.js';
import { color } from '../palette.js';

interface Point {
  readonly kappa: number;
  readonly regions: number;
  readonly kept: boolean;
}

/** kappa and R of every architecture in a stage of the finals, and which went on. */
export function finalsScatter(stage: Finals['stages'][number]): Figure {
  const points: Point[] = stage.finalists.map(({ conditionNumber, regionMean }, index) => ({
    kappa: conditionNumber,
    regions: regionMean,
    kept: index < stage.kept,
  }));
  const architectures = plural(points.length, 'architecture');
  const last = stage.kept === 1;
  return plotFigure({
    name: `finals-${stage.stage + 1}`,
    title: `Stage ${stage.stage + 1} of the finals: ${architectures}`,
    description: `${architectures} by condition number and linear regions; ${last ? 'the best one is filled' : `the best ${countText(stage.kept)} are filled and went on`}. Best is at the upper left.`,
    note: 'Each dot is one architecture, scored by itself. Up and to the left is better.',
    plot: {
      width: 480,
      height: 280,
      marginLeft: 58,
      marginBottom: 40,
      x: { type: 'log', label: 'κ (log scale)', nice: true, ticks: 4 },
      y: { label: 'R', grid: true, nice: true, ticks: 5 },
      marks: [
        Plot.dot(
          points.filter(({ kept }) => !kept),
          { x: 'kappa', y: 'regions', r: 2.4, stroke: color('grey'), strokeOpacity: 0.7 },
        ),
        Plot.dot(
          points.filter(({ kept }) => kept),
          { x: 'kappa', y: 'regions', r: last ? 6 : 3, fill: color('blue') },
        ),
      ],
    },
    legend: [
      { label: last ? 'found' : 'went on', style: { color: 'blue', symbol: 'circle' } },
      { label: last ? 'the others' : 'out', style: { color: 'grey', symbol: 'circle' }, hollow: true },
    ],
  });
}
