import { mean, median, wilcoxonSignedRank } from '@tenas/base';
import type { PairedValues } from '@tenas/records';
import { bootstrapped, type Estimate, resamples } from '../bootstrap.js';
import { kendallTauB, orderedPair, spearmanRho } from '../correlation.js';
import { orderingOf, unitWeights } from '../ranks.js';

/** How intervals are made. */
export interface Bootstrap {
  readonly resamples: number;
  readonly confidence: number;
  readonly seed: number;
}

/** Values of a metric in both batches, by pair; null where one has none. */
export interface PairedColumns {
  readonly a: readonly (number | null)[];
  readonly b: readonly (number | null)[];
  /** The architecture or the seed of each pair. */
  readonly unit: readonly (string | number)[];
}

const NONE: Estimate = { value: null, low: null, high: null };

/** Compares the values of one metric. @param ranks whether the units are architectures that both batches rank */
export function pairedValues(
  metric: string,
  { a, b, unit }: PairedColumns,
  bootstrap: Bootstrap,
  ranks: boolean,
): PairedValues {
  const groups = new Map<string | number, { a: number[]; b: number[] }>();
  let pairs = 0;
  for (const [at, key] of unit.entries()) {
    const [left, right] = [a[at] ?? null, b[at] ?? null];
    if (left === null || right === null) continue;
    pairs++;
    const group = groups.get(key) ?? { a: [], b: [] };
    groups.set(key, group);
    group.a.push(left);
    group.b.push(right);
  }
  const means = [...groups.values()].map((group) => ({ a: mean(group.a), b: mean(group.b) }));
  const [left, right] = [means.map((one) => one.a), means.map((one) => one.b)];
  const differences = means.map((one) => one.b - one.a);
  const drawn = resamples(means.length, bootstrap.resamples, 'compare', bootstrap.seed);
  const once = unitWeights(means.length);
  const interval = (statistic: (weights: Int32Array) => number | null) =>
    bootstrapped(statistic, once, drawn, bootstrap.confidence);
  const order = orderedPair(orderingOf(left), orderingOf(right));
  const { low, high } = interval((weights) => finite(weightedMean(differences, weights)));
  return {
    metric,
    pairs,
    units: means.length,
    mean: { a: finite(mean(left)), b: finite(mean(right)) },
    difference: { value: finite(mean(differences)), low, high },
    median: means.length === 0 ? null : finite(median(differences)),
    higher: {
      a: differences.filter((difference) => difference < 0).length,
      b: differences.filter((difference) => difference > 0).length,
    },
    equal: differences.filter((difference) => difference === 0).length,
    signedRank: means.length === 0 ? null : wilcoxonSignedRank(differences).twoSided,
    kendall: ranks ? interval((weights) => kendallTauB(order, weights)) : NONE,
    spearman: ranks ? interval((weights) => spearmanRho(order, weights)) : NONE,
    values: { a: [...a], b: [...b] },
  };
}

function weightedMean(values: readonly number[], weights: Int32Array): number {
  return values.reduce((sum, value, item) => sum + value * weights[item]!, 0) / values.length;
}

/** Sums of the largest numbers are none, and the mean of nothing is none either. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
