import { clip, mean, plural, TenasError } from '@tenas/base';
import { isCounting, listMetrics, type Metric } from '@tenas/metrics';
import {
  type CsvRow,
  type CsvTable,
  cellError,
  type EvaluatedMetric,
  LATENCY_COLUMN,
  metricOfColumn,
  numberOrNullIn,
  SETTING_COLUMNS_OF_V1,
} from '@tenas/records';
import type { Space } from '@tenas/spaces';
import type { Target } from './accuracy-table.js';
import { architectureCells, type CellsOptions } from './architecture-cells.js';
import { architectureIn, type NamedArchitecture } from './architectures.js';
import { isControl, RANDOM, randomValue } from './controls.js';
import { type CountedMetric, countedMetrics } from './counted-metrics.js';
import { type ColumnMetric, type JudgedColumn, judgedColumns } from './judged-columns.js';
import { RowSieve, type SkippedRow } from './skipped-rows.js';

/** A metric of the scores before they are joined. */
export type ScoreMetric = Pick<EvaluatedMetric, 'name' | 'title' | 'about' | 'better' | 'control' | 'source'>;

/** Scores of architectures; each architecture once. */
export interface Scores {
  readonly from: string;
  readonly rows: number;
  readonly pooled: number;
  readonly dataset: string | null;
  readonly metrics: readonly ScoreMetric[];
  /** Names of metrics whose combinations are judged by default. */
  readonly combined: readonly string[];
  readonly architectures: readonly ScoredArchitecture[];
  readonly skipped: readonly SkippedRow[];
  /** Assumptions, as sentences. */
  readonly notes: readonly string[];
}

/** Scores of one architecture. */
export interface ScoredArchitecture extends Pick<NamedArchitecture, 'text' | 'hasNone'> {
  /** Whether an operation lies on no path through its cell. Default: none does. */
  readonly hasUnreachable?: boolean | undefined;
  /** One for each of {@link Scores.metrics}; null: it failed. */
  readonly values: readonly (number | null)[];
}

/** Options of reading scores. */
export interface ScoreOptions extends Pick<CellsOptions, 'space' | 'indices'> {
  /** Metrics whose columns are judged wherever they appear. Default: all that are registered. */
  readonly metrics?: readonly Metric[] | undefined;
  /** Other columns, and known ones that are to be judged otherwise. */
  readonly columns?: readonly ColumnMetric[] | undefined;
  /** Columns that name the architectures. Default: found as {@link architectureCells} says. */
  readonly architectureColumns?: readonly string[] | undefined;
  /** Take only the rows scored on this dataset; needed where there are several. */
  readonly dataset?: string | undefined;
  /** Refuses rows that cannot be read. Default false: they are left out and counted. */
  readonly strict?: boolean | undefined;
  /**
   * What the scores are judged by; default accuracy. By latencies a column `latency` is judged too, of which less is
   * better, and so is less of what is counted: a network with fewer multiply-adds is the faster one.
   */
  readonly target?: Target | undefined;
  /** Seed of the random ranking; default 0. */
  readonly seed?: number | undefined;
}

/**
 * Reads scores: a CSV as `tenas batch export` writes it (its searches are left out), or any that names architectures
 * ({@link architectureCells}) and has columns of numbers. Columns of known metrics are judged by themselves; metrics that
 * only count, such as parameters, also where they have no column, and a random ranking. Rows of one architecture (other
 * seeds) are pooled as the metric combines repeats, by the mean where it does not say. Empty, NaN and infinite values are failures, and so is every metric of a row with a `status` other than
 * `ok`, `done` or `complete`.
 *
 * @throws TenasError `CSV_INVALID` naming line and column: no scores of the space or the dataset, scores of several
 * datasets or settings, no row that can be read; with `strict` the first row that cannot
 */
