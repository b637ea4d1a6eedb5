import {
  CSV_COLUMNS,
  columnOfMetric,
  LATENCY_COLUMN,
  repeatsColumnOf,
  SETTING_COLUMNS_OF_V1,
  TRAINING_COLUMNS,
} from '@tenas/records';
import { readStoredTask } from '../task-reading.js';
import type { Task } from '../tasks.js';
import { taskTextKey } from './checksums.js';
import type { Database } from './sqlite.js';

/** Name of the view. */
const VIEW = 'results';

/** Columns that jobs and units have. */
const STORED: Readonly<Record<string, string>> = {
  architecture: 'jobs.architecture',
  seed: 'units.seed',
  params: 'jobs.params',
  flops: 'jobs.flops',
  seconds: 'units.seconds',
  status: 'units.status',
  index: 'jobs.place',
  scoredAs: 'units.architecture',
  isa: 'units.isa',
  attempts: 'units.attempts',
  key: 'jobs.key',
  error: 'units.error',
};

/** Columns that are in the record of a training. */
const TRAINED: Readonly<Record<string, string>> = {
  trainLoss: inResult('$.epochs[#-1].trainLoss'),
  validAccuracy: inResult('$.epochs[#-1].validAccuracy'),
  testAccuracy: `CASE ${inResult('$.test.of')} WHEN 'test' THEN ${inResult('$.test.accuracy')} END`,
  imagesPerSecond: `(SELECT CAST(round(count(*) / sum(1.0 / json_extract(value, '$.imagesPerSecond'))) AS INTEGER)
      FROM json_each(units.result, '$.epochs'))`,
  weights: inResult('$.weights'),
};

/** `foundLatency` of a search's record. */
const FOUND_LATENCY = `coalesce((SELECT json_extract(value, '$.value') FROM json_each(units.result, '$.constraints')
      WHERE json_extract(value, '$.name') = ${text(LATENCY_COLUMN)}),
    (SELECT json_extract(value, ${text(`$.values.${LATENCY_COLUMN}`)}) FROM json_each(units.result, '$.front')
      WHERE json_extract(value, '$.architecture') = jobs.architecture))`;

function inResult(path: string): string {
  return `json_extract(units.result, ${text(path)})`;
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** What jobs have besides metrics. */
export interface JobKinds {
  /** Whether some are trainings. */
  readonly trains: boolean;
  /** Whether some are searches with a model of latencies. */
  readonly predicts: boolean;
}

/** The kinds of some tasks. */
export function kindsOf(tasks: readonly Task[]): JobKinds {
  return {
    trains: tasks.some(({ kind }) => kind === 'train'),
    predicts: tasks.some((task) => task.kind === 'search' && task.latency !== undefined),
  };
}

/**
 * The columns of jobs that measure these metrics: those of every batch, those of trainings and of predicted latencies where
 * there are any, then two for each further metric.
 */
export function resultColumns(metrics: readonly string[], { trains, predicts }: JobKinds): string[] {
  const fixed: readonly string[] = [
    ...CSV_COLUMNS,
    ...(trains ? TRAINING_COLUMNS : []),
    ...(predicts ? [LATENCY_COLUMN] : []),
  ];
  const further = metrics.map((metric) => [columnOfMetric(metric), repeatsColumnOf(metric)] as const);
  return [...fixed, ...further.filter(([column]) => !fixed.includes(column)).flat()];
}

/** What a column holds, as SQL. */
function expressionOf(column: string, metrics: readonly string[]): string {
  if (STORED[column] !== undefined) return STORED[column];
  if (TRAINED[column] !== undefined) return TRAINED[column];
  if (column === LATENCY_COLUMN) return FOUND_LATENCY;
  const measured = metrics.find((metric) => columnOfMetric(metric) === column);
  if (measured !== undefined) return inResult(`$.scores.${quoted(measured)}.value`);
  const repeated = metrics.find((metric) => repeatsColumnOf(metric) === column);
  if (repeated !== undefined) {
    // As text, so that every digit stays: `1.5;-;2`.
    const list = inResult(`$.scores.${quoted(repeated)}.repeats`);
    return `nullif(replace(replace(trim(${list}, '[]'), 'null', '-'), ',', ';'), '')`;
  }
  const ofTask = `json_extract(tasks.columns, ${text(`$.${quoted(column)}`)})`;
  if (!Object.hasOwn(SETTING_COLUMNS_OF_V1, column)) return ofTask;
  const { metric, setting } = SETTING_COLUMNS_OF_V1[column as keyof typeof SETTING_COLUMNS_OF_V1];
  const described = `SELECT json_extract(value, ${text(`$.settings.${quoted(setting)}`)}) FROM json_each(units.result, '$.metrics')
      WHERE json_extract(value, '$.name') = ${text(metric)}`;
  return `coalesce(${ofTask}, (${described}))`;
}

/** The view's definition: one row per finished job, in the order of the spec, with the columns of the CSV. */
function definition(metrics: readonly string[], kinds: JobKinds): string {
  const columns = resultColumns(metrics, kinds).map(
    (column) => `${expressionOf(column, metrics)} AS ${quoted(column)}`,
  );
  return `CREATE VIEW ${VIEW} AS SELECT
  ${columns.join(',\n  ')}
FROM jobs JOIN units ON units.id = jobs.unit JOIN tasks ON tasks.id = units.task
WHERE units.status = 'done' ORDER BY jobs.plan DESC, jobs.position`;
}

/** The definition that a store's tasks ask for; null where one of them is damaged. */
function wantedDefinition(database: Database): string | null {
  const tasks: Task[] = [];
  const stored = database.prepare('SELECT key, task FROM tasks ORDER BY id').all() as StoredTask[];
  for (const { key, task } of stored) {
    if (taskTextKey(task) !== key) return null;
    tasks.push(readStoredTask(task, `task ${key}`));
  }
  const metrics = new Set(tasks.flatMap((task) => task.metrics.map(({ name }) => name)));
  return definition([...metrics], kindsOf(tasks));
}

interface StoredTask {
  readonly key: string;
  readonly task: string;
}

function storedDefinition(database: Database): string | undefined {
  const sql = "SELECT sql FROM sqlite_master WHERE type = 'view' AND name = ?";
  return database.prepare(sql).pluck().get(VIEW) as string | undefined;
}

/** Makes the view fit the tasks of a store; within a transaction of the caller's. */
export function makeResultsView(database: Database): void {
  const wanted = wantedDefinition(database);
  if (wanted === null || storedDefinition(database) === wanted) return;
  database.exec(`DROP VIEW IF EXISTS ${VIEW}; ${wanted}`);
}

/** Whether the view is as the tasks of a store ask for; undecided, and so true, where a task is damaged itself. */
export function isViewSound(database: Database): boolean {
  const wanted = wantedDefinition(database);
  return wanted === null || storedDefinition(database) === wanted;
}
