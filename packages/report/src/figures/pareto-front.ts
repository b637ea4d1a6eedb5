import * as Plot from '@observablehq/plot';
import { plural } from '@tenas/base';
import type { FrontMember, Objective } from '@tenas/records';
import { type Figure, plotFigure } from '../figure.js';
import { clipText, tickText } from '../number-text.js';
import { color } from '../palette.js';
import { metricText, scaleOf } from '../shown-metric.js';

/** A front that is drawn. */
export interface ShownFront {
  readonly objectives: readonly Objective[];
  readonly members: readonly FrontMember[];
  /** Places of the knees among the members, the first the most pronounced. */
  readonly knees: readonly number[];
}

/** Longest architecture in a label. */
const LONGEST = 200;

/** An objective with its unit, for axes and columns. */
export function objectiveLabel({ name, unit }: Objective): string {
  return unit === undefined ? name : `${name}, ${unit}`;
}

/** A value of an objective with its unit, for people: `3.79 MB`, `17.5 ms`. */
export function objectiveText({ unit }: Objective, value: number | undefined): string {
  const text = metricText(value);
  if (unit === undefined) return text;
  return unit === 'bytes' && /[kMG]$/.test(text) ? `${text}B` : `${text} ${unit}`;
}

/** `knee 2`, or nothing. */
export function kneeText({ knees }: ShownFront, place: number): string {
  const rank = knees.indexOf(place);
  return rank < 0 ? '' : `knee ${rank + 1}`;
}

/** An architecture of a front with its values, in words. */
export function memberText(front: ShownFront, place: number): string {
  const { architecture, values } = front.members[place]!;
  const parts = front.objectives.map(
    (objective) => `${objective.name} ${objectiveText(objective, values[objective.name])}`,
  );
  const knee = kneeText(front, place);
  return `${clipText(architecture, LONGEST)}: ${parts.join(', ')}${knee === '' ? '' : ` (${knee})`}`;
}

/** The front by the first objective and one other. Each dot of a member has its words as a title, in order. */
export function paretoFrontFigure(front: ShownFront, other: Objective, suffix: string): Figure {
  const [first] = front.objectives as [Objective];
  const dots = front.members.map(({ values }, place) => ({
    x: values[other.name]!,
    y: values[first.name]!,
    text: memberText(front, place),
    knee: kneeText(front, place),
  }));
  const knees = dots.filter(({ knee }) => knee !== '');
  const single = dots.length === 1;
  const pair = front.objectives.length === 2 && !single;
  const worth = `${first.name}: ${first.title}, ${first.better} is better. ${other.name}: ${other.title}, ${other.better} is better.`;
  const knee = knees.length === 0 ? 'It has no knee.' : `Knees: ${knees.map(({ text }) => text).join('; ')}.`;
  const content = single ? `${dots[0]!.text}.` : knee;
  return plotFigure({
    name: `pareto-${other.name}${suffix}`,
    title: `${first.name} against ${other.name}`,
    description: `The front of ${plural(dots.length, 'architecture')}. ${worth} ${content}`,
    note: `${worth}${pair ? ' Everything that the line leaves on its worse side is beaten in both.' : ''}`,
    plot: {
      width: 520,
      height: 320,
      marginLeft: 62,
      marginRight: 28,
      marginTop: 28,
      marginBottom: 40,
      x: {
        type: scaleOf(dots.map(({ x }) => x)),
        ...roomAround(dots.map(({ x }) => x)),
        label: objectiveLabel(other),
        labelAnchor: 'center',
        labelArrow: 'none',
        ticks: 5,
        tickFormat: tickText,
        nice: true,
      },
      y: {
        ...roomAround(dots.map(({ y }) => y)),
        label: objectiveLabel(first),
        grid: true,
        nice: true,
        ticks: 5,
        tickFormat: tickText,
      },
      marks: [
        // From a member to the next one, which is worse by the first objective: what is possible short of the next one's other value.
        ...(pair ? [Plot.line(dots, { x: 'x', y: 'y', stroke: color('grey'), curve: 'step-before' })] : []),
        Plot.dot(knees, { x: 'x', y: 'y', r: 8, stroke: color('orange'), strokeWidth: 1.6 }),
        Plot.text(knees, {
          x: 'x',
          y: 'y',
          text: 'knee',
          ...towardsBest(first, other),
          fill: 'currentColor',
        }),
        Plot.dot(dots, { x: 'x', y: 'y', r: 4, fill: color('blue'), title: 'text' }),
        ...(single
          ? [
              Plot.text(dots, {
                x: 'x',
                y: 'y',
                text: () => labelOf(front, other),
                dy: -12,
                lineAnchor: 'bottom',
                lineHeight: 1.4,
                fill: 'currentColor',
                // No line of the grid goes through the letters.
                stroke: color('paper'),
                strokeWidth: 5,
              }),
            ]
          : []),
      ],
    },
    legend: [
      { label: 'on the front', style: { color: 'blue', symbol: 'circle' } },
      ...(knees.length === 0
        ? []
        : [{ label: 'knee', style: { color: 'orange', symbol: 'circle' }, hollow: true } as const]),
    ],
  });
}

/** Share of a value that an axis shows on either side of it, where all values are equal. */
const ROOM = 0.1;

/** The domain of an axis whose values are all equal, so that it has more than one tick; nothing for other values. */
function roomAround(values: readonly number[]): { domain?: [number, number] } {
  const [value] = values as [number];
  if (values.some((one) => one !== value)) return {};
  const room = value === 0 ? 1 : ROOM * Math.abs(value);
  return { domain: [value - room, value + room] };
}

/** Longest line of a label within the figure. */
const LONGEST_LINE = 52;

/** The only architecture of a front, and its values that the figure shows. */
function labelOf({ objectives, members }: ShownFront, other: Objective): string {
  const { architecture, values } = members[0]!;
  const [first] = objectives as [Objective];
  const parts = [first, other].map(
    (objective) => `${objective.name} ${objectiveText(objective, values[objective.name])}`,
  );
  return `${clipText(architecture, LONGEST_LINE)}\n${parts.join(', ')}`;
}

/** Where a label stands beside a knee: on the better side, where no other dot can be. */
function towardsBest(first: Objective, other: Objective): Plot.TextOptions {
  const left = other.better === 'lower';
  return { dx: left ? -11 : 11, dy: first.better === 'higher' ? -9 : 9, textAnchor: left ? 'end' : 'start' };
}
