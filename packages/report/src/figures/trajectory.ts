import * as Plot from '@observablehq/plot';
import { mean, numberText } from '@tenas/base';
import type { PruneRound } from '@tenas/records';
import { type Figure, plotFigure } from '../figure.js';
import { tickText } from '../number-text.js';
import { color } from '../palette.js';
import { cutIn, type PruneView, type RankedMetric, typicalValue } from '../prune-view.js';
import { directionText, fullTitle } from '../shown-metric.js';

interface Stage {
  readonly stage: string;
  readonly value: number;
}

interface Tried extends Stage {
  readonly cut: boolean;
}

/** Values of the network before each round, and of every candidate. */
function stagesOf(rounds: readonly PruneRound[], metric: RankedMetric): { line: Stage[]; tried: Tried[] } {
  const line: Stage[] = [];
  const tried: Tried[] = [];
  for (const round of rounds) {
    const stage = round.round === 0 ? 'start' : `after ${round.round}`;
    const typical = (part: 'origin' | 'candidate') => (candidate: PruneRound['candidates'][number]) =>
      typicalValue(candidate.measured[metric.name]?.[part], metric);
    const before = round.candidates.map(typical('origin')).filter((value) => value !== null);
    if (before.length > 0) line.push({ stage, value: mean(before) });
    const isCut = cutIn(round);
    for (const candidate of round.candidates) {
      const value = typical('candidate')(candidate);
      if (value !== null) tried.push({ stage, value, cut: isCut(candidate) });
    }
  }
  return { line, tried };
}

function trajectory({ record }: PruneView, metric: RankedMetric): Figure {
  const { line, tried } = stagesOf(record.detail.rounds, metric);
  const found = record.scores?.[metric.name]?.value ?? null;
  if (found !== null && (metric.scale === 'linear' || found > 0)) line.push({ stage: 'found', value: found });
  const stages = line.map(({ stage }) => stage);
  const told = line.map(({ stage, value }) => `${stage} ${numberText(value)}`).join(', ');
  const title = fullTitle(metric);
  return plotFigure({
    name: `trajectory-${metric.name}`,
    title: `${title.slice(0, 1).toUpperCase()}${title.slice(1)} through the rounds`,
    description: `Line: the network before each round${found === null ? '' : ' and the found one'}: ${told}. Dots: the same network without one operation; filled ones were cut.`,
    note: 'The line is the network before each round. “found” is scored afresh, on other weights and images.',
    plot: {
      width: 480,
      height: 280,
      marginLeft: 58,
      marginBottom: 34,
      marginTop: 26,
      x: { type: 'point', domain: stages, label: null, padding: 0.4 },
      y: {
        type: metric.scale,
        label: `${metric.symbol}${metric.better === null ? '' : ` (${directionText(metric)})`}`,
        grid: true,
        nice: true,
        ticks: 5,
        tickFormat: tickText,
      },
      marks: [
        Plot.dot(
          tried.filter(({ cut }) => !cut),
          {
            x: 'stage',
            y: 'value',
            r: 3,
            stroke: color('grey'),
            strokeOpacity: 0.7,
            dx: 8,
          },
        ),
        Plot.dot(
          tried.filter(({ cut }) => cut),
          { x: 'stage', y: 'value', r: 3.2, fill: color('vermillion'), dx: 16 },
        ),
        Plot.line(line, { x: 'stage', y: 'value', stroke: color('blue'), strokeWidth: 2.4 }),
        Plot.dot(line, { x: 'stage', y: 'value', r: 5, fill: color('blue'), stroke: color('paper') }),
        Plot.text(line, {
          x: 'stage',
          y: 'value',
          text: (d: Stage) => numberText(d.value),
          dy: -14,
          fontWeight: 600,
          stroke: color('paper'),
          strokeWidth: 4,
          fill: color('ink'),
        }),
      ],
    },
    legend: [
      { label: 'the network', style: { color: 'blue', symbol: 'circle' } },
      { label: 'without one operation', style: { color: 'grey', symbol: 'circle' }, hollow: true },
      { label: 'what was cut', style: { color: 'vermillion', symbol: 'circle' } },
    ],
  });
}

/** Each metric of the network before every round, of every candidate, and of what was found. */
export function trajectories(view: PruneView): Figure[] {
  if (view.record.detail.rounds.length === 0) return [];
  return view.metrics.map((metric) => trajectory(view, metric));
}
