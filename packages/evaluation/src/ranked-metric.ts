import { FEWEST } from './bootstrap.js';
import { kendallTauB, orderedPair } from './correlation.js';
import { type Ordering, orderingOf, unitWeights } from './ranks.js';
import { groupsFromBest, type TieGroups } from './selection.js';

/** A metric among some architectures, in order. */
export interface RankedMetric {
  readonly name: string;
  /** Values turned so that more is better. */
  readonly upwards: Float64Array;
  readonly failures: number;
  readonly ordering: Ordering;
  /** The best first. */
  readonly groups: TieGroups;
}

/** Puts architectures in order. @param values failures infinitely bad */
export function rankedMetric(
  { name, better }: { readonly name: string; readonly better: 'lower' | 'higher' },
  values: Float64Array,
): RankedMetric {
  const upwards = better === 'lower' ? values.map((value) => -value) : values;
  const ordering = orderingOf(upwards);
  return { name, upwards, failures: failuresIn(values), ordering, groups: groupsFromBest(ordering) };
}

/** Values that are not finite. */
export function failuresIn(values: Float64Array): number {
  return values.reduce((sum, value) => sum + (Number.isFinite(value) ? 0 : 1), 0);
}

/** Kendall's tau-b of metrics with each other, each pair once; null where it is not defined. */
export class MetricCorrelations {
  readonly #found = new Map<string, number | null>();
  readonly #once: Int32Array;

  /** @param items how many architectures the metrics order */
  constructor(items: number) {
    this.#once = unitWeights(items);
  }

  kendall(a: RankedMetric, b: RankedMetric): number | null {
    if (this.#once.length < FEWEST) return null;
    const key = JSON.stringify([a.name, b.name].sort());
    let tau = this.#found.get(key);
    if (tau === undefined) {
      tau = kendallTauB(orderedPair(a.ordering, b.ordering), this.#once);
      this.#found.set(key, tau);
    }
    return tau;
  }
}
