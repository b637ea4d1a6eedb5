import { isRecord } from '@tenas/base';
import {
  COUNTED_COLUMNS,
  CSV_COLUMNS,
  type CsvCell,
  columnOfMetric,
  csvLines as linesOf,
  type MetricInfo,
  repeatsColumnOf,
  type Scores,
  SETTING_COLUMNS_OF_V1,
  TRAINING_COLUMNS,
  trainedValues,
  type WriteCsvOptions,
} from '@tenas/records';
import { listSpaces } from '@tenas/spaces';
import { aggregateFields, type ExportedAggregates } from './aggregate-columns.js';
import { changesOf } from './changed-settings.js';
import { type JobResult, resultOf } from './result.js';
import type { JobRow, RowFilter, StoreReader } from './store/reader.js';
import { protocolOf, type Task, type TrainTask } from './tasks.js';

/** A job's result in fields, by the names of the columns; null where it has no value. */
export type JobFields = Readonly<Record<string, CsvCell>>;

/** A job in fields: those that every job has, and those of its metrics. @param result of the job, where it is read already */
export function jobFields(row: JobRow, result = resultOf(row)): JobFields {
  const { task, seed, seconds, status, isa, attempts, key, error, architecture } = row;
  const { kind, space, dataset } = task;
  return {
    ...empty(CSV_COLUMNS),
    ...metricFields(scoresOf(result)),
    ...settingFields(task, result),
    ...(task.kind === 'train' ? trainingFields(task, result) : {}),
    // Counts of the architecture itself; the scores may be those of an isomorphic one.
    ...Object.fromEntries(COUNTED_COLUMNS.map((column) => [column, row[column]])),
    ...{ space, dataset: dataset.name, architecture, seed, repeats: repeatsOf(task) },
    ...{ seconds, status, kind, protocol: protocolOf(task), index: indexOf(space, architecture) },
    ...{ scoredAs: row.evaluated, fingerprint: dataset.fingerprint, isa, attempts, key, error },
    strategy: task.kind === 'search' ? task.strategy : null,
    settings: changesOf(task),
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

/** How a network was trained, and how good it became. */
function trainingFields(
  task: TrainTask,
  result: JobResult | null,
): Readonly<Record<(typeof TRAINING_COLUMNS)[number], CsvCell>> {
  const { recipe, epochs, batchSize, network } = task;
  const size = (name: string) => (typeof network[name] === 'number' ? network[name] : null);
  const record = result !== null && 'trainingVersion' in result ? result : null;
  const curve = record?.epochs ?? [];
  const secondsPerImage = curve.reduce((sum, { imagesPerSecond }) => sum + 1 / imagesPerSecond, 0);
  return {
    ...{ recipe: recipe.name, epochs, batchSize, channels: size('C'), cells: size('N') },
    ...(record === null
      ? { trainLoss: null, validAccuracy: null, testAccuracy: null }
      : trainedValues(record)),
    // Over all epochs, which have equally many images.
    imagesPerSecond: curve.length === 0 ? null : Math.round(curve.length / secondsPerImage),
    weights: record?.weights ?? null,
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

/** Repeats of a score, or the setting of a search. */
function repeatsOf(task: Task): number | null {
  if (task.kind === 'score') return task.repeats;
  if (task.kind === 'train') return null;
  return typeof task.settings.repeats === 'number' ? task.settings.repeats : null;
}

function settingFields(task: Task, result: JobResult | null): JobFields {
  return Object.fromEntries(
    Object.entries(SETTING_COLUMNS_OF_V1).map(([column, { metric, setting }]) => [
      column,
      settingOf(task, result, metric, setting),
    ]),
  );
}

/** The setting of a metric: that which the strategy searched with, if it has one of the name, else that of the scores. */
function settingOf(task: Task, result: JobResult | null, metric: string, setting: string): CsvCell {
  const named = ({ name }: { readonly name: string }) => name === metric;
  const sources = [
    task.kind === 'search' ? task.settings[metric] : null,
    task.metrics.find(named)?.settings,
    metricsOf(result).find(named)?.settings,
  ];
  for (const source of sources) {
    const value = isRecord(source) ? source[setting] : undefined;
    if (typeof value === 'string' || typeof value === 'number') return value;
  }
  return null;
}

/** Place of an architecture in its space's enumeration; null where there is none, or the space is not known here. */
function indexOf(name: string, text: string | null): number | null {
  const space = listSpaces().find((known) => known.name === name);
  return text === null ? null : (space?.enumeration?.indexOf(space.parse(text)) ?? null);
}

/**
 * The columns of jobs that measure these metrics: those of every batch, those of trainings where there are any, then two
 * for each further metric.
 */
export function columnsOf(metrics: readonly string[], trains: boolean): string[] {
  const fixed: readonly string[] = trains ? [...CSV_COLUMNS, ...TRAINING_COLUMNS] : CSV_COLUMNS;
  const further = metrics.map((metric) => [columnOfMetric(metric), repeatsColumnOf(metric)] as const);
  return [...fixed, ...further.filter(([column]) => !fixed.includes(column)).flat()];
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
    ...columnsOf(reader.metrics(filter), reader.trains(filter)),
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
    const { task, result: _text, finishedAt, evaluated, ...rest } = row;
    const { kind, ...settings } = task;
    yield JSON.stringify({
      kind,
      ...rest,
      scoredAs: evaluated,
      finishedAt: finishedAt === null ? null : new Date(finishedAt).toISOString(),
      changes: changesOf(task),
      // Readers of earlier versions look for the protocol here.
      settings: { protocol: protocolOf(task) ?? undefined, ...settings },
      result: resultOf(row),
    });
  }
}
