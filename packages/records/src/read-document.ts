import { isRecord, TenasError } from '@tenas/base';
import { type BatchComparison, batchComparisonSchema } from './batch-comparison.js';
import { type BatchRow, isBatchRow, readBatchRow } from './batch-row.js';
import { type BenchDocument, benchDocumentSchema } from './bench-document.js';
import { type Evaluation, evaluationSchema } from './evaluation-document.js';
import { type ExportDocument, exportDocumentSchema } from './export-document.js';
import { parseDocument, RECORD_INVALID } from './parse-document.js';
import { readScoreDocument, readSearchRecord, readTrainingRecord } from './read-record.js';
import type { ScoreDocument } from './score-document.js';
import type { SearchRecord } from './search-record.js';
import { type TaskStudy, taskStudySchema } from './task-study-document.js';
import type { TrainingRecord } from './training-record.js';
import { isScoreDocumentV1 } from './v1/score-document.js';

/** A document, by what it is. */
export type Document =
  | { readonly kind: 'search'; readonly document: SearchRecord }
  | { readonly kind: 'score'; readonly document: ScoreDocument }
  | { readonly kind: 'training'; readonly document: TrainingRecord }
  | { readonly kind: 'export'; readonly document: ExportDocument }
  | { readonly kind: 'evaluation'; readonly document: Evaluation }
  | { readonly kind: 'task-study'; readonly document: TaskStudy }
  | { readonly kind: 'batch-comparison'; readonly document: BatchComparison }
  | { readonly kind: 'bench'; readonly document: BenchDocument }
  | { readonly kind: 'batch-row'; readonly document: BatchRow };

/** The kinds of documents that {@link readDocument} reads, for messages. */
const KNOWN =
  'a record of tenas search or tenas train, what tenas score --json or tenas export --json print, a line of the JSONL of tenas batch export, a document of tenas evaluate, tenas study or tenas batch compare, or a result of npm run bench';

/**
 * Reads any document of tenas, recognised by the fields that only it has; old versions are migrated.
 * @param json what JSON.parse gave
 * @param from where it is from, for messages
 * @throws TenasError `RECORD_INVALID` naming the field that is wrong, or what documents there are
 */
export function readDocument(json: unknown, from: string): Document {
  if (!isRecord(json)) throw unknownDocument(from, 'holds no JSON object');
  if (isBatchRow(json)) return { kind: 'batch-row', document: readBatchRow(json, from) };
  if ('recordVersion' in json || ('rounds' in json && 'strategy' in json)) {
    return { kind: 'search', document: readSearchRecord(json, from) };
  }
  if ('scoreVersion' in json || isScoreDocumentV1(json)) {
    return { kind: 'score', document: readScoreDocument(json, from) };
  }
  if ('trainingVersion' in json) {
    return { kind: 'training', document: readTrainingRecord(json, from) };
  }
  if ('opset' in json && 'out' in json) {
    const kind = 'a document of tenas export';
    return { kind: 'export', document: parseDocument(exportDocumentSchema, json, from, kind) };
  }
  if (json.kind === 'evaluation') {
    const kind = 'a document of tenas evaluate';
    return { kind: 'evaluation', document: parseDocument(evaluationSchema, json, from, kind) };
  }
  if (json.kind === 'task-study') {
    const kind = 'a document of tenas study unnas';
    return { kind: 'task-study', document: parseDocument(taskStudySchema, json, from, kind) };
  }
  if (json.kind === 'batch-comparison') {
    const kind = 'a document of tenas batch compare';
    return {
      kind: 'batch-comparison',
      document: parseDocument(batchComparisonSchema, json, from, kind),
    };
  }
  if ('format' in json && 'machine' in json) {
    const kind = 'a result of a benchmark';
    return { kind: 'bench', document: parseDocument(benchDocumentSchema, json, from, kind) };
  }
  const fields = Object.keys(json).slice(0, 8).join(', ').slice(0, 400) || 'none';
  throw unknownDocument(from, `is none of the results that tenas knows (its fields: ${fields})`);
}

function unknownDocument(from: string, problem: string): TenasError {
  return new TenasError(RECORD_INVALID, `${from}: ${problem}; give ${KNOWN}`, {
    field: 'document',
    value: from,
  });
}
