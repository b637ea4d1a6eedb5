/**
 * Everything that tenas writes and reads: schemas of records and documents, their migrations from earlier versions, CSV
 * in and out.
 * @packageDocumentation
 */
export { type AgentsDetail, agentsDetailOf, agentsDetailSchema } from './agents-detail.js';
export {
  BATCH_COMPARISON_VERSION,
  type BatchComparison,
  batchComparisonSchema,
  type PairedSettings,
  type PairedValues,
} from './batch-comparison.js';
export { type BatchRow, batchRowSchema, readBatchRow } from './batch-row.js';
export {
  BENCH_FORMAT,
  type BenchDocument,
  type BenchRow,
  benchDocumentSchema,
} from './bench-document.js';
export { BENCH_TEXT_FORMATS, type BenchTextFormat, benchText } from './bench-text.js';
export { type AccuracyColumns, ARCHITECTURE_COLUMNS, accuracyColumns } from './csv/accuracy-columns.js';
export { cellError, columnList, columnOf, isMissing, numberIn, numberOrNullIn } from './csv/cells.js';
export type { Delimiter } from './csv/dialect.js';
export {
  type BrokenRow,
  type CsvRow,
  type CsvTable,
  isBinary,
  type ReadCsvOptions,
  readCsv,
} from './csv/read-csv.js';
export { type CsvCell, csvLines, csvRow, csvText, type WriteCsvOptions } from './csv/write-csv.js';
export { type DatasetUse, datasetText, distinctDatasetTexts, type NamedDataset } from './dataset-text.js';
export { type Choice, choiceSchema, type Domain, domainSchema } from './domain.js';
export {
  EVALUATION_VERSION,
  type EvaluatedMetric,
  type Evaluation,
  type EvaluationResult,
  evaluationSchema,
  MOST_SKIPPED_EXAMPLES,
  summaryOf,
} from './evaluation-document.js';
export {
  type ExportDocument,
  type ExportFront,
  exportDocumentSchema,
  exportFrontSchema,
} from './export-document.js';
export type { Immutable } from './fields.js';
export {
  type FrontMember,
  frontMemberSchema,
  minimisedValues,
  type Objective,
  objectiveSchema,
} from './front.js';
export { type GradientDetail, gradientDetailOf, gradientDetailSchema } from './gradient-detail.js';
export { jsonSchemas } from './json-schemas.js';
export { foundLatency, LATENCY_COLUMN } from './latency-column.js';
export {
  LATENCY_VERSION,
  type LatencyDocument,
  type LatencyList,
  type LatencyMachine,
  type LatencySetup,
  latencyDocumentSchema,
  latencyListSchema,
} from './latency-document.js';
export {
  isBelowRange,
  LATENCY_MODEL_VERSION,
  type LatencyCheck,
  type LatencyModel,
  type LatencyNumbers,
  latencyModelSchema,
  latencySum,
  predictedLatency,
  readLatencyModel,
  requireLatencyModel,
} from './latency-model.js';
export { type LatencyPredictions, latencyPredictionsSchema } from './latency-predictions.js';
export { knownMetric, type MetricColumn, metricColumns } from './metric-columns.js';
export { type ModelReference, modelReferenceSchema } from './model-reference.js';
export { parseDocument, parseJsonText, RECORD_INVALID } from './parse-document.js';
export {
  checkSamePlugIns,
  type PlugInReference,
  type PlugInsRecorded,
  plugInReferenceSchema,
} from './plug-in-reference.js';
export { type PolicyDetail, policyDetailOf, policyDetailSchema } from './policy-detail.js';
export {
  type ProgressiveDetail,
  progressiveDetailOf,
  progressiveDetailSchema,
} from './progressive-detail.js';
export {
  changeKindSchema,
  cutsOf,
  type EdgeDecision,
  type Finalist,
  type Finals,
  isPruneRecord,
  type MeasuredChange,
  type MeasuredValue,
  type OperationDecision,
  PRUNING,
  type PruneCandidate,
  type PruneDetail,
  type PruneRecord,
  type PruneRound,
  pruneDetailSchema,
  type RankedCandidate,
  type UnfinishedRound,
} from './prune-detail.js';
export { type Document, readDocument } from './read-document.js';
export { readScoreDocument, readSearchRecord, readTrainingRecord } from './read-record.js';
export { SCORE_VERSION, type ScoreDocument, scoreDocument, scoreDocumentSchema } from './score-document.js';
export {
  type ScoreLine,
  type ScoreRequest,
  scoreLineSchema,
  scoreRequestSchema,
} from './score-line.js';
export {
  type MetricInfo,
  metricInfoSchema,
  type Score,
  type Scores,
  scoreSchema,
  scoresSchema,
} from './scores.js';
export { SEARCH_EVENT_VERSION, type SearchEventLine, searchEventSchema } from './search-event.js';
export {
  anySearchRecordSchema,
  type CompleteSearch,
  type InterruptedSearch,
  RECORD_VERSION,
  type RecordedConstraint,
  type ScoredArchitecture,
  type SearchRecord,
  type SearchStep,
  searchRecordSchema,
} from './search-record.js';
export { type StagedDetail, stagedDetailOf, stagedDetailSchema } from './staged-detail.js';
export {
  TASK_STUDY_VERSION,
  type TaskScore,
  type TaskStudy,
  taskStudySchema,
} from './task-study-document.js';
export { TRAINED_QUALITIES, TRAINING_COLUMNS, trainedValues } from './training-columns.js';
export { TRAINING_VERSION, type TrainingRecord, trainingRecordSchema } from './training-record.js';
export {
  COUNTED_COLUMNS,
  type ColumnKind,
  CSV_COLUMNS,
  columnKindOf,
  columnOfMetric,
  JOB_COLUMNS,
  metricOfColumn,
  metricOfRepeatsColumn,
  repeatsColumnOf,
  SETTING_COLUMNS_OF_V1,
} from './v1/batch-columns.js';
export { fieldOfScoreV1, metricsOfScoreV1, type NamedMetric, scoreFieldsV1 } from './v1/score-settings.js';
