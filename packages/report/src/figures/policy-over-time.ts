import * as Plot from '@observablehq/plot';
import { numberText, plural } from '@tenas/base';
import { type Figure, plotFigure } from '../figure.js';
import { clipText } from '../number-text.js';
import { color, operationStyle } from '../palette.js';
import { decisionLabel } from '../prune-view.js';

/** Decisions that get a row. */
const MOST_ROWS = 40;
const ROW = 22;

/** Probabilities of choices at some times of a search. */
export interface PolicyOverTime {
  readonly decisions: readonly { readonly name: string; readonly choices: readonly string[] }[];
  readonly states: readonly {
    /** In `unit`, from the beginning. */
    readonly at: number;
    /** Mean over the decisions, in nats. */
    readonly entropy: number;
    /** By decision and choice. */
    readonly probabilities: readonly (readonly number[])[];
  }[];
  readonly unit: 'draw' | 'epoch';
}

interface Cell {
  readonly row: string;
  readonly from: number;
  readonly to: number;
  readonly probability: number;
}

/** The likeliest choice of a decision in the end. */
interface Row {
  readonly row: string;
  readonly decision: number;
  readonly place: number;
  readonly label: string;
}

function rowsOf({ decisions, states }: PolicyOverTime): Row[] {
  const last = states.at(-1)!;
  const labelOf = decisionLabel(decisions.map(({ name }) => name));
  return decisions.slice(0, MOST_ROWS).map(({ name, choices }, decision) => {
    const chances = last.probabilities[decision]!;
    const place = chances.indexOf(Math.max(...chances));
    const label = clipText(operationStyle(choices[place] ?? '').label, 14);
    return { row: labelOf(name), decision, place, label };
  });
}

/** How likely the choice of each decision that is likeliest in the end was over the time; null: there is no state. */
export function policyMap(policy: PolicyOverTime, suffix: string): Figure | null {
  const { states, decisions, unit } = policy;
  const last = states.at(-1);
  if (last === undefined || decisions.length === 0) return null;
  const rows = rowsOf(policy);
  const cells = rows.flatMap(({ row, decision, place }) =>
    states.map(
      ({ at, probabilities }, index): Cell => ({
        row,
        from: states[index - 1]?.at ?? 0,
        to: at,
        probability: probabilities[decision]![place] ?? 0,
      }),
    ),
  );
  const end = ({ decision, place }: Row) => last.probabilities[decision]![place] ?? 0;
  const left = decisions.length - rows.length;
  return plotFigure({
    name: `policy${suffix}`,
    title: 'What the policy came to prefer',
    description: `Probability of the choice that each decision ended with: ${rows.map((row) => `${row.row} ${row.label} ${end(row).toFixed(2)}`).join(', ')}${left > 0 ? `, and ${plural(left, 'more decision')}` : ''}.`,
    note: `The darker, the likelier was the choice that is likeliest in the end; its name and its last probability stand at the right${left > 0 ? `. The first ${rows.length} of ${decisions.length} decisions` : ''}.`,
    plot: {
      width: 480,
      height: 60 + rows.length * ROW,
      marginLeft: 66,
      marginRight: 118,
      marginTop: 10,
      marginBottom: 38,
      x: { label: `${unit}s`, labelAnchor: 'center', labelArrow: 'none', ticks: 5, domain: [0, last.at] },
      y: { domain: rows.map(({ row }) => row), label: null, tickSize: 0, padding: 0.08, type: 'band' },
      marks: [
        Plot.barX(cells, {
          x1: 'from',
          x2: 'to',
          y: 'row',
          fill: color('blue'),
          fillOpacity: (d: Cell) => 0.04 + 0.96 * d.probability,
          insetLeft: 0.25,
          insetRight: 0.25,
        }),
        Plot.text(rows, {
          x: last.at,
          y: 'row',
          text: (row: Row) => `${row.label} ${end(row).toFixed(2)}`,
          textAnchor: 'start',
          dx: 6,
          fill: color('ink'),
        }),
      ],
    },
  });
}

/** How undecided the policy was over the time; null where there is but one state. */
export function policyEntropy({ states, unit }: PolicyOverTime, suffix: string): Figure | null {
  const [first] = states;
  const last = states.at(-1);
  if (first === undefined || last === undefined || states.length < 2) return null;
  return plotFigure({
    name: `policy-entropy${suffix}`,
    title: 'How undecided the policy was',
    description: `Mean entropy of the decisions: ${numberText(first.entropy)} after ${plural(first.at, unit)}, ${numberText(last.entropy)} after ${last.at}.`,
    note: 'Mean over the decisions of the entropy of their choices. 0: every decision is made.',
    plot: {
      width: 480,
      height: 260,
      marginLeft: 66,
      marginBottom: 38,
      marginTop: 26,
      x: { label: `${unit}s`, labelAnchor: 'center', labelArrow: 'none', ticks: 5 },
      y: { label: 'entropy', grid: true, nice: true, zero: true, ticks: 5 },
      marks: [Plot.line(states, { x: 'at', y: 'entropy', stroke: color('blue'), strokeWidth: 2.4 })],
    },
  });
}
