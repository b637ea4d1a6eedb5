import { z } from 'zod';
import { batchComparisonSchema } from './batch-comparison.js';
import { batchRowSchema } from './batch-row.js';
import { benchDocumentSchema } from './bench-document.js';
import { evaluationSchema } from './evaluation-document.js';
import { exportDocumentSchema, exportFrontSchema } from './export-document.js';
import { latencyDocumentSchema, latencyListSchema } from './latency-document.js';
import { latencyModelSchema } from './latency-model.js';
import { latencyPredictionsSchema } from './latency-predictions.js';
import { pruneDetailSchema } from './prune-detail.js';
import { scoreDocumentSchema } from './score-document.js';
import { scoreLineSchema, scoreRequestSchema } from './score-line.js';
import { searchEventSchema } from './search-event.js';
import { anySearchRecordSchema, searchRecordSchema } from './search-record.js';
import { taskStudySchema } from './task-study-document.js';
import { trainingRecordSchema } from './training-record.js';

const SCHEMAS = {
  'search-record': ['Record of tenas search, of any strategy', anySearchRecordSchema],
  'prune-record': ['Record of the pruning search', searchRecordSchema(pruneDetailSchema)],
  'search-event': ['Line that tenas search --events jsonl writes', searchEventSchema],
  score: ['Document of tenas score', scoreDocumentSchema],
  'score-request': ['Line that tenas score --stdin reads', scoreRequestSchema],
  'score-line': ['Line that tenas score --stdin writes', scoreLineSchema],
  'batch-row': ['Line of the JSONL of tenas batch export', batchRowSchema],
  'batch-comparison': ['Document of tenas batch compare', batchComparisonSchema],
  evaluation: ['Document of tenas evaluate', evaluationSchema],
  training: ['Record of tenas train', trainingRecordSchema],
  export: ['Document of tenas export', exportDocumentSchema],
  'export-front': ['Document of tenas export --front', exportFrontSchema],
  latency: ['Document of tenas latency about one network', latencyDocumentSchema],
  'latency-list': ['Document of tenas latency about several networks', latencyListSchema],
  'latency-predictions': ['Document of tenas latency --model', latencyPredictionsSchema],
  'latency-model': ['Latency model of tenas latency table', latencyModelSchema],
  'task-study': ['Document of tenas study unnas', taskStudySchema],
  bench: ['Result of a benchmark', benchDocumentSchema],
} as const satisfies Readonly<Record<string, readonly [string, z.ZodType]>>;

/** The JSON Schemas (draft 2020-12) of all documents by name; the files in `schemas/` are made of them. */
export function jsonSchemas(): Readonly<Record<string, object>> {
  return Object.fromEntries(
    Object.entries(SCHEMAS).map(([name, [title, schema]]) => [
      name,
      { title, ...z.toJSONSchema(schema, { io: 'input' }) },
    ]),
  );
}
