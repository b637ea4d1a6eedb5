import * as Plot from '@observablehq/plot';
import { countText, numberText } from '@tenas/base';
import type { Evaluation, EvaluationResult } from '@tenas/records';
import { type Figure, type LegendEntry, plotFigure } from '../figure.js';
import { controlMark, metricLabel } from '../metric-label.js';
import { clipText, tickText } from '../number-text.js';
import { type ColorName, color, type SymbolName } from '../palette.js';
import { accuracyScatter } from './evaluation-scatter.js';
import { type DotSeries, metricDots } from './metric-dots.js';
import { metricMatrix } from './metric-matrix.js';
import { targetAxis, targetWords } from './target-words.js';

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

/** Metrics of the highest tau, the best control and a random ranking: as many as one can tell apart. */
function looks(evaluation: Evaluation, sorted: readonly EvaluationResult[]): Look[] {
  const isControl = ({ metric }: EvaluationResult) => controlMark(evaluation, metric) !== '';
  const controls = sorted.filter(isControl);
  const isRandom = ({ metric }: EvaluationResult) =>
    evaluation.metrics.some(({ name, source }) => name === metric && source.kind === 'random');
  const compared = new Set([...controls.slice(0, 1), ...controls.filter(isRandom)]);
  const best = sorted.filter((one) => !isControl(one)).slice(0, LOOKS.length - compared.size);
  return [...best, ...compared].map(({ metric }, index) => {
    const [name, symbol] = LOOKS[index]!;
    const label = `${metricLabel(evaluation, metric)}${controlMark(evaluation, metric)}`;
    return { metric, label, color: name, symbol };
  });
}

function legendOf(all: readonly Look[]): LegendEntry[] {
  return all.map((look) => ({ label: clipText(look.label, LONGEST_LABEL), style: look }));
}

/** Labels of the figures that stand two side by side. */
const SHORT_LABEL = 24;

function tauInTop({ top }: EvaluationResult, fraction: number) {
  return top.find((one) => one.fraction === fraction)?.kendall;
}

/** Values of every metric for the figure's words. */
function spoken(
  results: readonly EvaluationResult[],
  of: (result: EvaluationResult) => number | null | undefined,
): string {
  return results.map((result) => `${result.metric} ${numberText(of(result) ?? null)}`).join('; ');
}

/** Kendall's tau of every metric with its interval, overall and inside the best tenth. */
function correlations(
  evaluation: Evaluation,
  results: readonly EvaluationResult[],
  dataset: string,
  name: string,
): Figure | null {
  const { confidence, resamples } = evaluation.bootstrap;
  const lines = resamples === 0 ? '' : ` Lines: ${numberText(100 * confidence)} % intervals.`;
  const all: DotSeries = {
    ...{ label: 'all architectures', color: 'blue', symbol: 'circle', bar: true },
    of: ({ kendall }) => kendall,
  };
  const tenth: DotSeries = {
    ...{ label: 'inside the best 10 %, where it matters', color: 'vermillion', symbol: 'diamond' },
    of: (result) => tauInTop(result, 0.1),
  };
  return metricDots(evaluation, results, [all, tenth], {
    name,
    title: `How well each metric ranks: ${dataset}`,
    description: `Kendall's tau: ${spoken(results, ({ tau }) => tau)}.`,
    note: `Kendall’s τ: 1 is a perfect ranking, 0 a random one.${lines}`,
    ...{ axis: 'Kendall’s τ', width: 640, longestLabel: LONGEST_LABEL, chance: [0] },
  });
}

/** Which share of a metric's best is among the best. */
function hits(
  evaluation: Evaluation,
  results: readonly EvaluationResult[],
  dataset: string,
  name: string,
): Figure | null {
  const of = (fraction: number) => (result: EvaluationResult) =>
    result.precisionTop.find((one) => one.fraction === fraction);
  const tenth: DotSeries = {
    ...{ label: 'of its best 10 %', color: 'blue', symbol: 'circle', bar: true },
    of: of(0.1),
  };
  const hundredth: DotSeries = {
    ...{ label: 'of its best 1 %', color: 'green', symbol: 'triangle' },
    of: of(0.01),
  };
  return metricDots(evaluation, results, [tenth, hundredth], {
    name,
    title: `How much of its best is the best: ${dataset}`,
    description: `Share of the best 10 % by the metric that is in the best 10 % by ${targetWords(evaluation).one}: ${spoken(results, (result) => of(0.1)(result)?.value)}.`,
    note: `Share of the best 10 % (1 %) by the metric that is among the best 10 % (1 %) by ${targetWords(evaluation).one}. Dashed: what chance gives, 0.1 and 0.01.`,
    ...{ axis: 'share', width: 480, longestLabel: SHORT_LABEL, chance: [0.01, 0.1] },
  });
}

