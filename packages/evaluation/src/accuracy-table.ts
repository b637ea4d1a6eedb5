import { mean, plural, TenasError } from '@tenas/base';
import { accuracyColumns, type CsvTable, cellError, columnList, columnOf } from '@tenas/records';
import { type AccuracyCells, type AccuracyScale, accuracyCells, latencyCells } from './accuracy-cells.js';
import { architectureCells, type CellsOptions } from './architecture-cells.js';
import { architectureIn } from './architectures.js';
import { RowSieve, type SkippedRow } from './skipped-rows.js';

/** What architectures are judged by: accuracies, of which more is better, or latencies in ms, of which less is. */
export type Target = 'accuracy' | 'latency';

/** Accuracies of trained architectures, or their latencies on devices. */
export interface AccuracyTable {
  readonly from: string;
  readonly target: Target;
  /** Name of the column; of several columns, joined by `,`. */
  readonly architectureColumn: string;
  /** Names of the accuracy columns. */
  readonly datasets: readonly string[];
  /** What the numbers of each column are; fractions have become percent. */
  readonly scales: readonly AccuracyScale[];
  /** One accuracy a dataset, null where there is none, by the architecture as the space writes it. */
  readonly accuracies: ReadonlyMap<string, readonly (number | null)[]>;
  readonly duplicates: Duplicates;
  readonly skipped: readonly SkippedRow[];
  /** Assumptions and what was found missing, as sentences. */
  readonly notes: readonly string[];
}

/** Architectures that stand in several rows; the accuracies of these were averaged. */
export interface Duplicates {
  readonly architectures: number;
  /** Their rows. */
  readonly rows: number;
  /** Largest difference between two accuracies that were averaged, in the unit of the table. */
  readonly largestDifference: number;
}

/** How to read a table of accuracies. */
export interface AccuracyOptions extends Omit<CellsOptions, 'columns'> {
  /** What the columns hold. Default accuracy; latencies need {@link columns}. */
  readonly target?: Target | undefined;
  /** Which columns are accuracies; default: those whose names say so, see `accuracyColumns`. */
  readonly columns?: readonly string[] | undefined;
  /** Columns of the architecture; several are joined by `/`. Default: see {@link architectureCells}. */
  readonly architectureColumns?: readonly string[] | undefined;
  /**
   * Refuses rows that cannot be read, architectures with different accuracies in several rows, missing accuracies, and
   * columns that seem to mix fractions and percents. Default false: rows are left out and counted, accuracies averaged,
   * gaps left open, and a note tells of the mixture.
   */
  readonly strict?: boolean | undefined;
}

/**
 * Reads accuracies: a CSV that names architectures, with a column of accuracies (higher is better) for each dataset; or
 * latencies, with a column of ms for each device.
 *
 * @throws TenasError `CSV_INVALID` naming line and column: no column of architectures or of accuracies, no row that can be
 * read; with `strict` the first row that is not as it should be
 */