export function readScores(table: CsvTable, options: ScoreOptions): Scores {
  const {
    space,
    metrics: known = listMetrics(),
    columns: named = [],
    target = 'accuracy',
    strict = false,
    indices,
    architectureColumns,
  } = options;
  const metrics = target === 'latency' ? known.map(lessIfCounted) : known;
  const given = target === 'latency' ? withLatency(named, table) : named;
  const { rows: all, dataset } = rowsToRead(table, options);
  const cells = architectureCells({ ...table, rows: all }, { space, indices, columns: architectureColumns });
  const columns = judgedColumns(table, all, metrics, given);
  const sieve = new RowSieve(table, { strict });
  const rows: CsvRow[] = [];
  const found = new Map<string, NamedArchitecture & { readonly rows: CsvRow[] }>();
  for (const row of all) {
    const named = sieve.read(row, () => {
      for (const column of columns) checkNumbers(table, row, column);
      return architectureIn(space, table, row, cells);
    });
    if (named === undefined) continue;
    rows.push(row);
    const known = found.get(named.text);
    if (known === undefined) found.set(named.text, { ...named, rows: [row] });
    else known.rows.push(row);
  }
  sieve.demandSome(rows.length);
  const judged = [
    ...columns.map((column) => ofColumn(table, column)),
    ...countedMetrics(columns, { space, metrics, dataset }).map(ofCount),
    ...randomRanking(columns, options.seed ?? 0),
    ...columns.flatMap((column) => ofRepeats(table, rows, column)),
  ];
  const architectures = [...found.values()].map(({ rows: own, architecture, ...named }) => ({
    ...named,
    values: judged.map(({ value }) => value(own, architecture, named.text)),
  }));
  return {
    from: table.from,
    rows: rows.length,
    pooled: rows.length - architectures.length,
    dataset,
    metrics: judged.map(({ metric }) => metric),
    combined: judged.filter(({ combined }) => combined).map(({ metric }) => metric.name),
    architectures,
    skipped: sieve.skipped,
    notes: [
      ...(cells.note === null ? [] : [`${table.from}: ${cells.note}`]),
      ...columns.flatMap((column) => impossibleNote(table, rows, column)),
    ],
  };
}

/** A metric that counts, of which less is better. */
function lessIfCounted(metric: Metric): Metric {
  return isCounting(metric) ? { ...metric, better: 'lower' } : metric;
}

/** With the column of latencies, if there is one and it is not named. */
function withLatency(named: readonly ColumnMetric[], { columns }: CsvTable): readonly ColumnMetric[] {
  const isNamed = named.some(({ column }) => column === LATENCY_COLUMN);
  if (isNamed || !columns.includes(LATENCY_COLUMN)) return named;
  return [{ column: LATENCY_COLUMN, better: 'lower' }, ...named];
}

/** Reads the numbers of a row that will be judged. @throws TenasError `CSV_INVALID` for a cell that is no number */
function checkNumbers(table: CsvTable, row: CsvRow, { column, repeats }: JudgedColumn): void {
  if (hasFailed(row)) return;
  numberOrNullIn(table, row, column);
  if (repeats !== null) repeatsIn(table, row, repeats);
}

/** A metric, and how an architecture comes by its value; null: there is none. */
interface Judged {
  readonly metric: ScoreMetric;
  readonly combined: boolean;
  readonly value: (rows: readonly CsvRow[], architecture: object, text: string) => number | null;
}

function ofColumn(table: CsvTable, judged: JudgedColumn): Judged {
  const { column, better, combined, metric } = judged;
  return {
    metric: {
      name: column,
      title: metric?.title,
      about: metric?.about,
      better,
      ...controlField(metricOfColumn(column)),
      source: { kind: 'column', column },
    },
    combined,
    value: (rows) => pooled(table, rows, judged),
  };
}

function ofCount({ name, title, about, better, combined, count }: CountedMetric): Judged {
  return {
    metric: { name, title, about, better, ...controlField(name), source: { kind: 'counted' } },
    combined,
    value: (_rows, architecture) => count(architecture),
  };
}

/** A ranking that knows nothing, unless a column has its name. */
function randomRanking(columns: readonly JudgedColumn[], seed: number): Judged[] {
  if (columns.some(({ column }) => column === RANDOM)) return [];
  const metric: ScoreMetric = {
    name: RANDOM,
    title: 'random ranking',
    better: 'higher',
    ...controlField(RANDOM),
    source: { kind: 'random', seed },
  };
  return [{ metric, combined: false, value: (_rows, _architecture, text) => randomValue(seed, text) }];
}

/** Marks a control. */
function controlField(metric: string): Pick<ScoreMetric, 'control'> {
  return isControl(metric) ? { control: true } : {};
}

/** Every way in which a metric can combine its repeats, where some row has several. */
function ofRepeats(table: CsvTable, rows: readonly CsvRow[], judged: JudgedColumn): Judged[] {
  const { column, better, repeats, aggregations } = judged;
  if (repeats === null || !rows.some(({ cells }) => (cells[repeats] ?? '').includes(';'))) return [];
  return aggregations.map(({ name: aggregation, combine }) => ({
    metric: {
      name: `${column}:${aggregation}`,
      better,
      source: { kind: 'repeats', column: repeats, aggregation },
    },
    combined: false,
    value: (own) =>
      finite(
        combine(own.flatMap((row) => repeatsIn(table, row, repeats)).map((value) => possible(value, judged))),
      ),
  }));
}

/** Says how many values of a column its metric cannot have. */
function impossibleNote(
  table: CsvTable,
  rows: readonly CsvRow[],
  { column, metric }: JudgedColumn,
): string[] {
  const least = metric?.least;
  if (least === undefined) return [];
  const count = rows.filter(
    (row) => !hasFailed(row) && (numberOrNullIn(table, row, column) ?? least) < least,
  ).length;
  if (count === 0) return [];
  return [`${table.from}: ${column}: ${plural(count, 'value')} below ${least}, which count as failures`];
}

