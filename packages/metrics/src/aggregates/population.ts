import type { MetricDescription } from '../metric.js';
import type { AggregateRule, MissingPolicy } from './rules.js';

/** A metric that ranks. */
export type RankingMetric = Pick<MetricDescription, 'name' | 'better'>;

/** The values of an architecture by the names of metrics; null: there is none. */
export type ScoredValues = Readonly<Record<string, { readonly value: number | null } | undefined>>;

/** Metrics that rank a population together. */
export interface RankedBy {
  /** At least one; a list counts as one metric, by the first and among equals by the next. */
  readonly terms: readonly (RankingMetric | readonly RankingMetric[])[];
  readonly rule: AggregateRule;
  /** Default `last`. */
  readonly missing?: MissingPolicy | undefined;
}

/** What an architecture is worth by the metrics of one term: larger is better, entry by entry; null: there is no value. */
type Key = readonly (number | null)[];

/** Keys of a term with medians where values are missing. */
interface Filled {
  /** Architectures at that time. */
  readonly length: number;
  /** By entry. */
  readonly medians: readonly number[];
  /** Ascending. */
  readonly sorted: readonly (readonly number[])[];
}

/**
 * Architectures in the order in which they were scored, ranked by one metric or by several together; see
 * {@link AggregateRule} and {@link MissingPolicy}. Ranks change as the population grows.
 */
export class RankedPopulation {
  readonly #terms: readonly (readonly RankingMetric[])[];
  readonly #rule: AggregateRule;
  readonly #missing: MissingPolicy;
  /** Keys without a missing value of those that are ranked by each term, ascending. */
  readonly #sorted: (readonly number[])[][];
  /** Keys of each architecture, by term. */
  readonly #keys: (readonly Key[])[] = [];
  /** By term; only of lists with missing values, which stand in the middle. */
  readonly #filled: Filled[] = [];
  /** Architectures that no other is at least as good as by every term: one of these is the best by any rule. */
  #front: number[] = [];

  constructor({ terms, rule, missing = 'last' }: RankedBy) {
    const lists = terms.map((term) => ('name' in term ? [term] : term));
    this.#terms = rule === 'lexicographic' ? [lists.flat()] : lists;
    this.#rule = rule;
    this.#missing = missing;
    this.#sorted = this.#terms.map(() => []);
  }

  /** Architectures so far. */
  get length(): number {
    return this.#keys.length;
  }

