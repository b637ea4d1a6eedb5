import * as Plot from '@observablehq/plot';
import { durationText, plural } from '@tenas/base';
import type { SearchRecord, SearchStep } from '@tenas/records';
import { type Figure, plotFigure } from '../figure.js';
import { clipText } from '../number-text.js';
import { type ColorName, color } from '../palette.js';
import { shownMetric } from '../shown-metric.js';

/** More steps than this are drawn some at a time. */
const MOST_BARS = 30;

/** Pixels that the longest bar has at least. */
const LEAST_BAR_ROOM = 80;

interface Bar {
  readonly row: string;
  readonly seconds: number;
  readonly evaluations: number;
  /** null: not recorded per metric. */
  readonly byMetric: Readonly<Record<string, number>> | null;
  readonly unfinished: boolean;
}

interface Part {
  readonly name: string;
  readonly color: ColorName;
  readonly seconds: (bar: Bar) => number;
}

function total(values: Readonly<Record<string, number>>): number {
  return Object.values(values).reduce((sum, value) => sum + value, 0);
}

function sums(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const result: Record<string, number> = {};
  for (const one of all) {
    for (const [name, value] of Object.entries(one)) result[name] = (result[name] ?? 0) + value;
  }
  return result;
}

function barOf(steps: readonly SearchStep[]): Bar {
  const first = steps[0]!;
  const last = steps.at(-1)!;
  const recorded = steps.flatMap(({ metricSeconds }) => (metricSeconds === undefined ? [] : [metricSeconds]));
  return {
    row: clipText(first === last ? first.label : `${first.label} – ${last.label}`, 40),
    seconds: steps.reduce((sum, { seconds }) => sum + seconds, 0),
    evaluations: steps.reduce((sum, { evaluations }) => sum + total(evaluations), 0),
    byMetric: recorded.length < steps.length ? null : sums(recorded),
    unfinished: last.unfinished === true,
  };
}

function barsOf(steps: readonly SearchStep[]): Bar[] {
  const size = Math.ceil(steps.length / MOST_BARS);
  return Array.from({ length: Math.ceil(steps.length / size) }, (_, index) =>
    barOf(steps.slice(index * size, (index + 1) * size)),
  );
}

const COLORS: readonly ColorName[] = ['blue', 'orange', 'green', 'purple', 'sky', 'vermillion'];

/**
 * One part per metric for those that took longest, one for the rest; a single part if times per metric were not
 * recorded.
 */
function partsOf(bars: readonly Bar[], record: SearchRecord): readonly Part[] {
  const all = sums(bars.flatMap(({ byMetric }) => (byMetric === null ? [] : [byMetric])));
  const names = Object.keys(all)
    .sort((a, b) => all[b]! - all[a]!)
    .slice(0, COLORS.length);
  if (names.length === 0 || bars.some(({ byMetric }) => byMetric === null)) {
    return [{ name: 'all', color: 'blue', seconds: ({ seconds }) => seconds }];
  }
  const listed = Object.keys(all).filter((name) => names.includes(name));
  return [
    ...listed.map((name, index) => ({
      name: shownMetric(name, record.metrics).symbol,
      color: COLORS[index]!,
      seconds: ({ byMetric }: Bar) => byMetric?.[name] ?? 0,
    })),
    {
      name: 'all else',
      color: 'grey',
      seconds: ({ seconds, byMetric }) =>
        Math.max(0, seconds - listed.reduce((sum, name) => sum + (byMetric?.[name] ?? 0), 0)),
    },
  ];
}

function barLabel({ seconds, evaluations, unfinished }: Bar): string {
  return unfinished
    ? `${durationText(seconds)}, stopped`
    : `${durationText(seconds)}, ${plural(evaluations, 'evaluation')}`;
}

/** Where the time of a search went, step by step and by metric; null where there was no step. */
export function stepSeconds(record: SearchRecord): Figure | null {
  if (record.steps.length === 0) return null;
  const bars = barsOf(record.steps);
  const parts = partsOf(bars, record);
  const totals = parts.map(({ name, seconds }) => {
    const all = bars.reduce((sum, bar) => sum + seconds(bar), 0);
    return parts.length === 1 ? '' : `${name} ${durationText(all)}`;
  });
  const segments = bars.flatMap((bar) => {
    let x1 = 0;
    return parts.map((part) => {
      const segment = { row: bar.row, x1, x2: x1 + part.seconds(bar), fill: color(part.color) };
      x1 = segment.x2;
      return segment;
    });
  });
  const longest = (texts: readonly string[]) => Math.max(...texts.map(({ length }) => length));
  const marginLeft = Math.max(110, 20 + longest(bars.map(({ row }) => row)) * 6.6);
  const marginRight = Math.max(160, 20 + longest(bars.map(barLabel)) * 6.6);
  return plotFigure({
    name: 'time',
    title: 'Time of each step',
    description: `${[...totals.filter((told) => told !== ''), ...bars.map((bar) => `${bar.row}: ${barLabel(bar)}`)].join('; ')}.`,
    plot: {
      width: Math.max(480, marginLeft + LEAST_BAR_ROOM + marginRight),
      height: 20 + bars.length * 30,
      marginLeft,
      marginRight,
      marginTop: 6,
      marginBottom: 6,
      x: { axis: null, domain: [0, Math.max(...segments.map(({ x2 }) => x2), 1e-9)] },
      y: { domain: bars.map(({ row }) => row), label: null, tickSize: 0 },
      marks: [
        Plot.barX(segments, { x1: 'x1', x2: 'x2', y: 'row', fill: 'fill', insetTop: 2, insetBottom: 2 }),
        Plot.text(bars, {
          x: 'seconds',
          y: 'row',
          text: barLabel,
          textAnchor: 'start',
          dx: 8,
        }),
      ],
    },
    legend:
      parts.length === 1
        ? []
        : parts.map((part, index) => ({
            label: totals[index]!,
            style: { color: part.color, symbol: 'square' },
          })),
  });
}
