import { mean, median } from '@tenas/base';
import { orderedPair, orderingOf, spearmanRho } from '@tenas/evaluation';
import type { LatencyCheck } from '@tenas/records';

/** Spearman's rank correlation of two columns; null where one has equal values alone. */
export function rankCorrelation(x: readonly number[], y: readonly number[]): number | null {
  const weights = new Int32Array(x.length).fill(1);
  return spearmanRho(orderedPair(orderingOf(x), orderingOf(y)), weights);
}

/** How well predictions of latencies agree with measurements. @param pairs at least one, measured above 0 */
export function checkPredictions(
  pairs: readonly { readonly predicted: number; readonly measured: number }[],
): LatencyCheck {
  const errors = pairs.map(({ predicted, measured }) => Math.abs(predicted - measured) / measured);
  return {
    networks: pairs.length,
    spearman: rankCorrelation(
      pairs.map(({ predicted }) => predicted),
      pairs.map(({ measured }) => measured),
    ),
    relativeError: { median: median(errors), mean: mean(errors), worst: Math.max(...errors) },
  };
}
