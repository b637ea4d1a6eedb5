import type { Evaluation, EvaluationResult } from '@tenas/records';

/** One figure of a judgement: a column of the printed tables. */
export interface PrintedFigure {
  readonly head: string;
  /** One line for the help. */
  readonly about: string;
  readonly text: (result: EvaluationResult, evaluation: Evaluation) => string;
}

function figure(value: number | null | undefined, digits = 3): string {
  return value?.toFixed(digits) ?? '-';
}

function precisionIn({ precisionTop }: EvaluationResult, fraction: number): string {
  return figure(precisionTop.find((one) => one.fraction === fraction)?.value, 2);
}

function regretAt({ topK }: EvaluationResult, wanted: number, evaluation: Evaluation): string {
  return targetText(evaluation, topK.find(({ k }) => k === wanted)?.regret);
}

/** An accuracy with two digits after the point; a latency in ms with four digits. */
export function targetText({ table }: Evaluation, value: number | undefined): string {
  if (value === undefined || table.target !== 'latency') return figure(value, 2);
  return String(Number(value.toPrecision(4)));
}

/** Longest name of the other metric. */
const LONGEST_CLOSEST = 12;

/** A name cut in its middle: those of one beginning differ at their ends. */
export function shortened(name: string, longest: number): string {
  if (name.length <= longest) return name;
  const head = Math.ceil((longest - 1) / 2);
  return `${name.slice(0, head)}\u2026${name.slice(head + 1 - longest)}`;
}

/** The metric that orders the architectures most alike, combinations left out. */
function closest({ metric, dataset, population }: EvaluationResult, { correlations }: Evaluation): string {
  const found = correlations.find((one) => one.population === population && one.datasets.includes(dataset));
  const taus = found?.kendall[found.metrics.indexOf(metric)] ?? [];
  const best = taus.reduce<{ name: string; tau: number } | null>((highest, tau, place) => {
    const name = found!.metrics[place]!;
    if (tau === null || name === metric || (highest !== null && highest.tau >= tau)) return highest;
    return { name, tau };
  }, null);
  return best === null ? '-' : `${shortened(best.name, LONGEST_CLOSEST)} ${figure(best.tau, 2)}`;
}

/** The columns that are always printed. */
export const MAIN_FIGURES: readonly PrintedFigure[] = [
  {
    head: 'failed',
    about: 'architectures without a value; they count as the worst',
    text: ({ failures }) => String(failures),
  },
  {
    head: 'tau',
    about: "Kendall's tau-b: 1 is perfect, 0 random; and its interval",
    text({ tau, interval }) {
      const ends = interval?.map((end) => figure(end)).join(', ');
      return ends === undefined ? figure(tau) : `${figure(tau)} [${ends}]`;
    },
  },
  {
    head: 'rho',
    about: "Spearman's rho: the correlation of the ranks",
    text: ({ spearman }) => figure(spearman.value),
  },
  { head: 'top 10 %', about: 'tau inside the best 10 % by accuracy', text: ({ tauTop }) => figure(tauTop) },
  {
    head: 'own top',
    about: 'tau inside the best 10 % by the metric',
    text: ({ tauOwnTop }) => figure(tauOwnTop),
  },
  {
    head: 'nDCG',
    about: 'gains 2^accuracy of the 1,000 best-ranked over their largest sum',
    text: ({ ndcg }) => figure(ndcg[0]?.value),
  },
  {
    head: 'hits',
    about: "share of the metric's best 10 % that is among the best 10 %",
    text: (result) => precisionIn(result, 0.1),
  },
  {
    head: 'partial',
    about: 'rho with the part of parameters and MACs taken out',
    text: ({ partial }) => figure(partial.spearman),
  },
  {
    head: 'best',
    about: 'accuracy of the best-ranked architecture, or its latency in ms',
    text: ({ bestRanked }, evaluation) => targetText(evaluation, bestRanked.accuracy),
  },
];

/** The columns of the second table, with `--full`. */
export const MORE_FIGURES: readonly PrintedFigure[] = [
  {
    head: 'tied',
    about: 'pairs of architectures with equal values',
    text: ({ tiedPairs, architectures }) =>
      `${((200 * tiedPairs) / (architectures * (architectures - 1))).toFixed(1)} %`,
  },
  {
    head: 'top 1 %',
    about: 'tau inside the best 1 % by accuracy',
    text: ({ top }) => figure(top.find(({ fraction }) => fraction === 0.01)?.kendall.value),
  },
  {
    head: 'nDCG 50',
    about: 'nDCG of the 50 best-ranked',
    text: ({ ndcg }) => figure(ndcg.find(({ k }) => k === 50)?.value),
  },
  {
    head: 'hits 1, 5 %',
    about: 'hits of the best 1 % and of the best 5 %',
    text: (result) => `${precisionIn(result, 0.01)} ${precisionIn(result, 0.05)}`,
  },
  {
    head: 'part tau',
    about: 'tau with the part of parameters and MACs taken out',
    text: ({ partial }) => figure(partial.kendall),
  },
  {
    head: '10 best',
    about: 'mean accuracy of the ten best-ranked',
    text: ({ topK }, evaluation) => targetText(evaluation, topK.find(({ k }) => k === 10)?.mean),
  },
  {
    head: 'of 100',
    about: 'expected accuracy of the best-ranked of 100 random ones',
    text: ({ expectedBest }, evaluation) =>
      targetText(evaluation, expectedBest.find(({ n }) => n === 100)?.accuracy),
  },
  {
    head: 'miss 10, 100',
    about: 'best accuracy less the best of the 10 and 100 best-ranked',
    text: (result, evaluation) => `${regretAt(result, 10, evaluation)} ${regretAt(result, 100, evaluation)}`,
  },
  { head: 'closest', about: 'the other metric that ranks most alike, and tau with it', text: closest },
];

/** What stands for a control beside its name. */
export const CONTROL_MARK = '*';

/** Every column in one line, for the help. */
export function figuresHelp(): string {
  const lines = (title: string, figures: readonly PrintedFigure[]) => [
    title,
    ...figures.map(({ head, about }) => `  ${head.padEnd(14)}${about}`),
  ];
  return [
    ...lines('Figures:', MAIN_FIGURES),
    `  ${CONTROL_MARK.padEnd(14)}a control, which a metric has to beat`,
    ...lines('With --full:', MORE_FIGURES),
  ].join('\n');
}
