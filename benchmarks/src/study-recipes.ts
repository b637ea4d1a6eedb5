import type { AggregateRule, MissingPolicy } from '@tenas/metrics';
import { bestTenth, type StudyPopulation, tauOf } from './study-population.js';

/** Rules that one can try without a scale of values. */
export type RankRule = Extract<AggregateRule, 'log-rank' | 'rank-sum'>;

/** Metrics whose ranks are added. */
export interface Recipe {
  readonly metrics: readonly string[];
  readonly rule: RankRule;
  readonly missing: Extract<MissingPolicy, 'last' | 'median'>;
}

/** How well a recipe ranks by one column of accuracies. */
export interface RecipeFigure {
  readonly name: string;
  readonly tau: number;
  /** Inside the best tenth by accuracy. */
  readonly top: number;
  /** tau less that of the better of parameters and multiply-adds. */
  readonly margin: number;
}

/** Populations whose ranks are computed once, however many recipes are tried. */
export class RecipeTrials {
  readonly #columns: readonly {
    readonly name: string;
    readonly population: StudyPopulation;
    readonly accuracy: Float64Array;
    readonly best: readonly number[];
    readonly control: number;
  }[];
  readonly #worths = new WeakMap<StudyPopulation, Map<string, Float64Array>>();

  /** @param populations by name */
  constructor(populations: readonly { readonly name: string; readonly of: StudyPopulation }[]) {
    this.#columns = populations.flatMap(({ name, of }) =>
      of.accuracies.map((accuracy, index) => ({
        name: of.accuracies.length === 1 ? name : `${name} ${of.columns[index]}`,
        population: of,
        accuracy,
        best: bestTenth(accuracy),
        control: Math.max(
          ...['params', 'macs'].map((control) => tauOf(worstFilled(valuesOf(of, control)), accuracy)),
        ),
      })),
    );
  }

  /** Figures by column of accuracies. */
  try(recipe: Recipe): RecipeFigure[] {
    return this.#columns.map(({ name, population, accuracy, best, control }) => {
      const worth = this.worth(population, recipe);
      const tau = tauOf(worth, accuracy);
      const top = tauOf(
        Float64Array.from(best, (place) => worth[place]!),
        Float64Array.from(best, (place) => accuracy[place]!),
      );
      return { name, tau, top, margin: tau - control };
    });
  }

  /** What architectures are worth by a recipe: larger is better. */
  worth(population: StudyPopulation, { metrics, rule, missing }: Recipe): Float64Array {
    const sums = new Float64Array(population.size);
    const known = this.#worths.get(population) ?? new Map<string, Float64Array>();
    this.#worths.set(population, known);
    for (const metric of metrics) {
      const key = [metric, rule, missing].join(' ');
      let worths = known.get(key);
      if (worths === undefined) {
        const ranks = ranksFromWorst(valuesOf(population, metric), missing);
        worths = rule === 'rank-sum' ? ranks : ranks.map((rank) => Math.log(rank / population.size));
        known.set(key, worths);
      }
      for (let place = 0; place < sums.length; place++) sums[place]! += worths[place]!;
    }
    return sums;
  }
}

function valuesOf({ values }: StudyPopulation, metric: string): Float64Array {
  const found = values.get(metric);
  if (found === undefined) throw new Error(`no scores of ${metric}`);
  return found;
}

/** Values of which larger is better, with the worst where there is none. */
export function worstFilled(values: Float64Array): Float64Array {
  return values.map((value) => (Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value));
}

/** Ranks from 1 for the worst, equals sharing their mean rank; missing values stand where `RankedPopulation` puts them. */
export function ranksFromWorst(values: Float64Array, missing: Recipe['missing']): Float64Array {
  const n = values.length;
  const order = Array.from({ length: n }, (_, place) => place).filter(
    (place) => missing === 'last' || !Number.isNaN(values[place]!),
  );
  const filled = worstFilled(values);
  order.sort((a, b) => (filled[a]! < filled[b]! ? -1 : filled[a]! > filled[b]! ? 1 : 0));
  const ranks = new Float64Array(n).fill((n + 1) / 2);
  const between = n - order.length;
  const middle = (order.length + 1) / 2;
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && filled[order[end]!] === filled[order[start]!]) end++;
    const rank = (start + 1 + end) / 2;
    const moved = between === 0 || rank < middle ? rank : rank === middle ? (n + 1) / 2 : rank + between;
    for (let place = start; place < end; place++) ranks[order[place]!] = moved;
    start = end;
  }
  return ranks;
}

/** Every choice of a number of items, in order. */
export function choicesOf<T>(items: readonly T[], count: number): T[][] {
  if (count === 0) return [[]];
  return items.flatMap((item, place) =>
    choicesOf(items.slice(place + 1), count - 1).map((rest) => [item, ...rest]),
  );
}
