import { isRecord } from '@tenas/base';
import {
  COUNTED_COLUMNS,
  CSV_COLUMNS,
  type CsvCell,
  columnOfMetric,
  csvLines as linesOf,
  parseJsonText,
  readScoreDocument,
  readSearchRecord,
  repeatsColumnOf,
  type ScoreDocument,
  type Scores,
  SETTING_COLUMNS_OF_V1,
  type SearchRecord,
  type WriteCsvOptions,
} from '@tenas/records';
import { listSpaces } from '@tenas/spaces';
import type { JobRow, RowFilter, StoreReader } from './store/reader.js';
import { protocolOf, type Task } from './tasks.js';

/** A job's result in fields, by the names of the columns; null where it has no value. */
export type JobFields = Readonly<Record<string, CsvCell>>;

/** A job's result, checked; null where it has none. @throws TenasError `RECORD_INVALID` */
export function resultOf({ key, task, result }: JobRow): ScoreDocument | SearchRecord | null {
  if (result === null) return null;
  const from = `the result of job ${key}`;
  const json = parseJsonText(result, from);
  return task.kind === 'score' ? readScoreDocument(json, from) : readSearchRecord(json, from);
}

/** A job in fields: those that every job has, and those of its metrics. @param result of the job, where it is read already */
export function jobFields(row: JobRow, result = resultOf(row)): JobFields {
  const { task, seed, seconds, status, isa, attempts, key, error, architecture } = row;
  const { kind, space, dataset } = task;
  return {
    ...empty(CSV_COLUMNS),
    ...metricFields(result?.scores ?? {}),
    ...settingFields(task, result),
    // Counts of the architecture itself; the scores may be those of an isomorphic one.
    ...Object.fromEntries(COUNTED_COLUMNS.map((column) => [column, row[column]])),
    ...{ space, dataset: dataset.name, architecture, seed, repeats: repeatsOf(task) },
    ...{ seconds, status, kind, protocol: protocolOf(task), index: indexOf(space, architecture) },
    ...{ scoredAs: row.evaluated, fingerprint: dataset.fingerprint, isa, attempts, key, error },
    strategy: task.kind === 'search' ? task.strategy : null,
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
  return typeof task.settings.repeats === 'number' ? task.settings.repeats : null;
}

function settingFields(task: Task, result: ScoreDocument | SearchRecord | null): JobFields {
  return Object.fromEntries(
    Object.entries(SETTING_COLUMNS_OF_V1).map(([column, { metric, setting }]) => [
      column,
      settingOf(task, result, metric, setting),
    ]),
  );
}

/** The setting of a metric: that which the strategy searched with, if it has one of the name, else that of the scores. */
function settingOf(
  task: Task,
  result: ScoreDocument | SearchRecord | null,
  metric: string,
  setting: string,
): CsvCell {
  const named = ({ name }: { readonly name: string }) => name === metric;
  const sources = [
    task.kind === 'search' ? task.settings[metric] : null,
    task.metrics.find(named)?.settings,
    result?.metrics.find(named)?.settings,
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

/** The columns of jobs that measure these metrics: those of every batch, then two for each further metric. */
export function columnsOf(metrics: readonly string[]): string[] {
  const fixed: readonly string[] = CSV_COLUMNS;
  const further = metrics.map((metric) => [columnOfMetric(metric), repeatsColumnOf(metric)] as const);
  return [...fixed, ...further.filter(([column]) => !fixed.includes(column)).flat()];
}

/** Lines of a CSV file, the first with the names of the columns. */
export function* csvLines(
  reader: StoreReader,
  filter: RowFilter = {},
  options: WriteCsvOptions = {},
): Generator<string, void, undefined> {
  const columns = columnsOf(reader.metrics(filter));
  const none = empty(columns);
  const fields = function* () {
    for (const row of reader.rows(filter)) yield { ...none, ...jobFields(row) };
  };
  yield* linesOf(columns, fields(), options);
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
      // Readers of earlier versions look for the protocol here.
      settings: { protocol: protocolOf(task) ?? undefined, ...settings },
      result: resultOf(row),
    });
  }
}
