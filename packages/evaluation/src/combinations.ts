import { TenasError } from '@tenas/base';
import {
  type AggregatePreset,
  getPreset,
  listPresets,
  type MissingPolicy,
  metricsOfPreset,
  RankedPopulation,
  rankingOf,
} from '@tenas/metrics';
import { metricOfColumn } from '@tenas/records';
import { ranksFromBest } from './ranks.js';
import type { ScoreMetric, Scores } from './scores.js';

/** How ranks are added. */
type SumKind = 'rank-sum' | 'log-rank-sum';

/** A metric that is made of others: their ranks added (lower is better), or a named aggregate (higher is better). */
export interface Combination extends ScoreMetric {
  readonly source: Extract<ScoreMetric['source'], { kind: 'combination' }>;
}

function combination(kind: SumKind, parts: readonly string[]): Combination {
  const word = kind === 'rank-sum' ? 'rank' : 'log-rank';
  return {
    name: parts.map((part) => `${word}(${part})`).join('+'),
    better: 'lower',
    source: { kind: 'combination', combination: kind, parts: [...parts] },
  };
}

/** A named aggregate. @throws TenasError `COMBINATION_INVALID` where the scores lack one of its metrics */
function aggregate(preset: AggregatePreset, metrics: Scores['metrics'], missing: MissingPolicy): Combination {
  const { name, title } = preset;
  const wanted = metricsOfPreset(preset);
  const parts = wanted.map((metric) => {
    const part = metrics.find((one) => one.source.kind !== 'repeats' && metricOfColumn(one.name) === metric);
    if (part !== undefined) return part.name;
    throw new TenasError(
      'COMBINATION_INVALID',
      `combination ${name}: it needs ${wanted.join(', ')}, and the scores have no ${metric}; score with --metrics ${name}`,
      { field: 'combine', value: name },
    );
  });
  return {
    ...{ name, title, better: 'higher' },
    source: { kind: 'combination', combination: 'aggregate', missing, parts },
  };
}

/** Most metrics of which all subsets are combined (subsets double with each); more are only combined all together. */
const MOST_CHOICES = 3;

/** Most metrics that are combined unasked: names of more would fill lines. */
const MOST_COMBINED = 5;

/**
 * Combinations of metrics, by both kinds of sum, and named aggregates.
 * @param given lists of names, or the name of an aggregate as a list; default: every choice of at least two of those in `combined`, all of them if they are four
 * or five, none if they are more
 * @param missing where aggregates put architectures without some value; default `last`
 * @throws TenasError `COMBINATION_INVALID` for a name that is no metric, or an aggregate whose metrics are not all there
 */
export function combinationsOf(
  { metrics, combined }: Pick<Scores, 'metrics' | 'combined'>,
  given?: readonly (readonly string[])[],
  missing: MissingPolicy = 'last',
): Combination[] {
  const names = metrics.map(({ name }) => name);
  const presets = listPresets().map(({ name }) => name);
  for (const parts of given ?? []) {
    if (presets.includes(parts.join('+'))) continue;
    const unknown = parts.find((part) => !names.includes(part));
    if (unknown !== undefined || parts.length < 2) {
      throw new TenasError(
        'COMBINATION_INVALID',
        `combination ${parts.join('+')}: ${unknown === undefined ? 'two metrics or more are needed' : `'${unknown}' is no metric`}; the metrics are ${names.join(', ')}, the aggregates ${presets.join(', ')}`,
        { field: 'combine', value: parts.join('+') },
      );
    }
  }
  const lists = given ?? unasked(combined);
  return lists.flatMap((parts) => {
    const name = parts.join('+');
    if (presets.includes(name)) return [aggregate(getPreset(name), metrics, missing)];
    return [combination('rank-sum', parts), combination('log-rank-sum', parts)];
  });
}

function unasked(names: readonly string[]): readonly (readonly string[])[] {
  if (names.length > MOST_COMBINED) return [];
  return names.length > MOST_CHOICES ? [names] : choices(names);
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
 * good at another (as in AZ-NAS, Lee and Ham, CVPR 2024). An aggregate: see `RankedPopulation` of @tenas/metrics; those that
 * it drops are infinitely bad.
 *
 * @param valuesOf a metric's values, failures infinitely bad
 */
export function combinedValues(
  { name, source }: Combination,
  valuesOf: (name: string) => { readonly values: ArrayLike<number>; readonly better: 'lower' | 'higher' },
): Float64Array {
  if (source.combination === 'aggregate') {
    const columns = source.parts.map((part) => [metricOfColumn(part), valuesOf(part).values] as const);
    return aggregatedValues(new RankedPopulation(rankingOf(getPreset(name), source.missing)), columns);
  }
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

/** What each item is worth in the population of all. @param columns values by the name of a metric, not finite: missing */
function aggregatedValues(
  population: RankedPopulation,
  columns: readonly (readonly [string, ArrayLike<number>])[],
): Float64Array {
  const items = columns[0]?.[1].length ?? 0;
  for (let item = 0; item < items; item++) {
    const scores = columns.map(([metric, values]) => {
      const value = values[item]!;
      return [metric, { value: Number.isFinite(value) ? value : null }] as const;
    });
    population.add(Object.fromEntries(scores));
  }
  return Float64Array.from({ length: items }, (_, item) => population.worth(item));
}
