import * as Plot from '@observablehq/plot';
import { numberText, plural } from '@tenas/base';
import type { SearchRecord } from '@tenas/records';
import { type Figure, plotFigure } from '../figure.js';
import { tickText } from '../number-text.js';
import { color } from '../palette.js';
import { directionText, fullTitle, type ShownMetric, scaleOf, shownMetric } from '../shown-metric.js';

/** Most metrics that get a figure. */
const MOST_FIGURES = 8;
/** More points do not make a line clearer. */
const MOST_POINTS = 2000;

interface Point {
  readonly step: number;
  readonly value: number;
}

/** The values of the best architecture after each step, where they change, and at the end. */
function pointsOf({ steps }: SearchRecord, metric: string): Point[] {
  const all = steps.flatMap(({ step, best }): Point[] => {
    const value = best?.scores[metric]?.value ?? null;
    return value === null ? [] : [{ step: step + 1, value }];
  });
  const changes = all.filter(
    ({ value }, index) => index === all.length - 1 || value !== all[index - 1]?.value,
  );
  const every = Math.ceil(changes.length / MOST_POINTS);
  return changes.filter((_, index) => index % every === 0 || index === changes.length - 1);
}

function line(points: readonly Point[], metric: ShownMetric): Figure {
  const title = fullTitle(metric);
  const scale = scaleOf(points.map(({ value }) => value));
  const first = points[0]!;
  const last = points.at(-1)!;
  return plotFigure({
    name: `best-${metric.name}`,
    title: `The best so far: ${title}`,
    description: `${title} of the best architecture after each step: ${numberText(first.value)} after step ${first.step}, ${numberText(last.value)} after step ${last.step}, ${plural(points.length, 'point')} between.`,
    note: 'Of the architecture that the strategy held for the best after each step, by all that it looks for.',
    plot: {
      width: 480,
      height: 260,
      marginLeft: 66,
      marginBottom: 38,
      marginTop: 26,
      x: {
        label: 'step',
        labelAnchor: 'center',
        labelArrow: 'none',
        // Steps are whole numbers.
        ticks: Math.min(6, last.step - first.step),
      },
      y: {
        type: scale,
        label: `${metric.symbol}${metric.better === null ? '' : ` (${directionText(metric)})`}`,
        grid: true,
        nice: true,
        ticks: 5,
        tickFormat: tickText,
      },
      marks: [
        Plot.line(points, {
          x: 'step',
          y: 'value',
          curve: 'step-after',
          stroke: color('blue'),
          strokeWidth: 2.4,
        }),
        Plot.dot(points.length > 60 ? [last] : points, {
          x: 'step',
          y: 'value',
          r: 3.6,
          fill: color('blue'),
        }),
      ],
    },
  });
}

/** Each metric of the best architecture over the steps, where at least two steps have one. */
export function bestSoFar(record: SearchRecord): Figure[] {
  const names = new Set(record.steps.flatMap(({ best }) => Object.keys(best?.scores ?? {})));
  return [...names]
    .slice(0, MOST_FIGURES)
    .map((name) => ({ metric: shownMetric(name, record.metrics), points: pointsOf(record, name) }))
    .filter(({ points }) => points.length > 1)
    .map(({ metric, points }) => line(points, metric));
}
