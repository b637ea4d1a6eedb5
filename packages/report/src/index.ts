/**
 * Reports: one self-contained page, or single figures, from the records of searches, scores, batches, evaluations and benchmarks.
 * @packageDocumentation
 */
export { type Figure, standaloneSvg } from './figure.js';
export type { Html } from './html.js';
export { type AccuracyTable, parseAccuracyTable } from './input/accuracy-table.js';
export type { Run, Runs } from './input/batch-runs.js';
export {
  parseResult,
  type Result,
  readAccuracyTable,
  readResult,
  resultOfLines,
} from './input/read-result.js';
export {
  LIVE_PARTS,
  type LivePage,
  type LivePart,
  livePage,
  liveParts,
  liveStatus,
} from './live-page.js';
export type { ChoicesOf, LiveBest, LiveCounts, LiveResult, LiveState } from './live-state.js';
export { type ModelPage, type ModelPageOptions, modelPage } from './model-page.js';
export { figurePng } from './png.js';
export { createReport, type Report } from './report.js';
export type { ReportOptions } from './report-context.js';
export {
  type OfferedMetric,
  type OfferedSpace,
  type OfferedStrategy,
  type SearchPageOptions,
  searchPage,
} from './search-page.js';
export {
  type RankedArchitecture,
  type SearchProgress,
  searchProgressPart,
  searchResultPart,
} from './search-page-parts.js';
