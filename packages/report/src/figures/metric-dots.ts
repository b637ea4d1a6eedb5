import * as Plot from '@observablehq/plot';
import type { Evaluation, EvaluationResult } from '@tenas/records';
import { type Figure, type LegendEntry, plotFigure } from '../figure.js';
import { controlMark, metricLabel } from '../metric-label.js';
import { clipText } from '../number-text.js';
import { type ColorName, color, type SymbolName } from '../palette.js';

/** A value for a dot, with the ends of its interval. */
export interface DotValue {
  readonly value: number | null;
  readonly low?: number | null | undefined;
  readonly high?: number | null | undefined;
}

/** Dots of one kind, one for each metric. */
export interface DotSeries {
  readonly label: string;
  readonly color: ColorName;
  readonly symbol: SymbolName;
  /** With a bar from 0. */
  readonly bar?: boolean | undefined;
  readonly of: (result: EvaluationResult) => DotValue | undefined;
}

/** More metrics than this stand closer together. */
const MANY = 24;

/** A dot to draw: one value of a series for one metric. */
interface Dot {
  readonly metric: string;
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly hue: ColorName;
}

/** Values of every metric on one axis, a line for each metric; controls are grey. null where there are none. */
export function metricDots(
  evaluation: Evaluation,
  results: readonly EvaluationResult[],
  series: readonly DotSeries[],
  given: Pick<Figure, 'name' | 'title' | 'description'> & {
    readonly note: string;
    readonly axis: string;
    readonly width: number;
    readonly longestLabel: number;
    /** Where chance alone stands. */
    readonly chance: readonly number[];
  },
): Figure | null {
  const { axis, width, longestLabel, chance, ...about } = given;
  const labels = new Map(
    results.map(({ metric }) => [
      metric,
      `${clipText(metricLabel(evaluation, metric), longestLabel)}${controlMark(evaluation, metric)}`,
    ]),
  );
  const isControl = (metric: string) => controlMark(evaluation, metric) !== '';
  const dots = series.map(({ of, color: hue }) =>
    results.flatMap((result): Dot[] => {
      const { value = null, low = null, high = null } = of(result) ?? {};
      if (value === null) return [];
      return [{ metric: result.metric, value, low, high, hue: isControl(result.metric) ? 'grey' : hue }];
    }),
  );
  if (dots.every((one) => one.length === 0)) return null;
  const row = results.length > MANY ? 17 : 24;
  const apart = series.length === 1 ? 0 : row / 3 / (series.length - 1);
  const longest = Math.max(...[...labels.values()].map(({ length }) => length));
  const legend: LegendEntry[] = [
    ...series.map(({ label, ...style }) => ({ label, style })),
    ...(results.some(({ metric }) => isControl(metric))
      ? [{ label: '* controls', style: { color: 'grey', symbol: series[0]!.symbol } as const }]
      : []),
  ];
  return plotFigure({
    ...about,
    plot: {
      width,
      height: 44 + results.length * row,
      marginLeft: 20 + longest * 6.6,
      marginRight: 16,
      marginBottom: 38,
      marginTop: 6,
      x: { label: axis, labelAnchor: 'center', labelArrow: 'none', grid: true, nice: true, ticks: 6 },
      y: {
        type: 'point',
        domain: results.map(({ metric }) => metric),
        tickFormat: (metric: string) => labels.get(metric) ?? metric,
        label: null,
        padding: 0.6,
        tickSize: 0,
      },
      symbol: { type: 'identity' },
      marks: [
        Plot.ruleX(chance, { stroke: color('soft'), strokeDasharray: chance[0] === 0 ? '0' : '4 4' }),
        ...series.flatMap(({ symbol, bar }, place) => {
          const dy = (series.length - 1) * apart * -0.5 + place * apart;
          const shown = dots[place]!;
          const hue = ({ hue: name }: Dot) => color(name);
          return [
            ...(bar === true
              ? [
                  Plot.ruleY(shown, {
                    ...{ y: 'metric', x1: 0, x2: 'value', stroke: hue, dy },
                    strokeWidth: row / 3,
                    strokeOpacity: 0.25,
                  }),
                ]
              : []),
            Plot.ruleY(
              shown.filter(({ low }) => low !== null),
              { y: 'metric', x1: 'low', x2: 'high', stroke: hue, strokeWidth: 2, dy },
            ),
            Plot.dot(shown, {
              y: 'metric',
              x: 'value',
              fill: hue,
              r: results.length > MANY ? 3.4 : 4.5,
              symbol,
              dy,
            }),
          ];
        }),
      ],
    },
    legend,
  });
}
