import { mean, TenasError } from '@tenas/base';
import { AGGREGATIONS, type Aggregation, aggregateConditionNumbers } from '@tenas/metrics';
import {
  type CsvRow,
  type CsvTable,
  cellError,
  columnList,
  columnOf,
  type EvaluatedMetric,
  numberOrNullIn,
} from '@tenas/records';
import type { Space } from '@tenas/spaces';
import { architectureIn, type NamedArchitecture } from './architectures.js';

/** A metric of the scores before they are joined. */
export type ScoreMetric = Pick<EvaluatedMetric, 'name' | 'better' | 'source'>;

/** Scores of architectures; each architecture once. */
export interface Scores {
  readonly from: string;
  readonly rows: number;
  readonly pooled: number;
  readonly dataset: string | null;
  readonly metrics: readonly ScoreMetric[];
  readonly architectures: readonly ScoredArchitecture[];
}

/** Scores of one architecture. */
export interface ScoredArchitecture extends NamedArchitecture {
  /** One for each of {@link Scores.metrics}; null: it failed. */
  readonly values: readonly (number | null)[];
}

/** A column to evaluate, and which end of it is good. */
export interface ColumnMetric {
  readonly column: string;
  readonly better: 'lower' | 'higher';
}

/** Columns that are metrics wherever they appear. */
const KNOWN_COLUMNS: readonly ColumnMetric[] = [
  { column: 'kappa', better: 'lower' },
  { column: 'regions', better: 'higher' },
  { column: 'params', better: 'higher' },
  { column: 'flops', better: 'higher' },
];

/** Column of all repeats' condition numbers, joined by `;`. */
const REPEATS = 'kappas';

/** What to read of the scores. */
export interface ScoreOptions {
  readonly space: Space;
  /** Metrics besides the known columns `kappa`, `regions`, `params` and `flops`. */
  readonly columns?: readonly ColumnMetric[];
  /** Take only the rows scored on this dataset; needed where there are several. */
  readonly dataset?: string;
}

/**
 * Reads scores: a CSV as `tenas batch export` writes it (its searches are left out), or any with a column `architecture` (or `arch`) and columns of
 * numbers. Rows of one architecture (other seeds) are pooled: condition numbers by their logarithms' mean, all else by
 * the mean. Empty, NaN and infinite values are failures, and so is every metric of a row with a `status` other than
 * `ok`, `done` or `complete`.
 *
 * @throws TenasError `CSV_INVALID` naming line and column
 */
export function readScores(table: CsvTable, options: ScoreOptions): Scores {
  const { space } = options;
  const architectureColumn = columnOf(table, ['architecture', 'arch'], 'the architecture');
  const columns = metricColumns(table, options.columns ?? []);
  const { rows, dataset } = rowsToRead(table, options);
  const found = new Map<string, NamedArchitecture & { readonly rows: CsvRow[] }>();
  for (const row of rows) {
    const named = architectureIn(space, table, row, architectureColumn);
    const known = found.get(named.text);
    if (known === undefined) found.set(named.text, { ...named, rows: [row] });
    else known.rows.push(row);
  }
  const repeats = table.columns.includes(REPEATS)
    ? rows.some((row) => (row.cells[REPEATS] ?? '').includes(';'))
    : false;
  const metrics: ScoreMetric[] = columns.map(({ column, better }) => ({
    name: column,
    better,
    source: { kind: 'column', column },
  }));
  if (repeats) {
    for (const aggregation of AGGREGATIONS) {
      metrics.push({
        name: `kappa:${aggregation}`,
        better: 'lower',
        source: { kind: 'repeats', column: REPEATS, aggregation },
      });
    }
  }
  const architectures = [...found.values()].map(({ rows: own, text, hasNone }) => {
    const kappas = repeats ? own.flatMap((row) => repeatsIn(table, row)) : [];
    return {
      text,
      hasNone,
      values: [
        ...columns.map(({ column }) => pooled(table, own, column)),
        ...(repeats ? AGGREGATIONS.map((aggregation) => aggregated(kappas, aggregation)) : []),
      ],
    };
  });
  return {
    from: table.from,
    rows: rows.length,
    pooled: rows.length - architectures.length,
    dataset,
    metrics,
    architectures,
  };
}

function metricColumns(table: CsvTable, given: readonly ColumnMetric[]): ColumnMetric[] {
  for (const { column } of given) columnOf(table, [column], 'a metric');
  const known = KNOWN_COLUMNS.filter(
    ({ column }) => table.columns.includes(column) && !given.some((one) => one.column === column),
  );
  const all = [...known, ...given];
  if (all.length === 0) {
    throw new TenasError(
      'CSV_INVALID',
      `${table.from}: no column ${KNOWN_COLUMNS.map(({ column }) => column).join(', ')} to evaluate; name one of ${columnList(table)} as a metric`,
      { field: 'metric' },
    );
  }
  return all;
}

/** Settings that scores have to share for their values to be comparable. */
const SHARED_SETTINGS = ['ntkMode', 'ntkBatch', 'regionBatches', 'regionBatch'];

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
    const other = SHARED_SETTINGS.find((column) => row.cells[column] !== first.cells[column]);
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
function pooled(table: CsvTable, rows: readonly CsvRow[], column: string): number | null {
  const values = rows.map((row) =>
    hasFailed(row) || (column === 'kappa' && noRepeatIn(table, row))
      ? null
      : numberOrNullIn(table, row, column),
  );
  const fine = values.filter((value) => value !== null);
  if (fine.length < values.length) return null;
  if (column !== 'kappa' || fine.length === 1) return mean(fine);
  return aggregated(fine, 'log-mean');
}

/** Whether a row names its repeats' condition numbers and none has one, whatever was made of them. */
function noRepeatIn(table: CsvTable, row: CsvRow): boolean {
  return (row.cells[REPEATS] ?? '') !== '' && repeatsIn(table, row).every((kappa) => kappa === null);
}

/** Condition numbers of the repeats of a row; a failed row counts as one failed repeat. */
function repeatsIn(table: CsvTable, row: CsvRow): (number | null)[] {
  if (hasFailed(row)) return [null];
  const text = row.cells[REPEATS] ?? '';
  return text.split(';').map((one) => numberOrNullIn(table, row, REPEATS, one));
}

function aggregated(kappas: readonly (number | null)[], aggregation: Aggregation): number | null {
  if (kappas.every((kappa) => kappa === null)) return null;
  const value = aggregateConditionNumbers(kappas, aggregation);
  return Number.isFinite(value) ? value : null;
}
