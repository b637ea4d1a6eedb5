import type { MissingPolicy } from '@tenas/metrics';
import {
  EVALUATION_VERSION,
  type Evaluation,
  type EvaluationResult,
  MOST_SKIPPED_EXAMPLES,
} from '@tenas/records';
import type { AccuracyTable } from './accuracy-table.js';
import { resamples } from './bootstrap.js';
import { type Combination, combinationsOf, combinedValues } from './combinations.js';
import { isGiven } from './controls.js';
import { Judge } from './judge.js';
import { groupsOf, type Joined, join } from './populations.js';
import { failuresIn, MetricCorrelations, rankedMetric } from './ranked-metric.js';
import type { ScoreMetric, Scores } from './scores.js';

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

/**
 * Judges scores by the accuracies of the trained networks: rank correlations with bootstrap intervals, overall and
 * inside the best; what is found by training the best k; what a search among n random architectures finds.
 *
 * A metric without a value is as bad as can be. The correlations of a metric whose lower values are better are turned
 * round, so that 1 is perfect for all. Where the table has latencies, less is better, and the fields of the document that
 * are called after the accuracy are in ms.
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
  const matrices: Evaluation['correlations'][number][] = [];
  for (const { population, members, datasets } of groups) {
    const values = valuesIn(scores, combinations, members);
    const ranked = metrics.map((metric) => rankedMetric(metric, values.get(metric.name)!));
    const correlations = new MetricCorrelations(members.length);
    const judged = {
      architectures: members.map(({ text }) => text),
      draws: resamples(members.length, count, seed, population),
      correlations,
      given: ranked.filter(({ ordering }, place) => ordering.groups > 1 && isGiven(metrics[place]!, metrics)),
    };
    for (const index of datasets) {
      const dataset = table.datasets[index]!;
      const accuracy = Float64Array.from(members, ({ accuracies }) => accuracies[index]!);
      const judge = new Judge(judged, accuracy, { confidence, count, seed, target: table.target });
      overviews.push({ dataset, population, ...judge.overview() });
      for (const metric of ranked) {
        results.push({ dataset, population, metric: metric.name, ...judge.result(metric) });
        options.onProgress?.(++done, total);
        await pause(options.signal);
      }
    }
    const compared = ranked.filter((_, place) => isCompared(metrics[place]!));
    const kendall: (number | null)[][] = [];
    for (const metric of compared) {
      kendall.push(compared.map((other) => correlations.kendall(metric, other)));
      await pause(options.signal);
    }
    matrices.push({
      population,
      datasets: datasets.map((index) => table.datasets[index]!),
      metrics: compared.map(({ name }) => name),
      kendall,
    });
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
      ...(table.target === 'latency' ? { target: table.target } : {}),
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
    correlations: matrices,
    points: {
      architectures: joined.map(({ text }) => text),
      hasNone: joined.map(({ hasNone }) => hasNone),
      hasUnreachable: joined.map(({ hasUnreachable = false }) => hasUnreachable),
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

/** Leaves room for a signal to be noticed. @throws the signal's reason */
async function pause(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  signal?.throwIfAborted();
}

/** Whether a metric is compared with the others: ways to combine them would say nothing new. */
function isCompared({ source }: ScoreMetric): boolean {
  return source.kind === 'combination' ? source.combination === 'aggregate' : source.kind !== 'repeats';
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
