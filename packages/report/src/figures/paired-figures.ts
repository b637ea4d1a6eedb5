import * as Plot from '@observablehq/plot';
import { numberText, plural } from '@tenas/base';
import type { PairedSettings, PairedValues } from '@tenas/records';
import { type Figure, plotFigure } from '../figure.js';
import { clipText, tickText } from '../number-text.js';
import { color } from '../palette.js';
import { directionText, type ShownMetric, scaleOf } from '../shown-metric.js';

/** More points than this become hexagons. */
const MANY = 1500;

interface Point {
  readonly a: number;
  readonly b: number;
}

function pointsOf({ values }: PairedValues): Point[] {
  return values.a.flatMap((a, at) => {
    const b = values.b[at] ?? null;
    return a === null || b === null ? [] : [{ a, b }];
  });
}

const SIZE = { width: 480, height: 320, marginLeft: 58, marginRight: 30, marginBottom: 40, marginTop: 26 };

/** A metric of the jobs of both batches, one dot for each pair; and the line where both are equal. */
function pairedScatter(paired: PairedValues, metric: ShownMetric, name: string): Figure {
  const points = pointsOf(paired);
  const type = scaleOf(points.flatMap(({ a, b }) => [a, b]));
  const label = clipText(metric.symbol, 30);
  const ends = points
    .flatMap(({ a, b }) => [a, b])
    .reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)] as const, [
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ] as const);
  const many = points.length > MANY;
  const rho = paired.spearman.value === null ? '' : ` Spearman's rho ${numberText(paired.spearman.value)}.`;
  const axis = (batch: string) => `${label} in ${batch}${type === 'log' ? ' (log scale)' : ''}`;
  return plotFigure({
    name,
    title: `${label} in both batches`,
    description: `${plural(points.length, 'pair')}: ${metric.title} in B against A. Higher in A for ${paired.higher.a}, in B for ${paired.higher.b}, equal for ${paired.equal} of ${plural(paired.units, 'unit')}.${rho}`,
    note: `One dot is one pair; on the line both are equal. ${directionText(metric)}${many ? '; darker: more pairs' : ''}`,
    plot: {
      ...SIZE,
      x: {
        type,
        label: axis('A'),
        labelAnchor: 'center',
        labelArrow: 'none',
        ticks: 4,
        tickFormat: tickText,
      },
      y: { type, label: axis('B'), grid: true, ticks: 5, tickFormat: tickText },
      opacity: { type: 'log', range: [0.25, 1] },
      marks: [
        Plot.line(
          ends.map((end) => ({ a: end, b: end })),
          { x: 'a', y: 'b', stroke: color('grey'), strokeDasharray: '4 3' },
        ),
        many
          ? Plot.hexagon(
              points,
              Plot.hexbin({ fillOpacity: 'count' }, { x: 'a', y: 'b', fill: color('blue'), binWidth: 8 }),
            )
          : Plot.dot(points, { x: 'a', y: 'b', r: 2.8, fill: color('blue'), fillOpacity: 0.65 }),
      ],
    },
  });
}

/** How often which difference B - A occurs. */
function differenceHistogram(paired: PairedValues, metric: ShownMetric, name: string): Figure {
  const differences = pointsOf(paired).map(({ a, b }) => b - a);
  const { value } = paired.difference;
  const label = clipText(metric.symbol, 30);
  return plotFigure({
    name,
    title: `Differences of ${label}, B − A`,
    description: `${plural(differences.length, 'pair')} by the difference of ${metric.title}; the mean over units is ${numberText(value)}, the median ${numberText(paired.median)}.`,
    note: `Right of 0, B is higher. ${directionText(metric)}`,
    plot: {
      ...SIZE,
      x: {
        label: `${label}, B − A`,
        labelAnchor: 'center',
        labelArrow: 'none',
        ticks: 5,
        tickFormat: tickText,
      },
      y: { label: 'pairs', grid: true },
      marks: [
        Plot.rectY(differences, {
          ...Plot.binX({ y: 'count' }, { x: (difference: number) => difference }),
          fill: color('blue'),
        }),
        Plot.ruleY([0]),
        Plot.ruleX([0], { stroke: color('grey'), strokeDasharray: '4 3' }),
        ...(value === null ? [] : [Plot.ruleX([value], { stroke: color('orange'), strokeWidth: 2 })]),
      ],
    },
    legend: value === null ? [] : [{ label: 'mean', style: { color: 'orange', symbol: 'square' } }],
  });
}

/** The figures of two settings, of each metric that differs somewhere. @param name beginning of their names */
export function pairedFigures(
  { metrics }: PairedSettings,
  shown: (metric: string) => ShownMetric,
  name: string,
): Figure[] {
  return metrics.flatMap((paired, at) => {
    if (paired.units < 2 || paired.equal === paired.units) return [];
    const metric = shown(paired.metric);
    return [
      pairedScatter(paired, metric, `${name}-pairs-${at + 1}`),
      differenceHistogram(paired, metric, `${name}-differences-${at + 1}`),
    ];
  });
}
