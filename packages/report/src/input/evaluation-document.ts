import { z } from 'zod';
import { anyText, count, finiteNumber } from './parse-document.js';

const nullable = finiteNumber.nullable();
const estimate = z.object({ value: nullable, low: nullable, high: nullable });
const correlations = { kendall: estimate, spearman: estimate };
const population = z.enum(['all', 'without-none'], { error: () => 'all or without-none' });

const result = z.object({
  dataset: anyText,
  population,
  metric: anyText,
  architectures: count,
  failures: count,
  tiedPairs: finiteNumber,
  ...correlations,
  top: z.array(z.object({ ...correlations, fraction: finiteNumber, architectures: count })),
  bestRanked: z.object({ accuracy: finiteNumber, architecture: anyText, tied: count }),
  topK: z.array(z.object({ k: count, best: finiteNumber, regret: finiteNumber, mean: finiteNumber })),
  expectedBest: z.array(z.object({ n: count, accuracy: finiteNumber, perfect: finiteNumber })),
});

/** What a report reads of a document of `tenas evaluate`. */
export const evaluationSchema = z
  .object({
    kind: z.literal('evaluation'),
    version: z.literal(1, { error: () => '1, the version of evaluations that this tenas reads' }),
    space: anyText,
    scores: z.object({ from: anyText, dataset: anyText.nullable() }),
    table: z.object({ from: anyText }),
    joined: z.object({ architectures: count }),
    bootstrap: z.object({ resamples: count, confidence: finiteNumber }),
    datasets: z.array(anyText),
    metrics: z.array(
      z.object({
        name: anyText,
        better: z.enum(['lower', 'higher'], { error: () => 'lower or higher' }),
        source: z.object({
          kind: anyText,
          combination: anyText.optional(),
          parts: z.array(anyText).optional(),
        }),
      }),
    ),
    populations: z.array(
      z.object({
        dataset: anyText,
        population,
        architectures: count,
        best: z.object({ accuracy: finiteNumber, architecture: anyText }),
        mean: finiteNumber,
      }),
    ),
    results: z.array(result),
    points: z.object({
      architectures: z.array(anyText),
      accuracy: z.record(anyText, z.array(finiteNumber)),
      values: z.record(anyText, z.array(nullable)),
    }),
  })
  .check(({ value, issues }) => {
    const { architectures, accuracy, values } = value.points;
    for (const [field, columns] of Object.entries({ accuracy, values })) {
      for (const [name, column] of Object.entries(columns)) {
        if (column.length === architectures.length) continue;
        issues.push({
          code: 'custom',
          input: value,
          path: ['points', field, name],
          message: `a list of ${architectures.length} values, one for each architecture`,
        });
      }
    }
  });

/** A document of `tenas evaluate`, checked. */
export type Evaluation = z.output<typeof evaluationSchema>;

/** A metric's name for people: `log-ranks: kappa + regions` of a combination. */
export function metricLabel(evaluation: Evaluation, name: string): string {
  const source = evaluation.metrics.find((metric) => metric.name === name)?.source;
  if (source?.parts === undefined) return name;
  return `${source.combination === 'log-rank-sum' ? 'log-ranks' : 'ranks'}: ${source.parts.join(' + ')}`;
}

/** What one metric achieves on one dataset and population. */
export type EvaluationResult = Evaluation['results'][number];
