import { mean, plural, TenasError } from '@tenas/base';
import type { MissingPolicy } from '@tenas/metrics';
import {
  EVALUATION_VERSION,
  type Evaluation,
  type EvaluationResult,
  MOST_SKIPPED_EXAMPLES,
} from '@tenas/records';
import type { AccuracyTable } from './accuracy-table.js';
import { bootstrapped, type Resamples, resamples } from './bootstrap.js';
import { type Combination, combinationsOf, combinedValues } from './combinations.js';
import { kendallTauB, orderedPair, spearmanRho, tiedPairs } from './correlation.js';
import { type Ordering, orderingOf, unitWeights } from './ranks.js';
import type { ScoredArchitecture, ScoreMetric, Scores } from './scores.js';
import { expectedBest, tieGroups, topK } from './selection.js';

/** The scores to evaluate, and how precisely. */
export interface EvaluateOptions {
  readonly space: string;
  readonly scores: Scores;
  readonly table: AccuracyTable;
  /** Metrics whose ranks are added, or the name of an aggregate as a list; default: see {@link combinationsOf}. */
  readonly combine?: readonly (readonly string[])[] | undefined;
  /** Where aggregates put architectures without some value. Default `last`. */
  readonly missing?: MissingPolicy | undefined;
  /** Bootstrap resamples, default 500; 0: no confidence intervals. */
  readonly resamples?: number | undefined;
  /** Default 0.95. */
  readonly confidence?: number | undefined;
  /** Seed of the bootstrap; default 0. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each dataset, population and metric. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

type Population = EvaluationResult['population'];

/** Shares of the architectures, best by accuracy, inside of which metrics are judged again. */
const TOP_FRACTIONS: readonly number[] = [0.1, 0.01];
const KS: readonly number[] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];
const NS: readonly number[] = [2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

/** A joined architecture: its scores and its accuracies. */
interface Joined extends ScoredArchitecture {
  readonly accuracies: readonly (number | null)[];
}

/** Architectures to judge metrics on, and the datasets for which these are the ones. */
interface Group {
  readonly population: Population;
  readonly members: readonly Joined[];
  /** Places of datasets. */
  readonly datasets: readonly number[];
}

/**
 * Judges scores by the accuracies of the trained networks: rank correlations with bootstrap intervals, overall and
 * inside the best; what is found by training the best k; what a search among n random architectures finds.
 *
 * A metric without a value is as bad as can be. The correlations of a metric whose lower values are better are turned
 * round, so that 1 is perfect for all.
 *
 * @throws TenasError `NOTHING_JOINED` where fewer than two architectures have both scores and accuracies;
 * `COMBINATION_INVALID`; the signal's reason
 */
export async function evaluateScores(options: EvaluateOptions): Promise<Evaluation> {
  const { scores, table, resamples: count = 500, confidence = 0.95, seed = 0 } = options;
  const joined = join(scores, table);
  const combinations = combinationsOf(scores, options.combine, options.missing);
  const metrics: (ScoreMetric | Combination)[] = [...scores.metrics, ...combinations];
  const notes: string[] = [];
  const groups = groupsOf(joined, table, notes);
  const total = groups.reduce((sum, { datasets }) => sum + datasets.length, 0) * metrics.length;
  let done = 0;
  const results: EvaluationResult[] = [];
  const overviews: Evaluation['populations'][number][] = [];
  for (const { population, members, datasets } of groups) {
    const values = valuesIn(scores, combinations, members);
    const draws = resamples(members.length, count, seed, population);
    for (const index of datasets) {
      const dataset = table.datasets[index]!;
      const accuracy = Float64Array.from(members, ({ accuracies }) => accuracies[index]!);
      const judge = new Judge(members, accuracy, draws, { confidence, count, seed });
      overviews.push({ dataset, population, ...judge.overview() });
      for (const { name, better } of metrics) {
        const result = judge.result(values.get(name)!, better);
        results.push({ dataset, population, metric: name, ...result });
        options.onProgress?.(++done, total);
        // Leaves room for a signal to be noticed.
        await new Promise((resolve) => setImmediate(resolve));
        options.signal?.throwIfAborted();
      }
    }
  }
  const everywhere = valuesIn(scores, combinations, joined);
  return {
    kind: 'evaluation',
    version: EVALUATION_VERSION,
    space: options.space,
    scores: {
      from: scores.from,
      rows: scores.rows,
      architectures: scores.architectures.length,
      pooled: scores.pooled,
      dataset: scores.dataset,
    },
    table: {
      from: table.from,
      rows: table.accuracies.size,
      architectureColumn: table.architectureColumn,
      scales: [...table.scales],
      duplicates: table.duplicates,
    },
    skipped: {
      count: scores.skipped.length + table.skipped.length,
      examples: [scores.skipped, table.skipped].flatMap((rows) => rows.slice(0, MOST_SKIPPED_EXAMPLES / 2)),
    },
    notes: [...scores.notes, ...table.notes, ...notes],
    joined: {
      architectures: joined.length,
      onlyScored: scores.architectures.length - joined.length,
      onlyInTable: table.accuracies.size - joined.length,
    },
    bootstrap: { resamples: count, confidence, seed },
    datasets: [...table.datasets],
    metrics: metrics.map((metric) => ({ ...metric, failures: failuresIn(everywhere.get(metric.name)!) })),
    populations: overviews,
    results,
    points: {
      architectures: joined.map(({ text }) => text),
      hasNone: joined.map(({ hasNone }) => hasNone),
      accuracy: Object.fromEntries(
        table.datasets.map((dataset, index) => [dataset, joined.map(({ accuracies }) => accuracies[index]!)]),
      ),
      values: Object.fromEntries(
        [...everywhere].map(([name, values]) => [
          name,
          Array.from(values, (value) => (Number.isFinite(value) ? value : null)),
        ]),
      ),
    },
  };
}

function join(scores: Scores, table: AccuracyTable): Joined[] {
  const joined = scores.architectures.flatMap((scored) => {
    const accuracies = table.accuracies.get(scored.text);
    return accuracies === undefined ? [] : [{ ...scored, accuracies }];
  });
  if (joined.length < 2) {
    throw new TenasError(
      'NOTHING_JOINED',
      `${joined.length} of the ${scores.architectures.length} architectures of ${scores.from} are in ${table.from}; at least 2 are needed${leftOutText(scores)}${leftOutText(table)}`,
      { field: 'table', value: table.from },
    );
  }
  return joined;
}

/** Says how many rows of a file were left out, and why the first one. */
function leftOutText({ from, skipped }: Scores | AccuracyTable): string {
  const [first] = skipped;
  if (first === undefined) return '';
  return `; ${plural(skipped.length, 'row')} of ${from} left out, the first in line ${first.line}: ${first.why}`;
}

/**
 * All architectures that have an accuracy, and those of them without `none`, where that is another set of at least two:
 * once for all datasets of which the same architectures have accuracies.
 * @param notes takes what is said of datasets that cannot be judged
 */
function groupsOf(joined: readonly Joined[], { datasets }: AccuracyTable, notes: string[]): Group[] {
  const groups: { members: readonly Joined[]; datasets: number[] }[] = [];
  for (const [index, dataset] of datasets.entries()) {
    const members = joined.filter(({ accuracies }) => accuracies[index] !== null);
    if (members.length < 2) {
      notes.push(`${dataset}: not judged, for ${plural(members.length, 'scored architecture')} have a value`);
      continue;
    }
    const same = groups.find(
      (group) =>
        group.members.length === members.length && group.members.every((one, at) => one === members[at]),
    );
    if (same === undefined) groups.push({ members, datasets: [index] });
    else same.datasets.push(index);
  }
  if (groups.length === 0) {
    throw new TenasError(
      'NOTHING_JOINED',
      `no column of accuracies has values of at least 2 scored architectures: ${notes.join('; ')}`,
      { field: 'accuracy' },
    );
  }
  const all = groups.map((group): Group => ({ population: 'all', ...group }));
  const without = groups.flatMap((group): Group[] => {
    const members = group.members.filter(({ hasNone }) => !hasNone);
    if (members.length === group.members.length || members.length < 2) return [];
    return [{ population: 'without-none', members, datasets: group.datasets }];
  });
  return [...all, ...without];
}

/** Values of all metrics among some architectures; failures are infinitely bad. */
function valuesIn(
  scores: Scores,
  combinations: readonly Combination[],
  members: readonly Joined[],
): Map<string, Float64Array> {
  const values = new Map<string, Float64Array>();
  const better = new Map(scores.metrics.map((metric) => [metric.name, metric.better]));
  for (const [index, metric] of scores.metrics.entries()) {
    const worst = metric.better === 'lower' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    values.set(
      metric.name,
      Float64Array.from(members, (member) => member.values[index] ?? worst),
    );
  }
  for (const combination of combinations) {
    values.set(
      combination.name,
      combinedValues(combination, (name) => ({ values: values.get(name)!, better: better.get(name)! })),
    );
  }
  return values;
}

function failuresIn(values: Float64Array): number {
  return values.reduce((sum, value) => sum + (Number.isFinite(value) ? 0 : 1), 0);
}

/** The best by accuracy: an order of their own, and resamples of their own. */
interface TopSlice {
  readonly fraction: number;
  readonly items: readonly number[];
  readonly accuracy: Ordering;
  readonly draws: Resamples;
}

/** Judges metrics on one dataset and population. */
class Judge {
  readonly #members: readonly Joined[];
  readonly #accuracy: Float64Array;
  readonly #ordering: Ordering;
  readonly #draws: Resamples;
  readonly #confidence: number;
  readonly #tops: readonly TopSlice[];

  constructor(
    members: readonly Joined[],
    accuracy: Float64Array,
    draws: Resamples,
    bootstrap: { readonly confidence: number; readonly count: number; readonly seed: number },
  ) {
    this.#members = members;
    this.#accuracy = accuracy;
    this.#ordering = orderingOf(accuracy);
    this.#draws = draws;
    this.#confidence = bootstrap.confidence;
    const best = tieGroups(accuracy, 'higher').flat();
    this.#tops = TOP_FRACTIONS.map((fraction) => {
      const items = best.slice(0, Math.round(members.length * fraction));
      return {
        fraction,
        items,
        accuracy: orderingOf(items.map((item) => accuracy[item]!)),
        draws: resamples(items.length, bootstrap.count, bootstrap.seed, 'top', fraction),
      };
    });
  }

  overview(): Omit<Evaluation['populations'][number], 'dataset' | 'population'> {
    const best = tieGroups(this.#accuracy, 'higher')[0]![0]!;
    return {
      architectures: this.#members.length,
      best: { accuracy: this.#accuracy[best]!, architecture: this.#members[best]!.text },
      mean: mean(Array.from(this.#accuracy)),
    };
  }

  result(
    values: Float64Array,
    better: 'lower' | 'higher',
  ): Omit<EvaluationResult, 'dataset' | 'population' | 'metric'> {
    const upwards = better === 'lower' ? values.map((value) => -value) : values;
    const ordering = orderingOf(upwards);
    const groups = tieGroups(upwards, 'higher');
    const first = groups[0]!;
    return {
      architectures: values.length,
      failures: failuresIn(values),
      distinct: ordering.groups,
      tiedPairs: tiedPairs(ordering, unitWeights(values.length)),
      ...this.#correlations(ordering, this.#ordering, this.#draws),
      top: this.#tops.map(({ fraction, items, accuracy, draws }) => ({
        fraction,
        architectures: items.length,
        ...this.#correlations(orderingOf(items.map((item) => upwards[item]!)), accuracy, draws),
      })),
      bestRanked: {
        accuracy: mean(first.map((item) => this.#accuracy[item]!)),
        architecture: this.#members[first[0]!]!.text,
        tied: first.length,
      },
      topK: topK(groups, this.#accuracy, KS),
      expectedBest: expectedBest(groups, this.#accuracy, NS),
    };
  }

  #correlations(x: Ordering, y: Ordering, draws: Resamples) {
    const pair = orderedPair(x, y);
    const once = unitWeights(x.group.length);
    const estimate = (statistic: typeof kendallTauB) =>
      bootstrapped((weights) => statistic(pair, weights), once, draws, this.#confidence);
    return { kendall: estimate(kendallTauB), spearman: estimate(spearmanRho) };
  }
}
