import * as Plot from '@observablehq/plot';
import { numberText } from '@tenas/base';
import type { Evaluation, EvaluationResult } from '@tenas/records';
import { type Figure, type LegendEntry, plotFigure } from '../figure.js';
import { metricLabel } from '../metric-label.js';
import { clipText, tickText } from '../number-text.js';
import { type ColorName, color, type SymbolName } from '../palette.js';
import { accuracyScatter } from './evaluation-scatter.js';

/** Characters of a metric's label: combinations of many are longer. */
const LONGEST_LABEL = 44;

/** A metric's look in the curves. */
interface Look {
  readonly metric: string;
  readonly label: string;
  readonly color: ColorName;
  readonly symbol: SymbolName;
}

const LOOKS: readonly (readonly [ColorName, SymbolName])[] = [
  ['blue', 'circle'],
  ['vermillion', 'square'],
  ['green', 'triangle'],
  ['purple', 'diamond'],
  ['orange', 'star'],
  ['grey', 'cross'],
];

function of(evaluation: Evaluation, dataset: string): EvaluationResult[] {
  return evaluation.results.filter((one) => one.dataset === dataset && one.population === 'all');
}

/** The metrics that curves show: those of the highest tau, at most as many as one can tell apart. */
function looks(evaluation: Evaluation, results: readonly EvaluationResult[]): Look[] {
  const best = results.toSorted((a, b) => (b.kendall.value ?? -2) - (a.kendall.value ?? -2));
  return best.slice(0, LOOKS.length).map(({ metric }, index) => {
    const [name, symbol] = LOOKS[index]!;
    return { metric, label: metricLabel(evaluation, metric), color: name, symbol };
  });
}

function legendOf(all: readonly Look[]): LegendEntry[] {
  return all.map((look) => ({ label: clipText(look.label, LONGEST_LABEL), style: look }));
}

/** Kendall's tau of every metric with its interval, overall and inside the best tenth. */
function correlations(
  evaluation: Evaluation,
  results: readonly EvaluationResult[],
  dataset: string,
  name: string,
): Figure {
  const { confidence } = evaluation.bootstrap;
  const sorted = results.toSorted((a, b) => (b.kendall.value ?? -2) - (a.kendall.value ?? -2));
  const labels = new Map(
    sorted.map(({ metric }) => [metric, clipText(metricLabel(evaluation, metric), LONGEST_LABEL)]),
  );
  const rows = sorted.map((one) => ({
    metric: one.metric,
    overall: one.kendall,
    tenth: one.top.find(({ fraction }) => fraction === 0.1)?.kendall ?? {
      value: null,
      low: null,
      high: null,
    },
  }));
  const shown = (part: 'overall' | 'tenth') =>
    rows.flatMap((row) => (row[part].value === null ? [] : [{ metric: row.metric, ...row[part] }]));
  const longest = Math.max(...[...labels.values()].map(({ length }) => length));
  return plotFigure({
    name,
    title: `How well each metric ranks: ${dataset}`,
    description: sorted
      .map(({ metric, kendall }) => `${metric}: tau ${numberText(kendall.value)}`)
      .join('; '),
    note: `Kendall’s τ: 1 is a perfect ranking, 0 a random one. Lines: ${numberText(100 * confidence)} % intervals.`,
    plot: {
      width: 640,
      height: 44 + rows.length * 24,
      marginLeft: 20 + longest * 6.6,
      marginBottom: 38,
      marginTop: 6,
      x: { label: 'Kendall’s τ', labelAnchor: 'center', labelArrow: 'none', grid: true, nice: true },
      y: {
        type: 'point',
        domain: rows.map(({ metric }) => metric),
        tickFormat: (metric: string) => labels.get(metric) ?? metric,
        label: null,
        padding: 0.6,
        tickSize: 0,
      },
      symbol: { type: 'identity' },
      marks: [
        Plot.ruleX([0], { stroke: color('soft') }),
        ...(
          [
            ['tenth', 'vermillion', 'diamond', 5],
            ['overall', 'blue', 'circle', -3],
          ] as const
        ).flatMap(([part, hue, symbol, dy]) => [
          Plot.ruleY(shown(part), {
            y: 'metric',
            x1: 'low',
            x2: 'high',
            stroke: color(hue),
            strokeWidth: 2,
            dy,
          }),
          Plot.dot(shown(part), { y: 'metric', x: 'value', fill: color(hue), r: 4.5, symbol, dy }),
        ]),
      ],
    },
    legend: [
      { label: 'all architectures', style: { color: 'blue', symbol: 'circle' } },
      { label: 'inside the best 10 %, where it matters', style: { color: 'vermillion', symbol: 'diamond' } },
    ],
  });
}