/** What is left of a correlation without the size of the networks. */
function partials(
  evaluation: Evaluation,
  results: readonly EvaluationResult[],
  dataset: string,
  name: string,
): Figure | null {
  const given = results[0]?.partial.given ?? [];
  const known = results.filter(({ partial }) => partial.spearman !== null);
  const whole: DotSeries = {
    ...{ label: 'as it is', color: 'sky', symbol: 'circle' },
    of: ({ spearman }) => spearman,
  };
  const left: DotSeries = {
    ...{ label: `without ${given.join(' and ')}`, color: 'purple', symbol: 'square', bar: true },
    of: ({ partial }) => ({ value: partial.spearman }),
  };
  return metricDots(evaluation, known, [whole, left], {
    name,
    title: `What metrics know beside size: ${dataset}`,
    description: `Partial rho given ${given.join(' and ')}: ${spoken(known, ({ partial }) => partial.spearman)}.`,
    note: `Spearman’s ρ as it is, and with the part that the ranks of ${given.join(' and ')} explain taken out of both sides.`,
    ...{ axis: 'Spearman’s ρ', width: 480, longestLabel: SHORT_LABEL, chance: [0] },
  });
}

/** Tau inside the best by accuracy, and inside the best by the metric. */
function tops(
  evaluation: Evaluation,
  results: readonly EvaluationResult[],
  dataset: string,
  name: string,
): Figure | null {
  const best: DotSeries = {
    ...{
      label: `the best 10 % by ${targetWords(evaluation).one}`,
      color: 'vermillion',
      symbol: 'diamond',
      bar: true,
    },
    of: (result) => tauInTop(result, 0.1),
  };
  const own: DotSeries = {
    ...{ label: 'the best 10 % by the metric', color: 'green', symbol: 'triangle' },
    of: ({ ownTop }) => ownTop?.kendall,
  };
  return metricDots(evaluation, results, [best, own], {
    name,
    title: `How metrics rank the best: ${dataset}`,
    description: `Tau inside the best 10 % by ${targetWords(evaluation).one}: ${spoken(results, ({ tauTop }) => tauTop)}. By the metric: ${spoken(results, ({ tauOwnTop }) => tauOwnTop)}.`,
    note: `Kendall’s τ inside the best tenth by ${targetWords(evaluation).one}, and inside the tenth that the metric would pick.`,
    ...{ axis: 'Kendall’s τ', width: 480, longestLabel: SHORT_LABEL, chance: [0] },
  });
}

