import { z } from 'zod';
import {
  architectureText,
  better,
  byKey,
  count,
  estimate,
  finite,
  type Immutable,
  list,
  name,
  text,
} from './fields.js';

/** Version of the format that evaluations are written in. */
export const EVALUATION_VERSION = 2;

/** A whole space is tens of thousands of architectures. */
const MOST_ARCHITECTURES = 10_000_000;
const MOST_METRICS = 1000;
const MOST_DATASETS = 256;

const correlations = { kendall: estimate, spearman: estimate };

/** From -1 to 1; null: not defined. */
const correlation = finite.nullable();

const metric = z.object({
  /** Name of the ranking, e.g. `kappa`, `kappa:median`, `rank(kappa)+rank(regions)`. */
  name: text,
  /** For people; absent: the metric was not known, or it is a way to combine others. */
  title: text.optional(),
  about: text.optional(),
  better,
  /** true: not a metric to choose but one that others have to beat. */
  control: z.boolean({ error: () => 'true or false' }).optional(),
  source: z.discriminatedUnion(
    'kind',
    [
      /** A column of the scores. */
      z.object({ kind: z.literal('column'), column: text }),
      /** The repeats of a column, aggregated. */
      z.object({ kind: z.literal('repeats'), column: text, aggregation: name }),
      /** Counted on the network to train, as the scores have no column of it. */
      z.object({ kind: z.literal('counted') }),
      /** A random number for each architecture. */
      z.object({ kind: z.literal('random'), seed: count }),
      /**
       * Ranks of other metrics, added: `rank-sum`, or `log-rank-sum` of log(rank from the worst / n); or the aggregate of
       * the metric's name.
       */
      z.object({
        kind: z.literal('combination'),
        combination: z.enum(['rank-sum', 'log-rank-sum', 'aggregate'], {
          error: () => 'rank-sum, log-rank-sum or aggregate',
        }),
        /** Of an aggregate: where architectures stand that have no value by some metric. */
        missing: z.enum(['last', 'median', 'drop'], { error: () => 'last, median or drop' }).optional(),
        parts: list(text, MOST_METRICS, 'a list of metrics'),
      }),
    ],
    { error: () => 'column, repeats, counted, random or combination' },
  ),
  /** Joined architectures that have no value (NaN, infinite, failed): they count as the worst, and as equal. */
  failures: count,
});

/**
 * All joined architectures; those without the operation `none`; those without an operation on no path from the input of
 * its cell to the output.
 */
const population = z.enum(['all', 'without-none', 'without-unreachable'], {
  error: () => 'all, without-none or without-unreachable',
});
/** How many populations there are. */
const POPULATIONS = 3;

const judged = z.object({
  /** An accuracy column. */
  dataset: text,
  population,
  metric: text,
  architectures: count,
  failures: count,
  /** Different values, and pairs of architectures with equal ones. */
  distinct: count,
  tiedPairs: count,
  ...correlations,
  /** The same inside the best by accuracy. */
  top: list(z.object({ ...correlations, fraction: finite, architectures: count }), 64),
  /** The same inside the best tenth by the metric; null in documents of version 1. */
  ownTop: z
    .object({ ...correlations, fraction: finite, architectures: count })
    .nullable()
    .default(null),
  /** Normalised discounted cumulative gain of the k best-ranked; empty in version 1, as the lists below. */
  ndcg: list(z.object({ k: count, value: finite.nullable() }), 64).default([]),
  /** Share of the best by the metric that is among the best by accuracy; null: the fraction is no architecture. */
  precisionTop: list(
    z.object({ fraction: finite, architectures: count, value: finite.nullable() }),
    64,
  ).default([]),
  /** Correlations with the part of the `given` metrics taken out. */
  partial: z
    .object({ given: list(text, MOST_METRICS), spearman: correlation, kendall: correlation })
    .default({ given: [], spearman: null, kendall: null }),
  /** The architecture of the best score; of `tied` equal ones, their mean accuracy and the first. */
  bestRanked: z.object({ accuracy: finite, architecture: architectureText, tied: count }),
  topK: list(z.object({ k: count, best: finite, regret: finite, mean: finite }), 1000),
  /** The regrets of `topK` as a curve up to all architectures. */
  regret: list(z.object({ k: count, regret: finite }), 1000).default([]),
  expectedBest: list(z.object({ n: count, accuracy: finite, perfect: finite }), 1000),
});

/** Figures of a result in short, for readers who want one number each. */
const summary = z.object({
  /** The value of `kendall`, and its interval; null: not defined. */
  tau: correlation,
  interval: z.tuple([finite, finite]).nullable(),
  /** The value of `kendall` inside the best tenth by accuracy, and inside the best tenth by the metric. */
  tauTop: correlation,
  tauOwnTop: correlation,
});

type Summary = z.output<typeof summary>;

/** Share of the architectures that counts as the top. */
const TOP = 0.1;

/** The figures of a result in short. */
export function summaryOf({
  kendall,
  top,
  ownTop,
}: Immutable<Pick<z.output<typeof judged>, 'kendall' | 'top' | 'ownTop'>>): Summary {
  const { value, low, high } = kendall;
  return {
    tau: value,
    interval: low === null || high === null ? null : [low, high],
    tauTop: top.find(({ fraction }) => fraction === TOP)?.kendall.value ?? null,
    tauOwnTop: ownTop?.kendall.value ?? null,
  };
}

/** Documents of version 1 lack the figures in short: they follow from the others. */
const result = judged
  .extend(summary.partial().shape)
  .transform((one): z.output<typeof judged> & Summary => ({ ...one, ...summaryOf(one) }));

