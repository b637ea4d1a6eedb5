import { mean, TenasError } from '@tenas/base';
import { listMetrics, type Metric } from '@tenas/metrics';
import {
  type CsvRow,
  type CsvTable,
  cellError,
  columnOf,
  type EvaluatedMetric,
  numberOrNullIn,
  SETTING_COLUMNS_OF_V1,
} from '@tenas/records';
import type { Space } from '@tenas/spaces';
import { architectureIn, type NamedArchitecture } from './architectures.js';
import { type CountedMetric, countedMetrics } from './counted-metrics.js';
import { type ColumnMetric, type JudgedColumn, judgedColumns } from './judged-columns.js';

/** A metric of the scores before they are joined. */
export type ScoreMetric = Pick<EvaluatedMetric, 'name' | 'title' | 'about' | 'better' | 'source'>;

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
}

/** Scores of one architecture. */
export interface ScoredArchitecture extends Omit<NamedArchitecture, 'architecture'> {
  /** One for each of {@link Scores.metrics}; null: it failed. */
  readonly values: readonly (number | null)[];
}

/** Options of reading scores. */
export interface ScoreOptions {
  readonly space: Space;
  /** Metrics whose columns are judged wherever they appear. Default: all that are registered. */
  readonly metrics?: readonly Metric[] | undefined;
  /** Other columns, and known ones that are to be judged otherwise. */
  readonly columns?: readonly ColumnMetric[] | undefined;
  /** Take only the rows scored on this dataset; needed where there are several. */
  readonly dataset?: string | undefined;
}

/**
 * Reads scores: a CSV as `tenas batch export` writes it (its searches are left out), or any with a column `architecture` (or `arch`) and columns of
 * numbers. Columns of known metrics are judged by themselves; metrics that only count, such as parameters, also where they
 * have no column. Rows of one architecture (other seeds) are pooled as the metric combines repeats, by the mean where it
 * does not say. Empty, NaN and infinite values are failures, and so is every metric of a row with a `status` other than
 * `ok`, `done` or `complete`.
 *
 * @throws TenasError `CSV_INVALID` naming line and column
 */
export function readScores(table: CsvTable, options: ScoreOptions): Scores {
  const { space, metrics = listMetrics(), columns: given = [] } = options;
  const architectureColumn = columnOf(table, ['architecture', 'arch'], 'the architecture');
  const { rows, dataset } = rowsToRead(table, options);
  const columns = judgedColumns(table, rows, metrics, given);
  const found = new Map<string, NamedArchitecture & { readonly rows: CsvRow[] }>();
  for (const row of rows) {
    const named = architectureIn(space, table, row, architectureColumn);
    const known = found.get(named.text);
    if (known === undefined) found.set(named.text, { ...named, rows: [row] });
    else known.rows.push(row);
  }
  const judged = [
    ...columns.map((column) => ofColumn(table, column)),
    ...countedMetrics(columns, { space, metrics, dataset }).map(ofCount),
    ...columns.flatMap((column) => ofRepeats(table, rows, column)),
  ];
  const architectures = [...found.values()].map(({ rows: own, architecture, text, hasNone }) => ({
    text,
    hasNone,
    values: judged.map(({ value }) => value(own, architecture)),
  }));
  return {
    from: table.from,
    rows: rows.length,
    pooled: rows.length - architectures.length,
    dataset,
    metrics: judged.map(({ metric }) => metric),
    combined: judged.filter(({ combined }) => combined).map(({ metric }) => metric.name),
    architectures,
  };
}

/** A metric, and how an architecture comes by its value; null: there is none. */
interface Judged {
  readonly metric: ScoreMetric;
  readonly combined: boolean;
  readonly value: (rows: readonly CsvRow[], architecture: object) => number | null;
}

function ofColumn(table: CsvTable, judged: JudgedColumn): Judged {
  const { column, better, combined, metric } = judged;
  return {
    metric: {
      name: column,
      title: metric?.title,
      about: metric?.about,
      better,
      source: { kind: 'column', column },
    },
    combined,
    value: (rows) => pooled(table, rows, judged),
  };
}

function ofCount({ name, title, about, better, combined, count }: CountedMetric): Judged {
  return {
    metric: { name, title, about, better, source: { kind: 'counted' } },
    combined,
    value: (_rows, architecture) => count(architecture),
  };
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
    value: (own) => finite(combine(own.flatMap((row) => repeatsIn(table, row, repeats)))),
  }));
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
  const scored = table.rows.filter(isScore);
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
    if ((row.cells.space ?? space.name) !== space.name) {
      throw cellError(table, row, 'space', row.cells.space, `'${space.name}' is being evaluated`);
    }
    const other = SHARED_SETTINGS.find((column) => settingIn(row, column) !== settingIn(first, column));
    if (other !== undefined) {
      const wantedSetting = `the first score has '${first.cells[other]}', and such scores cannot be compared`;
      throw cellError(table, row, other, row.cells[other], wantedSetting);
    }
  }
  return { rows, dataset: wanted ?? null };
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
function pooled(table: CsvTable, rows: readonly CsvRow[], { column, repeats, combine }: JudgedColumn) {
  const values = rows.map((row) =>
    hasFailed(row) || (repeats !== null && noRepeatIn(table, row, repeats))
      ? null
      : numberOrNullIn(table, row, column),
  );
  const fine = values.filter((value) => value !== null);
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
