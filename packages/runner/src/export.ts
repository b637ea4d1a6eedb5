import {
  COUNTED_COLUMNS,
  CSV_COLUMNS,
  type CsvCell,
  columnOfMetric,
  foundLatency,
  LATENCY_COLUMN,
  csvLines as linesOf,
  type MetricInfo,
  repeatsColumnOf,
  type Scores,
  SETTING_COLUMNS_OF_V1,
  trainedValues,
  type WriteCsvOptions,
} from '@tenas/records';
import { aggregateFields, type ExportedAggregates } from './aggregate-columns.js';
import { placeOf } from './place.js';
import { type JobResult, resultOf } from './result.js';
import type { JobRow, RowFilter, StoreReader } from './store/reader.js';
import { resultColumns } from './store/results-view.js';
import { settingIn, type TaskColumns } from './task-columns.js';
import { protocolOf } from './tasks.js';

/** A job's result in fields, by the names of the columns; null where it has no value. */
export type JobFields = Readonly<Record<string, CsvCell>>;

/** A job in fields: those that every job has, and those of its metrics. @param result of the job, where it is read already */
export function jobFields(row: JobRow, result = resultOf(row)): JobFields {
  const { task, columns, seed, seconds, status, isa, attempts, key, error, architecture } = row;
  return {
    ...empty(CSV_COLUMNS),
    ...metricFields(scoresOf(result)),
    ...columns,
    ...settingFields(columns, result),
    ...(task.kind === 'train' ? trainedFields(result) : {}),
    ...latencyField(row, result),
    // Counts of the architecture itself; the scores may be those of an isomorphic one.
    ...Object.fromEntries(COUNTED_COLUMNS.map((column) => [column, row[column]])),
    ...{ architecture, seed, seconds, status, index: row.place ?? placeOf(task.space, architecture) },
    ...{ scoredAs: row.evaluated, isa, attempts, key, error },
  };
}

/** A result's scores; a training has none. */
function scoresOf(result: JobResult | null): Scores {
  return (result !== null && 'scores' in result ? result.scores : null) ?? {};
}

/** Descriptions of a result's metrics; a training has none. */
export function metricsOf(result: JobResult | null): readonly MetricInfo[] {
  return result !== null && 'metrics' in result ? result.metrics : [];
}

/** How good a trained network became, and how fast. */
function trainedFields(result: JobResult | null): JobFields {
  const record = result !== null && 'trainingVersion' in result ? result : null;
  const curve = record?.epochs ?? [];
  const secondsPerImage = curve.reduce((sum, { imagesPerSecond }) => sum + 1 / imagesPerSecond, 0);
  return {
    ...(record === null
      ? { trainLoss: null, validAccuracy: null, testAccuracy: null }
      : trainedValues(record)),
    // Over all epochs, which have equally many images.
    imagesPerSecond: curve.length === 0 ? null : Math.round(curve.length / secondsPerImage),
    weights: record?.weights ?? null,
  };
}

/** The predicted latency: by the model that the reader was given, else that of what a search found. */
function latencyField({ task, latency }: JobRow, result: JobResult | null): JobFields {
  if (latency !== undefined) return { [LATENCY_COLUMN]: latency };
  if (task.kind !== 'search' || task.latency === undefined) return {};
  return {
    [LATENCY_COLUMN]: result !== null && 'recordVersion' in result ? foundLatency(result) : null,
  };
}

function empty(columns: readonly string[]): JobFields {
  return Object.fromEntries(columns.map((column) => [column, null]));
}

function metricFields(scores: Scores): JobFields {
  return Object.fromEntries(
    Object.entries(scores).flatMap(([metric, { value, repeats }]): [string, CsvCell][] => [
      [columnOfMetric(metric), value],
      ...(repeats.length === 0 ? [] : [[repeatsColumnOf(metric), repeats] satisfies [string, CsvCell]]),
    ]),
  );
}

/** Settings that a task leaves out, from the record. */
function settingFields(columns: TaskColumns, result: JobResult | null): JobFields {
  const missing = Object.entries(SETTING_COLUMNS_OF_V1).filter(
    ([column]) => (columns[column] ?? null) === null,
  );
  const described = metricsOf(result);
  return Object.fromEntries(
    missing.map(([column, { metric, setting }]) => [
      column,
      settingIn(described.find(({ name }) => name === metric)?.settings, setting),
    ]),
  );
}

/** Lines of a CSV file, the first with the names of the columns. @param options.aggregates a column for each, the last ones */
export function* csvLines(
  reader: StoreReader,
  filter: RowFilter = {},
  options: WriteCsvOptions & { readonly aggregates?: ExportedAggregates | undefined } = {},
): Generator<string, void, undefined> {
  const { aggregates = { presets: [] }, ...format } = options;
  const { presets } = aggregates;
  const columns = [
    ...resultColumns(reader.metrics(filter), reader.kinds(filter)),
    ...presets.map(({ name }) => name),
  ];
  const none = empty(columns);
  const worths = presets.length === 0 ? null : aggregateFields(reader.rows(filter), aggregates);
  const fields = function* () {
    for (const row of reader.rows(filter)) yield { ...none, ...jobFields(row), ...worths?.get(row.key) };
  };
  yield* linesOf(columns, fields(), format);
}

/** One JSON document per job: all that is known of it, with its settings and whole result record. */
export function* jsonLines(rows: Iterable<JobRow>): Generator<string, void, undefined> {
  for (const row of rows) {
    const { task, columns, place: _place, result: _text, finishedAt, evaluated, ...rest } = row;
    const { kind, ...settings } = task;
    yield JSON.stringify({
      kind,
      ...rest,
      scoredAs: evaluated,
      finishedAt: finishedAt === null ? null : new Date(finishedAt).toISOString(),
      changes: columns.settings ?? null,
      // Readers of earlier versions look for the protocol here.
      settings: { protocol: protocolOf(task) ?? undefined, ...settings },
      result: resultOf(row),
    });
  }
}
