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

/** Random architectures from which those of equal size are chosen: so many, and more as long as one is missing. */
const DRAWN = 4000;
const MORE = 1000;
const MOST_DRAWN = 24_000;

interface Sized<A> {
  readonly architecture: A;
  /** Of the network to train. */
  readonly params: number;
}

/**
 * A random architecture of equal size for each found one: of at least 4,000 random ones, the one with the closest number of
 * parameters in the network to train that no other one has. The largest networks, for which there are the fewest, choose
 * first.
 * @throws Error where none of 24,000 is within {@link EQUAL_SIZE}
 */
export function equalInSize<A extends object>(
  space: Pick<Space<A>, 'sample' | 'format'>,
  costs: NetworkCosts<A>,
  found: readonly A[],
): A[] {
  const sized = (architecture: A): Sized<A> => ({ architecture, params: costs.of(architecture).params });
  const wanted = found.map(sized);
  const taken = new Set(found.map((architecture) => space.format(architecture)));
  const pool: Sized<A>[] = [];
  for (let drawn = 0; drawn < MOST_DRAWN; drawn += MORE) {
    for (const architecture of space.sample({ count: MORE, seed: drawn / MORE })) {
      const text = space.format(architecture);
      if (!taken.has(text)) pool.push(sized(architecture));
      taken.add(text);
    }
    if (drawn + MORE < DRAWN) continue;
    const others = closestOf(wanted, pool);
    if (others !== null) return others;
  }
  throw new Error(`no random architectures are as large as ${found.map(space.format).join(', ')}`);
}

/** The architecture of a pool for each wanted one; null where one has none of equal size. */
function closestOf<A extends object>(wanted: readonly Sized<A>[], pool: readonly Sized<A>[]): A[] | null {
  const left = [...pool];
  const chosen = new Map<Sized<A>, A>();
  for (const one of wanted.toSorted((a, b) => b.params - a.params)) {
    const apart = left.map(({ params }) => Math.abs(params - one.params));
    const closest = apart.indexOf(Math.min(...apart));
    if (closest < 0 || apart[closest]! > EQUAL_SIZE * one.params) return null;
    chosen.set(one, left[closest]!.architecture);
    left.splice(closest, 1);
  }
  return wanted.map((one) => chosen.get(one)!);
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
