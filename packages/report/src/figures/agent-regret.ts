import * as Plot from '@observablehq/plot';
import { numberText, plural } from '@tenas/base';
import type { AgentsDetail } from '@tenas/records';
import { type Figure, plotFigure } from '../figure.js';
import { color } from '../palette.js';

/** Losses are ranks, or bounded by 1: this much is lost per round by uniform draws if losses are ranks. */
const UNIFORM_LOSS = 0.5;

/**
 * What agents lost over the rounds beside one who plays the best network from the start, and for comparison a loss of one
 * half per round: the mean rank of uniform draws. Null where there is but one state.
 */
export function agentRegret({ states }: AgentsDetail, suffix: string): Figure | null {
  const [first] = states;
  const last = states.at(-1);
  if (first === undefined || last === undefined || states.length < 2) return null;
  const line = [{ drawn: 0, regret: 0 }, ...states];
  const end = Math.min(last.drawn, (1.15 * last.regret) / UNIFORM_LOSS) || last.drawn;
  const uniform = [0, end].map((drawn) => ({ drawn, regret: UNIFORM_LOSS * drawn }));
  return plotFigure({
    name: `regret${suffix}`,
    title: 'What the agents lost on the way',
    description: `Regret: ${numberText(first.regret)} after ${plural(first.drawn, 'round')}, ${numberText(last.regret)} after ${last.drawn}; the mean loss of the last rounds is ${numberText(last.loss)}.`,
    note: 'Sum of the losses, from 0 to 1 each, less the smallest one in each round. A line that flattens: the agents learn. Grey: one half per round, as uniform draws lose where losses are ranks.',
    plot: {
      width: 480,
      height: 260,
      marginLeft: 66,
      marginBottom: 38,
      marginTop: 26,
      x: { label: 'rounds', labelAnchor: 'center', labelArrow: 'none', ticks: 5, domain: [0, last.drawn] },
      y: { label: 'regret', grid: true, nice: true, zero: true, ticks: 5 },
      marks: [
        Plot.line(uniform, { x: 'drawn', y: 'regret', stroke: color('grey'), strokeDasharray: '4 4' }),
        Plot.line(line, { x: 'drawn', y: 'regret', stroke: color('blue'), strokeWidth: 2.4 }),
      ],
    },
    legend: [
      { label: 'the agents', style: { color: 'blue', symbol: 'circle' } },
      { label: 'one half per round', style: { color: 'grey', symbol: 'circle' }, hollow: true },
    ],
  });
}
