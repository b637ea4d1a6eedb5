/**
 * Reports: one self-contained page, or single figures, from the records of searches, scores, batches, evaluations and benchmarks.
 * @packageDocumentation
 */
export { type Figure, standaloneSvg } from './figure.js';
export type { Html } from './html.js';
export { type AccuracyTable, parseAccuracyTable } from './input/accuracy-table.js';
export type { Run } from './input/batch-runs.js';
export type { Bench } from './input/bench-document.js';
export type { Evaluation } from './input/evaluation-document.js';
export type { ExportDocument } from './input/export-document.js';
export { parseResult, type Result, readAccuracyTable, readResult } from './input/read-result.js';
export type { ScoreDocument } from './input/score-document.js';
export type { ActiveOps, SearchRecord } from './input/search-record.js';
export { figurePng } from './png.js';
export { createReport, type Report, type ReportOptions } from './report.js';
