import { z } from 'zod';

/** Version of the document's format. */
export const EVALUATION_VERSION = 1;

const estimate = z.object({
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
});

const correlations = z.object({ kendall: estimate, spearman: estimate });

const metric = z.object({
  /** What results refer to, e.g. `kappa`, `kappa:median`, `rank(kappa)+rank(regions)`. */
  name: z.string(),
  better: z.enum(['lower', 'higher']),
  source: z.discriminatedUnion('kind', [
    /** A column of the scores. */
    z.object({ kind: z.literal('column'), column: z.string() }),
    /** The repeats of a column, aggregated. */
    z.object({ kind: z.literal('repeats'), column: z.string(), aggregation: z.string() }),
    /** Ranks of other metrics, added: `rank-sum`, or `log-rank-sum` of log(rank from the worst / n). */
    z.object({
      kind: z.literal('combination'),
      combination: z.enum(['rank-sum', 'log-rank-sum']),
      parts: z.array(z.string()),
    }),
  ]),
  /** Joined architectures that have no value (NaN, infinite, failed): they count as the worst, and as equal. */
  failures: z.number().int(),
});

const result = z.object({
  /** An accuracy column. */
  dataset: z.string(),
  /** All joined architectures, or those without the operation `none`. */
  population: z.enum(['all', 'without-none']),
  metric: z.string(),
  architectures: z.number().int(),
  failures: z.number().int(),
  /** Different values, and pairs of architectures with equal ones. */
  distinct: z.number().int(),
  tiedPairs: z.number().int(),
  ...correlations.shape,
  /** The same inside the best by accuracy. */
  top: z.array(correlations.extend({ fraction: z.number(), architectures: z.number().int() })),
  /** The architecture of the best score; of `tied` equal ones, their mean accuracy and the first. */
  bestRanked: z.object({ accuracy: z.number(), architecture: z.string(), tied: z.number().int() }),
  topK: z.array(z.object({ k: z.number().int(), best: z.number(), regret: z.number(), mean: z.number() })),
  expectedBest: z.array(z.object({ n: z.number().int(), accuracy: z.number(), perfect: z.number() })),
});

const population = z.object({
  dataset: z.string(),
  population: z.enum(['all', 'without-none']),
  architectures: z.number().int(),
  best: z.object({ accuracy: z.number(), architecture: z.string() }),
  mean: z.number(),
});

/** What `tenas evaluate` says: a document that reads by itself. */
export const evaluationSchema = z.object({
  kind: z.literal('evaluation'),
  version: z.literal(EVALUATION_VERSION),
  space: z.string(),
  scores: z.object({
    from: z.string(),
    rows: z.number().int(),
    architectures: z.number().int(),
    /** Rows joined to an earlier row of the same architecture, their repeats pooled. */
    pooled: z.number().int(),
    /** The images that were scored on, where the scores say. */
    dataset: z.string().nullable(),
  }),
  table: z.object({ from: z.string(), rows: z.number().int(), architectureColumn: z.string() }),
  joined: z.object({
    architectures: z.number().int(),
    /** Scored, but not in the table; and in the table, but not scored. */
    onlyScored: z.number().int(),
    onlyInTable: z.number().int(),
  }),
  bootstrap: z.object({
    resamples: z.number().int(),
    confidence: z.number(),
    seed: z.number().int(),
  }),
  datasets: z.array(z.string()),
  metrics: z.array(metric),
  populations: z.array(population),
  /** For each dataset, population and metric. */
  results: z.array(result),
  /** What was joined, column by column, for plots. Combinations are ranks among all of these. */
  points: z.object({
    architectures: z.array(z.string()),
    hasNone: z.array(z.boolean()),
    accuracy: z.record(z.string(), z.array(z.number())),
    values: z.record(z.string(), z.array(z.number().nullable())),
  }),
});

/** The document of an evaluation. */
export type Evaluation = z.output<typeof evaluationSchema>;
/** What one metric achieves on one dataset and population. */
export type EvaluationResult = Evaluation['results'][number];
/** One metric of an evaluation. */
export type EvaluatedMetric = Evaluation['metrics'][number];