/** Examples of rows that were left out. */
export const MOST_SKIPPED_EXAMPLES = 10;

const skipped = z.object({
  /** Rows of the scores and of the table that could not be read, in all. */
  count,
  /** The first ones: at most five of each file. */
  examples: list(
    z.object({ from: text, line: count, text, why: text }),
    MOST_SKIPPED_EXAMPLES,
    'a list of rows',
  ),
});

const duplicates = z.object({
  /** Architectures that stand in several rows, whose accuracies were averaged, and their rows. */
  architectures: count,
  rows: count,
  /** Largest difference between two accuracies of one architecture, as they stand in the table. */
  largestDifference: finite,
});

const columns = <S extends z.ZodType>(value: S, most: number) =>
  byKey(text, list(value, MOST_ARCHITECTURES, 'a list of numbers'), most, 'an object of lists by column');

/** The document of `tenas evaluate`; it needs no other file. */
export const evaluationSchema = z
  .object({
    kind: z.literal('evaluation', { error: () => 'evaluation' }),
    version: z.literal([1, EVALUATION_VERSION], {
      error: () => `1 or ${EVALUATION_VERSION}, the versions of evaluations that this tenas reads`,
    }),
    space: name,
    scores: z.object({
      from: text,
      rows: count,
      architectures: count,
      /** Rows joined to an earlier row of the same architecture, their repeats pooled. */
      pooled: count,
      /** The images that were scored on, where the scores say. */
      dataset: text.nullable(),
    }),
    table: z.object({
      from: text,
      /**
       * Absent: accuracies. Else the columns have latencies in ms, of which less is better: what is called accuracy in
       * this document is a latency then.
       */
      target: z.literal('latency', { error: () => 'latency, or nothing for accuracies' }).optional(),
      /** Architectures with accuracies. */
      rows: count,
      /** Several columns are joined by `,`. */
      architectureColumn: text,
      /** What the numbers of each column of accuracies were taken for; fractions are percent in this document. */
      scales: list(
        z.enum(['percent', 'fraction', 'other'], { error: () => 'percent, fraction or other' }),
        MOST_DATASETS,
      ).optional(),
      duplicates: duplicates.optional(),
    }),
    /** Absent in early documents of version 1, as are `scales`, `duplicates` and `notes`. */
    skipped: skipped.optional(),
    /** What was assumed, averaged and found missing, as sentences. */
    notes: list(text, 10_000, 'a list of texts').optional(),
    joined: z.object({
      architectures: count,
      /** Scored, but not in the table; and in the table, but not scored. */
      onlyScored: count,
      onlyInTable: count,
    }),
    bootstrap: z.object({ resamples: count, confidence: finite, seed: count }),
    datasets: list(text, MOST_DATASETS, 'a list of datasets'),
    metrics: list(metric, MOST_METRICS, 'a list of metrics'),
    populations: list(
      z.object({
        dataset: text,
        population,
        architectures: count,
        best: z.object({ accuracy: finite, architecture: architectureText }),
        mean: finite,
      }),
      POPULATIONS * MOST_DATASETS,
    ),
    /** For each dataset, population and metric. */
    results: list(result, POPULATIONS * MOST_DATASETS * MOST_METRICS, 'a list of results'),
    /**
     * Kendall's tau-b of metrics with each other, [metrics][metrics], for each population: for all datasets of which the
     * same architectures have accuracies. Signs are turned so that 1 is the same order, best first. Empty in version 1.
     */
    correlations: list(
      z.object({
        population,
        datasets: list(text, MOST_DATASETS, 'a list of datasets'),
        metrics: list(text, MOST_METRICS, 'a list of metrics'),
        kendall: list(list(correlation, MOST_METRICS, 'a list of numbers'), MOST_METRICS, 'a list of lists'),
      }),
      POPULATIONS * MOST_DATASETS,
    ).default([]),
    /** The joined data, column by column, for plots. Combinations are ranks among all of these. */
    points: z.object({
      architectures: list(architectureText, MOST_ARCHITECTURES, 'a list of architectures'),
      hasNone: list(z.boolean({ error: () => 'true or false' }), MOST_ARCHITECTURES),
      /** Absent in version 1. */
      hasUnreachable: list(z.boolean({ error: () => 'true or false' }), MOST_ARCHITECTURES).optional(),
      /** null: the table has none. */
      accuracy: columns(finite.nullable(), MOST_DATASETS),
      values: columns(finite.nullable(), MOST_METRICS),
    }),
  })
  .check(({ value, issues }) => {
    const { architectures, hasNone, hasUnreachable, accuracy, values } = value.points;
    const all = [
      { path: ['hasNone'], length: hasNone.length },
      ...(hasUnreachable === undefined ? [] : [{ path: ['hasUnreachable'], length: hasUnreachable.length }]),
      ...Object.entries({ accuracy, values }).flatMap(([field, named]) =>
        Object.entries(named).map(([column, items]) => ({ path: [field, column], length: items.length })),
      ),
    ];
    for (const { path, length } of all) {
      if (length === architectures.length) continue;
      issues.push({
        code: 'custom',
        input: value,
        path: ['points', ...path],
        message: `a list of ${architectures.length} values, one for each architecture`,
      });
    }
  });

/** The document of an evaluation. */
export type Evaluation = Immutable<z.output<typeof evaluationSchema>>;
/** The results of one metric on one dataset and population. */
export type EvaluationResult = Evaluation['results'][number];
/** One metric of an evaluation. */
export type EvaluatedMetric = Evaluation['metrics'][number];
