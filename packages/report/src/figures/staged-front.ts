import * as Plot from '@observablehq/plot';
import { numberText, plural } from '@tenas/base';
import type { StagedDetail } from '@tenas/records';
import { type Figure, plotFigure } from '../figure.js';
import { tickText } from '../number-text.js';
import { color } from '../palette.js';

type Stage = StagedDetail['stages'][number];
type Candidate = Stage['candidates'][number];

/** Of the candidates, those that are more accurate than all cheaper ones, from the cheapest. */
export function frontOf(candidates: readonly Candidate[]): readonly Candidate[] {
  const sorted = candidates.toSorted((a, b) => a.cost - b.cost || b.accuracy - a.accuracy);
  let best = Number.NEGATIVE_INFINITY;
  return sorted.filter(({ accuracy }) => {
    if (accuracy <= best) return false;
    best = accuracy;
    return true;
  });
}

/** Cost and accuracy of all candidates of a stage, the front, and the bound; null where there are none. */
export function stagedFront(
  { bound, unit }: StagedDetail,
  { name, candidates }: Stage,
  suffix: string,
): Figure | null {
  const [best] = candidates;
  if (best === undefined) return null;
  const front = frontOf(candidates);
  const points = candidates.map(({ cost, accuracy }) => ({ cost, accuracy: 100 * accuracy }));
  const line = front.map(({ cost, accuracy }) => ({ cost, accuracy: 100 * accuracy }));
  const quantity = unit === 'ms' ? 'latency, ms' : unit;
  return plotFigure({
    name: `front-${name}${suffix}`,
    title: `${name === 'joint' ? 'All' : name === 'late' ? 'Late' : 'Early'} layers: accuracy against ${unit === 'ms' ? 'latency' : unit}`,
    description: `${plural(candidates.length, 'candidate')} within ${numberText(bound)} ${unit}; ${plural(front.length, 'candidate')} on the front. The best has an accuracy of ${numberText(100 * best.accuracy)} % at ${numberText(best.cost)} ${unit}.`,
    note: 'Each dot is a candidate of the stage, under the weights of its supernet. The line joins those that no cheaper one beats; dashed: the bound.',
    plot: {
      width: 480,
      height: 280,
      marginLeft: 58,
      marginBottom: 40,
      x: { label: quantity, nice: true, ticks: 5, tickFormat: tickText },
      y: { label: 'accuracy, %', grid: true, nice: true, ticks: 5, tickFormat: tickText },
      marks: [
        Plot.ruleX([bound], { stroke: color('grey'), strokeDasharray: '4 4' }),
        Plot.dot(points, { x: 'cost', y: 'accuracy', r: 2.4, stroke: color('grey'), strokeOpacity: 0.7 }),
        Plot.line(line, { x: 'cost', y: 'accuracy', stroke: color('blue'), strokeWidth: 1.6 }),
        Plot.dot(line, { x: 'cost', y: 'accuracy', r: 3, fill: color('blue') }),
      ],
    },
    legend: [
      { label: 'on the front', style: { color: 'blue', symbol: 'circle' } },
      { label: 'the others', style: { color: 'grey', symbol: 'circle' }, hollow: true },
    ],
  });
}
