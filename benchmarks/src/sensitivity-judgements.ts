import { quantile, RandomStream } from '@tenas/base';
import { kendallTauB, type OrderedPair, orderedPair, orderingOf, unitWeights } from '@tenas/evaluation';
import { metricsOfPreset } from '@tenas/metrics';
import { AS_IS, SENSITIVE_COUNTS, SENSITIVE_METRICS, SENSITIVE_PRESETS } from './sensitivity-variants.js';
import type { StudyPopulation } from './study-population.js';
import { RecipeTrials, worstFilled } from './study-recipes.js';
import { markdownTable } from './text-table.js';
import type { Variant } from './variant-scores.js';

/** Columns of benchmarks/quality/sensitivity.csv. */
export const SENSITIVITY_COLUMNS = [
  ...['table', 'variant', 'metric', 'accuracy', 'architectures', 'failures'],
  ...['tau', 'difference', 'low', 'high', 'alike'],
] as const;

/**
 * How one metric or aggregate ranks under one variant: Kendall's tau; how much larger it is than with the defaults, with a
 * 95 % interval; and tau between its order and that of the defaults.
 */
export type SensitivityRow = Readonly<Record<(typeof SENSITIVITY_COLUMNS)[number], string>>;

/**
 * How the metrics that a variant changes, and the aggregates of some of these, rank by the first column of accuracies.
 * @param before the scores with the defaults, of the same architectures
 */
export function judgements(
  variant: Variant,
  now: StudyPopulation,
  before: StudyPopulation,
  resamples: number,
): Omit<SensitivityRow, 'table'>[] {
  const once = unitWeights(now.size);
  const accuracy = orderingOf(now.accuracies[0]!);
  const figure = (value: number | null) => value?.toFixed(3) ?? '';
  return rankedBy(variant).map(({ name, worth }) => {
    const [order, usual] = [orderingOf(worth(now)), orderingOf(worth(before))];
    const pair = orderedPair(order, accuracy);
    const shared = {
      variant: variant.name,
      metric: name,
      accuracy: now.columns[0]!,
      architectures: String(now.size),
      failures: String(now.values.get(name)?.filter(Number.isNaN).length ?? ''),
      tau: figure(kendallTauB(pair, once)),
    };
    if (variant === AS_IS) return { ...shared, difference: '', low: '', high: '', alike: '' };
    const other = orderedPair(usual, accuracy);
    const [low, high] = interval(pair, other, resamples);
    return {
      ...shared,
      difference: figure(differenceOf(pair, other, once)),
      low: figure(low),
      high: figure(high),
      alike: figure(kendallTauB(orderedPair(order, usual), once)),
    };
  });
}

interface Ranker {
  readonly name: string;
  /** Larger is better. */
  readonly worth: (of: StudyPopulation) => Float64Array;
}

/** What a variant changes. */
function rankedBy(variant: Variant): Ranker[] {
  const metrics = SENSITIVE_METRICS.filter((metric) => variant.metrics.includes(metric));
  const counts = variant === AS_IS ? SENSITIVE_COUNTS : [];
  const trials = new RecipeTrials([]);
  return [
    ...[...counts, ...metrics].map((name) => ({
      name,
      worth: (of: StudyPopulation) => worstFilled(of.values.get(name)!),
    })),
    ...SENSITIVE_PRESETS.flatMap(({ name, rule, ...preset }) => {
      const terms = metricsOfPreset({ name, rule, ...preset });
      if (rule !== 'rank-sum' && rule !== 'log-rank') throw new Error(`${name}: ranks by ${rule}`);
      if (!terms.some((metric) => metrics.includes(metric))) return [];
      const recipe = { metrics: terms, rule, missing: 'last' } as const;
      return [{ name, worth: (of: StudyPopulation) => trials.worth(of, recipe) }];
    }),
  ];
}

function differenceOf(now: OrderedPair, before: OrderedPair, weights: Int32Array): number {
  return (kendallTauB(now, weights) ?? 0) - (kendallTauB(before, weights) ?? 0);
}

/** The 95 % interval of the difference over bootstrap resamples of the architectures. */
function interval(now: OrderedPair, before: OrderedPair, resamples: number): [number, number] {
  const items = now.order.length;
  const random = new RandomStream('sensitivity', items);
  const differences = Array.from({ length: resamples }, () => {
    const weights = new Int32Array(items);
    for (let draw = 0; draw < items; draw++) weights[random.below(items)]!++;
    return differenceOf(now, before, weights);
  }).sort((a, b) => a - b);
  return [quantile(differences, 0.025), quantile(differences, 0.975)];
}

/**
 * The rows of one table and column of accuracies, as a table in Markdown: tau with the defaults, below that the difference by
 * variant, in bold type where its interval is on one side of 0.
 */
export function sensitivityTable(rows: readonly SensitivityRow[], variants: readonly Variant[]): string {
  const metrics = [...SENSITIVE_METRICS, ...SENSITIVE_PRESETS.map(({ name }) => name)];
  return markdownTable(
    ['', ...metrics.map((metric) => `\`${metric}\``)],
    variants.map((variant) => [
      variant.name,
      ...metrics.map((metric) => {
        const row = rows.find((one) => one.variant === variant.name && one.metric === metric);
        if (row === undefined) return '';
        const text = Number(variant === AS_IS ? row.tau : row.difference).toFixed(2);
        const shown = variant === AS_IS || text.startsWith('-') ? text.replace('-', '−') : `+${text}`;
        const certain = row.low !== '' && Number(row.low) * Number(row.high) > 0;
        return certain ? `**${shown}**` : shown;
      }),
    ]),
  );
}
