import { z } from 'zod';
import { amount, architectureText, count, finite, type Immutable, list, name } from '../fields.js';
import { SCORE_VERSION, type ScoreDocument } from '../score-document.js';
import { datasetReferenceSchema, MOST_REPEATS, type Score } from '../scores.js';
import { metricOfV1 } from './metrics.js';

/** The document of `tenas score --json` of 0.1; results of batches are the same without the dataset. */
export const scoreDocumentV1Schema = z.object({
  space: name,
  architecture: architectureText,
  seed: count,
  ntk: z.object({
    mode: name,
    aggregation: name,
    conditionNumber: finite.nullable(),
    conditionNumbers: list(finite.nullable(), MOST_REPEATS, 'a list of numbers'),
    outcomes: list(name, MOST_REPEATS, 'a list of outcomes'),
    eigenvalues: list(finite, 65_536, 'a list of numbers'),
  }),
  regions: finite,
  regionCounts: list(finite, MOST_REPEATS, 'a list of numbers'),
  params: finite,
  flops: finite,
  seconds: z.object({ ntk: amount, regions: amount, total: amount }),
  dataset: datasetReferenceSchema.optional(),
});

/** A document of scores, version 1. */
export type ScoreDocumentV1 = Immutable<z.output<typeof scoreDocumentV1Schema>>;

/** Whether a document is one of scores of version 1, by the fields that only these have. */
export function isScoreDocumentV1(json: object): boolean {
  return 'ntk' in json && 'architecture' in json;
}

/** Makes a document of version 2 from one of version 1. */
export function migrateScoreDocument(document: ScoreDocumentV1): ScoreDocument {
  const { space, architecture, seed, ntk, regions, regionCounts, params, flops, seconds, dataset } = document;
  const { mode, aggregation, conditionNumber, conditionNumbers, outcomes, eigenvalues } = ntk;
  const failed = outcomes.some((outcome) => outcome !== 'ok');
  const counted = (value: number): Score => ({ value, repeats: [], seconds: null });
  return {
    scoreVersion: SCORE_VERSION,
    kind: 'score',
    plugins: [],
    space,
    architecture,
    dataset: dataset ?? null,
    seed,
    repeats: conditionNumbers.length,
    metrics: [
      metricOfV1('ntk', { mode, aggregation }),
      metricOfV1('regions'),
      metricOfV1('params'),
      metricOfV1('macs'),
    ],
    scores: {
      ntk: {
        value: conditionNumbers.every((value) => value === null) ? null : conditionNumber,
        repeats: conditionNumbers,
        failures: failed ? outcomes.map((outcome) => (outcome === 'ok' ? null : outcome)) : undefined,
        seconds: seconds.ntk,
        detail: { eigenvalues },
      },
      regions: { value: regions, repeats: regionCounts, seconds: seconds.regions },
      params: counted(params),
      macs: counted(flops),
    },
    seconds: seconds.total,
  };
}
