import { numberText } from '@tenas/base';
import { knownMetric, type MetricInfo, metricOfColumn } from '@tenas/records';
import { scaledText } from './number-text.js';

/** How a metric is shown. */
export interface ShownMetric {
  readonly name: string;
  readonly title: string;
  /** For axes and headings of columns. */
  readonly symbol: string;
  /** null: the direction is unknown. */
  readonly better: MetricInfo['better'] | null;
  /** For readers who do not know it. */
  readonly about: string | null;
}

/**
 * How a metric is shown, by what the document says of it, else by what the caller or the formats know; else by its name.
 * @param sources descriptions, the first that has the metric counts
 */
export function shownMetric(name: string, ...sources: readonly (readonly MetricInfo[])[]): ShownMetric {
  // Tables name metrics by their columns.
  const names = [name, metricOfColumn(name)];
  const found =
    sources.flatMap((metrics) => metrics.find((metric) => names.includes(metric.name)) ?? [])[0] ??
    knownMetric(name);
  return {
    name,
    title: found?.title ?? name.replaceAll('_', ' '),
    symbol: found?.symbol ?? found?.name ?? name,
    better: found?.better ?? null,
    about: found?.about ?? null,
  };
}

/** The title with its letter: `number of linear regions R`. */
export function fullTitle({ title, symbol, name }: ShownMetric): string {
  return symbol === name || symbol === title ? title : `${title} ${symbol}`;
}

/** `lower is better`, or nothing if the direction is unknown. */
export function directionText({ better }: ShownMetric): string {
  return better === null ? '' : `${better} is better`;
}

/** A value of a metric for people. */
export function metricText(value: number | null | undefined): string {
  if (value === null || value === undefined) return 'none';
  return Number.isInteger(value) && value >= 1e5 ? scaledText(value) : numberText(value);
}

/** Values that span more than this factor are easier to read on a logarithmic axis. */
const WIDE = 50;

/** How values are best shown: on a logarithmic axis where they are positive and span a wide range. */
export function scaleOf(values: Iterable<number>): 'log' | 'linear' {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low > 0 && high > WIDE * low ? 'log' : 'linear';
}

/** Where the good end of an axis is, for notes: `up`, `to the left`. */
export function goodEnd({ better }: ShownMetric, axis: 'x' | 'y'): string | null {
  if (better === null) return null;
  if (axis === 'x') return better === 'lower' ? 'to the left' : 'to the right';
  return better === 'lower' ? 'down' : 'up';
}

/** `Best is up and to the left.`, as far as it is known. */
export function bestPlace(x: ShownMetric, y: ShownMetric): string {
  const ends = [goodEnd(y, 'y'), goodEnd(x, 'x')].filter((end) => end !== null);
  return ends.length === 0 ? '' : `Best is ${ends.join(' and ')}.`;
}