/** A value of a repeat, null where its metric cannot have it: others write a negative number for a failure. */
function possible(value: number | null, { metric }: JudgedColumn): number | null {
  return value === null || value < (metric?.least ?? Number.NEGATIVE_INFINITY) ? null : value;
}

function finite(value: number | null): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Settings that scores have to share to be comparable. How repeats were combined is not one: they are combined anew. */
const SHARED_SETTINGS = [
  ...Object.entries(SETTING_COLUMNS_OF_V1).flatMap(([column, { setting }]) =>
    setting === 'aggregation' ? [] : [column],
  ),
  'settings',
];

/** A cell of a setting; that of all settings without how repeats were combined. */
function settingIn({ cells }: CsvRow, column: string): string | undefined {
  const words = cells[column]?.split(' ').filter((word) => !/^[^=]*\.aggregation=/.test(word));
  return words?.join(' ');
}

function rowsToRead(
  table: CsvTable,
  { space, dataset }: ScoreOptions,
): { rows: readonly CsvRow[]; dataset: string | null } {
  const scored = rowsOfSpace(table, space);
  const names = [...new Set(scored.flatMap((row) => row.cells.dataset ?? []))];
  const wanted = dataset ?? (names.length === 1 ? names[0] : undefined);
  const rows = names.length === 0 ? scored : scored.filter((row) => row.cells.dataset === wanted);
  if (rows.length === 0) {
    const there = names.length === 0 ? 'no scores' : `scores on ${names.join(', ')}; choose one of these`;
    throw new TenasError(
      'CSV_INVALID',
      `${table.from}: ${there}${dataset === undefined ? '' : `, got '${dataset}'`}`,
      { field: 'dataset', value: dataset },
    );
  }
  const first = rows[0]!;
  for (const row of rows) {
    const other = SHARED_SETTINGS.find((column) => settingIn(row, column) !== settingIn(first, column));
    if (other !== undefined) {
      const wantedSetting = `the first score has '${first.cells[other]}', and such scores cannot be compared`;
      throw cellError(table, row, other, row.cells[other], wantedSetting);
    }
  }
  return { rows, dataset: wanted ?? null };
}

/** The names of the spaces that the scores of a table are of; none where it does not say. */
export function spacesOfScores(table: CsvTable): string[] {
  return [...new Set(table.rows.filter(isScore).flatMap(({ cells }) => cells.space || []))];
}

/** The scores of architectures of one space. @throws TenasError `CSV_INVALID` where all are of other spaces */
function rowsOfSpace(table: CsvTable, { name }: Space): CsvRow[] {
  const scored = table.rows.filter(isScore);
  const rows = scored.filter(({ cells }) => (cells.space || name) === name);
  if (rows.length > 0 || scored.length === 0) return rows;
  const names = spacesOfScores(table).map((other) => clip(other));
  throw new TenasError(
    'CSV_INVALID',
    `${table.from}: column 'space': scores of ${names.join(', ')}, none of ${name}`,
    { field: 'space', value: name },
  );
}

/** Searches are no scores, and neither is what was not done yet. */
function isScore({ cells }: CsvRow): boolean {
  return (
    (cells.kind ?? 'score') === 'score' && !['pending', 'queued', 'running'].includes(cells.status ?? '')
  );
}

const FINE = new Set(['', 'ok', 'done', 'complete']);

function hasFailed(row: CsvRow): boolean {
  return !FINE.has((row.cells.status ?? '').toLowerCase());
}

/** One value from the rows of an architecture; null if any has none. */
function pooled(table: CsvTable, rows: readonly CsvRow[], judged: JudgedColumn) {
  const { column, repeats, combine } = judged;
  const values = rows.map((row) =>
    hasFailed(row) || (repeats !== null && noRepeatIn(table, row, repeats))
      ? null
      : numberOrNullIn(table, row, column),
  );
  const fine = values.map((value) => possible(value, judged)).filter((value) => value !== null);
  if (fine.length < values.length) return null;
  if (fine.length === 1) return fine[0]!;
  return combine === undefined ? mean(fine) : finite(combine(fine));
}

/** Whether a row names the values of its repeats and none has one, for any combination of them. */
function noRepeatIn(table: CsvTable, row: CsvRow, column: string): boolean {
  return (row.cells[column] ?? '') !== '' && repeatsIn(table, row, column).every((value) => value === null);
}

/** Values of the repeats of a row; a failed row counts as one failed repeat. */
function repeatsIn(table: CsvTable, row: CsvRow, column: string): (number | null)[] {
  if (hasFailed(row)) return [null];
  const text = row.cells[column] ?? '';
  return text.split(';').map((one) => numberOrNullIn(table, row, column, one));
}
