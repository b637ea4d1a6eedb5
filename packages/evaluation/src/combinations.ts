import { TenasError } from '@tenas/base';
import { ranksFromBest } from './ranks.js';
import type { ScoreMetric, Scores } from './scores.js';

/** How ranks are added. */
export type CombinationKind = 'rank-sum' | 'log-rank-sum';

/** A metric that adds the ranks of others. Lower is better for both kinds. */
export interface Combination extends ScoreMetric {
  readonly source: Extract<ScoreMetric['source'], { kind: 'combination' }>;
}

function combination(kind: CombinationKind, parts: readonly string[]): Combination {
  const word = kind === 'rank-sum' ? 'rank' : 'log-rank';
  return {
    name: parts.map((part) => `${word}(${part})`).join('+'),
    better: 'lower',
    source: { kind: 'combination', combination: kind, parts: [...parts] },
  };
}

/** Most metrics of which all subsets are combined (subsets double with each); more are only combined all together. */
const MOST_CHOICES = 3;

/**
 * Combinations of metrics, by both kinds of sum.
 * @param given lists of names; default: every choice of at least two of those in `combined`, or all of them if they are
 * more than three
 * @throws TenasError `COMBINATION_INVALID` for a name that is no metric
 */
export function combinationsOf(
  { metrics, combined }: Pick<Scores, 'metrics' | 'combined'>,
  given?: readonly (readonly string[])[],
): Combination[] {
  const names = metrics.map(({ name }) => name);
  for (const parts of given ?? []) {
    const unknown = parts.find((part) => !names.includes(part));
    if (unknown !== undefined || parts.length < 2) {
      throw new TenasError(
        'COMBINATION_INVALID',
        `combination ${parts.join('+')}: ${unknown === undefined ? 'two metrics or more are needed' : `'${unknown}' is no metric`}; the metrics are ${names.join(', ')}`,
        { field: 'combine', value: parts.join('+') },
      );
    }
  }
  const lists = given ?? (combined.length > MOST_CHOICES ? [combined] : choices(combined));
  return lists.flatMap((parts) => [combination('rank-sum', parts), combination('log-rank-sum', parts)]);
}

/** Every choice of at least two, shorter ones first. */
function choices(names: readonly string[]): string[][] {
  return Array.from({ length: 2 ** names.length }, (_, bits) =>
    names.filter((_name, index) => (bits >> index) & 1),
  )
    .filter(({ length }) => length > 1)
    .sort((a, b) => a.length - b.length);
}

/**
 * Values of a combination among some architectures. `rank-sum`: ranks from the best, added. `log-rank-sum`: logarithms
 * of the ranks from the worst over their number, added and turned round: being bad at one thing weighs more than being
 * good at another (as in AZ-NAS, Lee and Ham, CVPR 2024).
 *
 * @param valuesOf a metric's values, failures infinitely bad
 */
export function combinedValues(
  { source }: Combination,
  valuesOf: (name: string) => { readonly values: ArrayLike<number>; readonly better: 'lower' | 'higher' },
): Float64Array {
  const ranks = source.parts.map((part) => {
    const { values, better } = valuesOf(part);
    return ranksFromBest(values, better);
  });
  const items = ranks[0]?.length ?? 0;
  return Float64Array.from({ length: items }, (_, item) =>
    ranks.reduce((sum, of) => {
      const rank = of[item]!;
      return sum + (source.combination === 'rank-sum' ? rank : -Math.log((items + 1 - rank) / items));
    }, 0),
  );
}
