import { mannWhitney, median } from '@tenas/base';
import { getMetric } from '@tenas/metrics';
import type { NetworkCosts, Space } from '@tenas/spaces';
import { markdownTable } from './text-table.js';

/** A cell that a search found, or a random one that stands beside it; and its scores. */
export interface ComparedCell {
  /** What found it. */
  readonly search: string;
  readonly seed: number;
  readonly kind: 'found' | 'random';
  readonly architecture: string;
  /** By metric; null: no value. */
  readonly scores: Readonly<Record<string, number | null>>;
}

/** How far the parameters of two networks of equal size may be apart, as a share of those of the found one. */
export const EQUAL_SIZE = 0.05;

/** Random architectures that are looked at for one that is large or small enough. */
const MOST_DRAWS = 20_000;
const PORTION = 100;

/**
 * A random architecture of equal size for each found one: the first of a stream of random ones that no other one has and
 * whose parameters, of the network to train, are within {@link EQUAL_SIZE}.
 * @throws Error where there is none among 20,000
 */
export function equalInSize<A extends object>(
  space: Pick<Space<A>, 'sample' | 'format'>,
  costs: NetworkCosts<A>,
  found: readonly A[],
): A[] {
  const sizes = found.map((architecture) => costs.of(architecture).params);
  const others = new Map<number, A>();
  const taken = new Set(found.map((architecture) => space.format(architecture)));
  for (let drawn = 0; drawn < MOST_DRAWS && others.size < found.length; drawn += PORTION) {
    for (const random of space.sample({ count: PORTION, seed: drawn / PORTION })) {
      if (taken.has(space.format(random))) continue;
      const { params } = costs.of(random);
      const place = sizes.findIndex(
        (size, index) => !others.has(index) && Math.abs(params - size) <= EQUAL_SIZE * size,
      );
      if (place < 0) continue;
      others.set(place, random);
      taken.add(space.format(random));
      if (others.size === found.length) break;
    }
  }
  return found.map((architecture, place) => {
    const other = others.get(place);
    if (other !== undefined) return other;
    throw new Error(`no random architecture is as large as ${space.format(architecture)}`);
  });
}

/** How the found cells of one search compare with the random ones by one metric. */
export interface FoundComparison {
  readonly search: string;
  readonly metric: string;
  /** Cells of each kind. */
  readonly cells: number;
  readonly found: number;
  readonly random: number;
  /** Share of all pairs of a found and a random cell in which the found one is better; equal ones count half. */
  readonly share: number;
  /** Probability of a share at least as far from a half, on either side, if both were alike (Mann-Whitney). */
  readonly probability: number;
}

/** Compares found and random cells by every metric. A cell without a value is the worst. */
export function foundComparisons(cells: readonly ComparedCell[]): FoundComparison[] {
  const searches = [...new Set(cells.map(({ search }) => search))];
  return searches.flatMap((search) => {
    const own = cells.filter((cell) => cell.search === search);
    const metrics = [...new Set(own.flatMap(({ scores }) => Object.keys(scores)))];
    return metrics.map((metric) => {
      const lower = getMetric(metric).better === 'lower';
      const worth = (kind: ComparedCell['kind']) =>
        own
          .filter((cell) => cell.kind === kind && metric in cell.scores)
          .map(({ scores }) => {
            const value = scores[metric];
            if (value === null || value === undefined) return Number.NEGATIVE_INFINITY;
            return lower ? -value : value;
          });
      const [found, random] = [worth('found'), worth('random')];
      const { u, twoSided } = mannWhitney(found, random);
      const middle = (values: readonly number[]) => (lower ? -median(values) : median(values));
      return {
        ...{ search, metric, cells: found.length, found: middle(found), random: middle(random) },
        ...{ share: u / (found.length * random.length), probability: twoSided },
      };
    });
  });
}

/** Probabilities below which a difference counts. */
const SIGNIFICANCE = 0.05;

/** The comparisons as a table in Markdown: share of pairs and probability, in bold type where found cells are better. */
export function foundTable(comparisons: readonly FoundComparison[]): string {
  const searches = [...new Set(comparisons.map(({ search }) => search))];
  const metrics = [...new Set(comparisons.map(({ metric }) => metric))];
  const cell = (search: string, metric: string) => {
    const one = comparisons.find((row) => row.search === search && row.metric === metric);
    if (one === undefined) return '-';
    const text = `${one.share.toFixed(2)}, p ${one.probability < 0.001 ? '< 0.001' : one.probability.toFixed(3)}`;
    return one.share > 0.5 && one.probability < SIGNIFICANCE ? `**${text}**` : text;
  };
  return markdownTable(
    ['', ...searches],
    metrics.map((metric) => [`\`${metric}\``, ...searches.map((search) => cell(search, metric))]),
  );
}
