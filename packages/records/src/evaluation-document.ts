import { z } from 'zod';
import {
  architectureText,
  better,
  byKey,
  count,
  finite,
  type Immutable,
  list,
  name,
  text,
} from './fields.js';

/** Version of the format that evaluations are written in. */
export const EVALUATION_VERSION = 1;

/** A whole space is tens of thousands of architectures. */
const MOST_ARCHITECTURES = 10_000_000;
const MOST_METRICS = 1000;
const MOST_DATASETS = 256;

const estimate = z.object({
  value: finite.nullable(),
  low: finite.nullable(),
  high: finite.nullable(),
});

const correlations = { kendall: estimate, spearman: estimate };

const metric = z.object({
  /** Name of the ranking, e.g. `kappa`, `kappa:median`, `rank(kappa)+rank(regions)`. */
  name: text,
  /** For people; absent: the metric was not known, or it is a way to combine others. */
  title: text.optional(),
  about: text.optional(),
  better,
  source: z.discriminatedUnion(
    'kind',
    [
      /** A column of the scores. */
      z.object({ kind: z.literal('column'), column: text }),
      /** The repeats of a column, aggregated. */
      z.object({ kind: z.literal('repeats'), column: text, aggregation: name }),
      /** Counted on the network to train, as the scores have no column of it. */
      z.object({ kind: z.literal('counted') }),
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
    { error: () => 'column, repeats, counted or combination' },
  ),
  /** Joined architectures that have no value (NaN, infinite, failed): they count as the worst, and as equal. */
  failures: count,
});

const population = z.enum(['all', 'without-none'], { error: () => 'all or without-none' });

const result = z.object({
  /** An accuracy column. */
  dataset: text,
  /** All joined architectures, or those without the operation `none`. */
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
  /** The architecture of the best score; of `tied` equal ones, their mean accuracy and the first. */
  bestRanked: z.object({ accuracy: finite, architecture: architectureText, tied: count }),
  topK: list(z.object({ k: count, best: finite, regret: finite, mean: finite }), 1000),
  expectedBest: list(z.object({ n: count, accuracy: finite, perfect: finite }), 1000),
});

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
    version: z.literal(EVALUATION_VERSION, {
      error: () => `${EVALUATION_VERSION}, the version of evaluations that this tenas reads`,
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
    /** Absent in documents of earlier versions, as are `scales`, `duplicates` and `notes`. */
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
      2 * MOST_DATASETS,
    ),
    /** For each dataset, population and metric. */
    results: list(result, 2 * MOST_DATASETS * MOST_METRICS, 'a list of results'),
    /** The joined data, column by column, for plots. Combinations are ranks among all of these. */
    points: z.object({
      architectures: list(architectureText, MOST_ARCHITECTURES, 'a list of architectures'),
      hasNone: list(z.boolean({ error: () => 'true or false' }), MOST_ARCHITECTURES),
      /** null: the table has none. */
      accuracy: columns(finite.nullable(), MOST_DATASETS),
      values: columns(finite.nullable(), MOST_METRICS),
    }),
  })
  .check(({ value, issues }) => {
    const { architectures, hasNone, accuracy, values } = value.points;
    const all = [
      { path: ['hasNone'], length: hasNone.length },
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