  /** Adds an architecture; its place is the length before. */
  add(scores: ScoredValues): void {
    const keys = this.#terms.map((term) => this.#keyOf(term, scores));
    if (!this.#dropped(keys)) {
      for (const [term, key] of keys.entries()) {
        if (!isComplete(key)) continue;
        const sorted = this.#sorted[term]!;
        sorted.splice(countBelow(sorted, key), 0, key);
      }
    }
    const place = this.#keys.push(keys) - 1;
    if (this.#front.some((other) => this.#atLeast(other, place))) return;
    this.#front = [...this.#front.filter((other) => !this.#atLeast(place, other)), place];
  }

  /** What the architecture at a place is worth among all so far; more is better, -Infinity if it was dropped. */
  worth(place: number): number {
    const keys = this.#keys[place]!;
    if (this.#dropped(keys)) return Number.NEGATIVE_INFINITY;
    return keys.reduce(
      (sum, key, term) =>
        sum + (this.#rule === 'max-sum' ? this.#share(key, term) : this.#rankWorth(key, term)),
      0,
    );
  }

  /**
   * The worth on a scale that does not grow with the population: ranks that were added, over the number of
   * architectures. An architecture that was dropped is worth as much as one of the lowest rank by every term, or 0 by
   * `max-sum`.
   */
  relativeWorth(place: number): number {
    const n = this.length;
    const worth = this.worth(place);
    switch (this.#rule) {
      case 'log-rank':
        return Math.max(worth, -this.#terms.length * Math.log(n));
      case 'max-sum':
        return Number.isFinite(worth) ? worth : 0;
      default:
        return Math.max(worth, this.#terms.length) / n;
    }
  }

  /** Place of the best so far, the first of equals. */
  get best(): number {
    return this.bestOf(this.#front);
  }

  /** The best of some places, the first of equals. */
  bestOf(places: readonly number[]): number {
    const worths = places.map((place) => this.worth(place));
    return places[worths.indexOf(Math.max(...worths))]!;
  }

  /** Places of all so far, the best first; equals in the order in which they were added. */
  ranking(): number[] {
    const worths = this.#keys.map((_, place) => this.worth(place));
    return [...worths.keys()].sort((a, b) => {
      // Of two that were dropped, the difference is no number.
      return worths[a] === worths[b] ? a - b : worths[b]! - worths[a]!;
    });
  }

  #keyOf(term: readonly RankingMetric[], scores: ScoredValues): Key {
    return term.map(({ name, better }) => {
      const value = scores[name]?.value ?? null;
      if (value === null) return this.#missing === 'last' ? Number.NEGATIVE_INFINITY : null;
      return better === 'higher' ? value : -value;
    });
  }

  #dropped(keys: readonly Key[]): boolean {
    return this.#missing === 'drop' && !keys.every(isComplete);
  }

  #rankWorth(key: Key, term: number): number {
    const sorted = this.#sorted[term]!;
    const n = this.#missing === 'drop' ? sorted.length : this.length;
    const rank =
      key.length > 1 && sorted.length < n ? this.#rankFilled(key, term) : this.#rankAmong(sorted, key, n);
    return this.#rule === 'log-rank' ? Math.log(rank / n) : rank;
  }

  /** In a list a median takes the place of a missing value alone: the other metrics still tell architectures apart. */
  #rankFilled(key: Key, term: number): number {
    const { medians, sorted } = this.#filledOf(term);
    return rankIn(sorted, filledBy(medians, key));
  }

  #filledOf(term: number): Filled {
    const before = this.#filled[term];
    if (before?.length === this.length) return before;
    const keys = this.#keys.map((of) => of[term]!);
    const medians = this.#terms[term]!.map((_, entry) => {
      const known = keys.flatMap((key) => (key[entry] === null ? [] : [[key[entry]!]]));
      return middleOf(known.sort(compared));
    });
    const sorted = keys.map((key) => filledBy(medians, key)).sort(compared);
    const filled = { length: this.length, medians, sorted };
    this.#filled[term] = filled;
    return filled;
  }

  /** Those whose value is missing stand in the middle: as many of them below as above. */
  #rankAmong(sorted: readonly (readonly number[])[], key: Key, n: number): number {
    if (!isComplete(key)) return (n + 1) / 2;
    const rank = rankIn(sorted, key);
    const between = n - sorted.length;
    if (between === 0) return rank;
    const middle = (sorted.length + 1) / 2;
    if (rank === middle) return (n + 1) / 2;
    return rank < middle ? rank : rank + between;
  }

  /** The value over the size of the best one; of a missing value, the worst or the middle one. 0 if there are none. */
  #share(key: Key, term: number): number {
    const sorted = this.#sorted[term]!;
    const known = firstPlace(sorted, ([first]) => first !== Number.NEGATIVE_INFINITY);
    if (known === sorted.length) return 0;
    const unit = Math.abs(sorted.at(-1)![0]!) || 1;
    const value = key[0] ?? middleOf(sorted);
    return (value === Number.NEGATIVE_INFINITY ? sorted[known]![0]! : value) / unit;
  }

  /** Whether one is at least as good as the other by every term, however ranks change. */
  #atLeast(one: number, other: number): boolean {
    const others = this.#keys[other]!;
    const keys = this.#keys[one]!;
    if (this.#dropped(others)) return true;
    if (this.#dropped(keys)) return false;
    return keys.every((key, term) => {
      const against = others[term]!;
      return isComplete(key) && isComplete(against) && compared(key, against) >= 0;
    });
  }
}

function isComplete(key: Key): key is readonly number[] {
  return !key.includes(null);
}

function filledBy(medians: readonly number[], key: Key): number[] {
  return key.map((value, entry) => value ?? medians[entry]!);
}

/** From 1 for the lowest; equals share the mean of their ranks. */
function rankIn(sorted: readonly (readonly number[])[], key: readonly number[]): number {
  return (countBelow(sorted, key) + countUpTo(sorted, key) + 1) / 2;
}

/** Negative if the first is worse, positive if it is better. */
function compared(one: readonly number[], other: readonly number[]): number {
  for (const [place, value] of one.entries()) {
    if (value !== other[place]!) return value < other[place]! ? -1 : 1;
  }
  return 0;
}

/** The median of the first entries; 0 if there are none. */
function middleOf(sorted: readonly (readonly number[])[]): number {
  const half = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]];
  if (low === undefined || high === undefined) return 0;
  return (low[0]! + high[0]!) / 2;
}

/** How many keys of an ascending list are below a key. */
function countBelow(sorted: readonly (readonly number[])[], key: readonly number[]): number {
  return firstPlace(sorted, (other) => compared(other, key) >= 0);
}

/** How many are below or equal. */
function countUpTo(sorted: readonly (readonly number[])[], key: readonly number[]): number {
  return firstPlace(sorted, (other) => compared(other, key) > 0);
}

/** The first place from which on a condition holds. */
function firstPlace<T>(sorted: readonly T[], holds: (value: T) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(sorted[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