interface CurvePoint {
  readonly metric: string;
  readonly x: number;
  readonly y: number;
  readonly look: Look;
}

function curves(
  given: Pick<Figure, 'name' | 'title' | 'description'> & { readonly note: string },
  axes: { readonly x: string; readonly y: string },
  all: readonly Look[],
  points: readonly CurvePoint[],
  rule: readonly { x: number; y: number }[],
): Figure {
  return plotFigure({
    ...given,
    plot: {
      width: 480,
      height: 300,
      marginLeft: 50,
      marginBottom: 40,
      marginTop: 26,
      x: {
        type: 'log',
        label: axes.x,
        labelAnchor: 'center',
        labelArrow: 'none',
        ticks: 5,
        tickFormat: tickText,
      },
      y: { label: axes.y, grid: true, nice: true, ticks: 6 },
      symbol: { type: 'identity' },
      marks: [
        Plot.line(rule, { x: 'x', y: 'y', stroke: color('soft'), strokeDasharray: '4 4' }),
        Plot.line(points, {
          x: 'x',
          y: 'y',
          z: 'metric',
          stroke: ({ look }: CurvePoint) => color(look.color),
          strokeWidth: 2,
        }),
        Plot.dot(points, {
          x: 'x',
          y: 'y',
          symbol: ({ look }: CurvePoint) => look.symbol,
          fill: ({ look }: CurvePoint) => color(look.color),
          r: 3.4,
        }),
      ],
    },
    legend: legendOf(all),
  });
}

function topKCurve(
  results: readonly EvaluationResult[],
  all: readonly Look[],
  dataset: string,
  name: string,
): Figure {
  const points = all.flatMap((look) =>
    (results.find(({ metric }) => metric === look.metric)?.topK ?? []).map(
      ({ k, regret }): CurvePoint => ({ metric: look.metric, x: k, y: regret, look }),
    ),
  );
  const one = points.filter(({ x }) => x === 1);
  return curves(
    {
      name,
      title: `What training the k best-ranked misses: ${dataset}`,
      description: `Regret of the best-ranked one: ${one.map(({ metric, y }) => `${metric} ${numberText(y)}`).join('; ')}.`,
      note: 'Regret: accuracy of the best architecture of all, less that of the best among the k best-ranked. 0 is perfect.',
    },
    { x: 'k, architectures trained', y: 'regret, points of accuracy' },
    all,
    points,
    [],
  );
}

function expectedCurve(
  results: readonly EvaluationResult[],
  all: readonly Look[],
  dataset: string,
  name: string,
): Figure {
  const points = all.flatMap((look) =>
    (results.find(({ metric }) => metric === look.metric)?.expectedBest ?? []).map(
      ({ n, accuracy }): CurvePoint => ({ metric: look.metric, x: n, y: accuracy, look }),
    ),
  );
  const perfect = results[0]?.expectedBest.map(({ n, perfect: y }) => ({ x: n, y })) ?? [];
  const last = results.map(
    ({ metric, expectedBest }) => `${metric} ${numberText(expectedBest.at(-1)?.accuracy, 4)}`,
  );
  return curves(
    {
      name,
      title: `What a search among n random ones finds: ${dataset}`,
      description: `Expected accuracy of the best-ranked at the largest n: ${last.join('; ')}.`,
      note: 'Expected accuracy of the best-ranked of n random architectures. Dashed: a perfect metric.',
    },
    { x: 'n, architectures scored', y: 'accuracy, %' },
    all,
    points,
    perfect,
  );
}

/** The figures of an evaluation, by dataset. */
export function evaluationFigures(
  evaluation: Evaluation,
  suffix: string,
): { dataset: string; figures: Figure[] }[] {
  return evaluation.datasets.map((dataset, index) => {
    const results = of(evaluation, dataset);
    const part = `${index === 0 ? '' : `-dataset-${index + 1}`}${suffix}`;
    if (results.length === 0) return { dataset, figures: [] };
    const all = looks(evaluation, results);
    const simple = evaluation.metrics
      .filter(({ source }) => source.kind === 'column')
      .map(({ name }) => name);
    const plotted = [...new Set([...simple.slice(0, 5), all[0]!.metric])];
    const scatters = plotted.map((metric, place) => {
      const result = results.find((one) => one.metric === metric);
      return result === undefined ? null : accuracyScatter(evaluation, result, `scatter-${place + 1}${part}`);
    });
    return {
      dataset,
      figures: [
        correlations(evaluation, results, dataset, `tau${part}`),
        topKCurve(results, all, dataset, `top-k${part}`),
        expectedCurve(results, all, dataset, `expected-best${part}`),
        ...scatters.filter((figure) => figure !== null),
      ],
    };
  });
}