/** Tau among all, and among architectures whose every operation lies on a path. */
function reachable(
  evaluation: Evaluation,
  results: readonly EvaluationResult[],
  dataset: string,
  name: string,
): Figure | null {
  const within = evaluation.results.filter(
    (one) => one.dataset === dataset && one.population === 'without-unreachable',
  );
  if (within.length === 0) return null;
  const count = countText(within[0]!.architectures);
  const all: DotSeries = {
    ...{ label: 'all', color: 'blue', symbol: 'circle' },
    of: ({ kendall }) => kendall,
  };
  const reached: DotSeries = {
    ...{ label: 'without unreachable operations', color: 'orange', symbol: 'star' },
    of: ({ metric }) => within.find((one) => one.metric === metric)?.kendall,
  };
  return metricDots(evaluation, results, [all, reached], {
    name,
    title: `Without unreachable operations: ${dataset}`,
    description: `Tau among ${count} architectures without unreachable operations: ${spoken(within, ({ tau }) => tau)}.`,
    note: `Kendall’s τ among all architectures, and among the ${count} in which every operation lies on a path from input to output. Published figures are of one or the other.`,
    ...{ axis: 'Kendall’s τ', width: 480, longestLabel: SHORT_LABEL, chance: [0] },
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
  evaluation: Evaluation,
  results: readonly EvaluationResult[],
  all: readonly Look[],
  dataset: string,
  name: string,
): Figure {
  const points = all.flatMap((look) => {
    const result = results.find(({ metric }) => metric === look.metric);
    // Version 1 has but a few points of the curve.
    const curve = result === undefined || result.regret.length === 0 ? (result?.topK ?? []) : result.regret;
    return curve.map(({ k, regret }): CurvePoint => ({ metric: look.metric, x: k, y: regret, look }));
  });
  const first = points.filter(({ x }) => x === 1);
  const { one } = targetWords(evaluation);
  const latencies = evaluation.table.target === 'latency';
  return curves(
    {
      name,
      title: `What ${latencies ? 'measuring' : 'training'} the k best-ranked misses: ${dataset}`,
      description: `Regret of the best-ranked one: ${first.map(({ metric, y }) => `${metric} ${numberText(y)}`).join('; ')}.`,
      note: `Regret: ${one} of the best architecture of all and of the best among the k best-ranked, their difference. 0 is perfect.`,
    },
    {
      x: `k, architectures ${latencies ? 'measured' : 'trained'}`,
      y: latencies ? 'regret, ms' : 'regret, points of accuracy',
    },
    all,
    points,
    [],
  );
}

function expectedCurve(
  evaluation: Evaluation,
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
      description: `Expected ${targetWords(evaluation).one} of the best-ranked at the largest n: ${last.join('; ')}.`,
      note: `Expected ${targetWords(evaluation).one} of the best-ranked of n random architectures. Dashed: a perfect metric.`,
    },
    { x: 'n, architectures scored', y: targetAxis(evaluation) },
    all,
    points,
    perfect,
  );
}

/** Figures under one heading. */
export interface EvaluationPart {
  readonly heading: string;
  readonly figures: readonly Figure[];
}

/** The figures of an evaluation: for each dataset, then those of metrics among themselves. */
export function evaluationFigures(evaluation: Evaluation, suffix: string): EvaluationPart[] {
  const parts = evaluation.datasets.map((dataset, index): EvaluationPart => {
    const results = of(evaluation, dataset).sort((a, b) => (b.tau ?? -2) - (a.tau ?? -2));
    const part = `${index === 0 ? '' : `-dataset-${index + 1}`}${suffix}`;
    if (results.length === 0) return { heading: dataset, figures: [] };
    const all = looks(evaluation, results);
    const simple = evaluation.metrics
      .filter(({ source, control }) => source.kind === 'column' && control !== true)
      .map(({ name }) => name);
    const plotted = [...new Set([...simple.slice(0, 5), all[0]!.metric])];
    const scatters = plotted.map((metric, place) => {
      const result = results.find((one) => one.metric === metric);
      return result === undefined ? null : accuracyScatter(evaluation, result, `scatter-${place + 1}${part}`);
    });
    const figures = [
      correlations(evaluation, results, dataset, `tau${part}`),
      tops(evaluation, results, dataset, `tops${part}`),
      hits(evaluation, results, dataset, `hits${part}`),
      partials(evaluation, results, dataset, `partial${part}`),
      reachable(evaluation, results, dataset, `reachable${part}`),
      topKCurve(evaluation, results, all, dataset, `top-k${part}`),
      expectedCurve(evaluation, results, all, dataset, `expected-best${part}`),
      ...scatters,
    ];
    return { heading: dataset, figures: figures.filter((figure) => figure !== null) };
  });
  const matrices = evaluation.correlations.flatMap((matrix, index) => {
    if (matrix.population === 'without-none') return [];
    const among = matrix.population === 'all' ? 'all architectures' : 'those without unreachable operations';
    const figure = metricMatrix(evaluation, matrix, {
      ...{ name: `matrix${index === 0 ? '' : `-${index + 1}`}${suffix}`, among },
      title: `Which metrics rank alike: ${among}`,
    });
    return figure === null ? [] : [figure];
  });
  return matrices.length === 0
    ? parts
    : [...parts, { heading: 'Metrics among themselves', figures: matrices }];
}