export function readAccuracies(table: CsvTable, options: AccuracyOptions): AccuracyTable {
  const { space, strict = false, indices, architectureColumns, target = 'accuracy' } = options;
  const { datasets, leftOut } = datasetsOf(table, options.columns);
  const cells = architectureCells(table, { space, indices, columns: architectureColumns });
  const columns = datasets.map((column) =>
    target === 'latency' ? latencyCells(table, column) : accuracyCells(table, column),
  );
  const sieve = new RowSieve(table, { strict });
  const rows = new Map<string, (readonly (number | null)[])[]>();
  for (const row of table.rows) {
    const read = sieve.read(row, () => {
      const { text } = architectureIn(space, table, row, cells);
      const values = columns.map((column) => column.value(row));
      const known = rows.get(text)?.[0];
      if (strict && known?.some((value, index) => value !== values[index])) {
        const wanted = 'this architecture stands in an earlier line with other values';
        throw cellError(table, row, cells.column, cells.shown(row), wanted);
      }
      const gap = values.indexOf(null);
      if (strict && gap >= 0) {
        throw cellError(table, row, datasets[gap]!, row.cells[datasets[gap]!], WANTED[target]);
      }
      const doubtful = strict ? columns.find((column) => column.doubt(row) !== null) : undefined;
      if (doubtful !== undefined) {
        const { column } = doubtful;
        throw cellError(table, row, column, row.cells[column], doubtful.doubt(row) ?? '');
      }
      return { text, values };
    });
    if (read === undefined) continue;
    const known = rows.get(read.text);
    if (known === undefined) rows.set(read.text, [read.values]);
    else known.push(read.values);
  }
  sieve.demandSome(rows.size);
  const accuracies = new Map(
    [...rows].map(([text, all]) => [text, datasets.map((_, at) => averaged(all, at))]),
  );
  const duplicates = duplicatesIn([...rows.values()]);
  return {
    from: table.from,
    target,
    architectureColumn: cells.column,
    datasets,
    scales: columns.map(({ scale }) => scale),
    accuracies,
    duplicates,
    skipped: sieve.skipped,
    notes: [
      ...(cells.note === null ? [] : [cells.note]),
      ...(leftOut.length === 0
        ? []
        : [`not taken as accuracies, by their names: ${leftOut.join(', ')} (--accuracy names columns)`]),
      ...columns.flatMap(({ notes }) => notes),
      ...duplicateNotes(duplicates, target),
      ...missingNotes(columns, [...accuracies.values()]),
    ],
  };
}

const WANTED: Readonly<Record<Target, string>> = {
  accuracy: 'an accuracy is needed',
  latency: 'a latency in ms is needed',
};

function datasetsOf(
  table: CsvTable,
  given: readonly string[] | undefined,
): { readonly datasets: readonly string[]; readonly leftOut: readonly string[] } {
  if (given !== undefined) {
    return { datasets: given.map((column) => columnOf(table, [column], 'accuracies')), leftOut: [] };
  }
  const { accuracies, leftOut } = accuracyColumns(table);
  if (accuracies.length > 0) return { datasets: accuracies, leftOut };
  throw new TenasError(
    'CSV_INVALID',
    `${table.from}: which columns are accuracies? Name them (--accuracy); the columns are ${columnList(table)}`,
    { field: 'accuracy' },
  );
}

/** Mean of what the rows of one architecture have in a column; null: nothing. */
function averaged(rows: readonly (readonly (number | null)[])[], at: number): number | null {
  const values = rows.map((row) => row[at]).filter((value) => typeof value === 'number');
  return values.length === 0 ? null : values.length === 1 ? values[0]! : mean(values);
}

function duplicatesIn(all: readonly (readonly (readonly (number | null)[])[])[]): Duplicates {
  const several = all.filter(({ length }) => length > 1);
  let largest = 0;
  for (const rows of several) {
    for (const at of rows[0]!.keys()) {
      const values = rows.map((row) => row[at]).filter((value) => typeof value === 'number');
      if (values.length > 1) largest = Math.max(largest, Math.max(...values) - Math.min(...values));
    }
  }
  return {
    architectures: several.length,
    rows: several.reduce((sum, { length }) => sum + length, 0),
    largestDifference: largest,
  };
}

function duplicateNotes({ architectures, rows, largestDifference }: Duplicates, target: Target): string[] {
  if (architectures === 0) return [];
  const stand = architectures === 1 ? 'stands' : 'stand';
  const difference =
    largestDifference === 0
      ? 'which agree'
      : `and their ${target === 'latency' ? 'latencies' : 'accuracies'} were averaged; the largest difference is ${rounded(largestDifference)}`;
  return [
    `${plural(architectures, 'architecture')} ${stand} in several rows (${plural(rows, 'row')}), ${difference}`,
  ];
}

/** Without the last digits that subtracting adds. */
function rounded(difference: number): number {
  return Number(difference.toPrecision(6));
}

function missingNotes(
  columns: readonly AccuracyCells[],
  accuracies: readonly (readonly (number | null)[])[],
): string[] {
  return columns.flatMap(({ column }, at) => {
    const missing = accuracies.filter((values) => values[at] === null).length;
    return missing === 0
      ? []
      : [
          `${column}: ${plural(missing, 'architecture')} of ${accuracies.length} without a value, left out there`,
        ];
  });
}
