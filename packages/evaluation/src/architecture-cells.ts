import { TenasError } from '@tenas/base';
import { ARCHITECTURE_COLUMNS, type CsvRow, type CsvTable, columnOf } from '@tenas/records';
import type { Space } from '@tenas/spaces';
import { canRead } from './can-read.js';
import type { IndexTable } from './index-table.js';

/** Where the rows of a table name their architectures. */
export interface ArchitectureCells {
  /** Name of the column; of several columns, joined by `,`. */
  readonly column: string;
  /** How the columns were found, where their names do not say it. */
  readonly note: string | null;
  /** The text of a row's architecture. @throws TenasError for a number that the table of indices lacks */
  text(row: CsvRow): string;
  /** What stands in the row. */
  shown(row: CsvRow): string | undefined;
}

/** What decides which column names the architectures. */
export interface CellsOptions {
  readonly space: Space;
  /** Names of the columns; several are joined by `/`. Default: found by name, else by what the space can read. */
  readonly columns?: readonly string[] | undefined;
  /** Architectures by their numbers, for tables that have those alone. */
  readonly indices?: IndexTable | undefined;
}

/** Names of a column of numbers of architectures. */
export const INDEX_COLUMNS: readonly string[] = ['index', 'arch_index', 'idx'];

/** Rows that are tried to find out what a column holds. */
const TRIED = 20;
/** Most columns that one architecture is spread over. */
const MOST_PARTS = 6;
/** Wider tables are not searched for parts of architectures. */
const MOST_SEARCHED = 40;

/**
 * Finds the cells that name the architectures: the columns that are given; a column of a usual name (`architecture`,
 * `arch`, `genotype`, ...); any column, or columns side by side joined by `/`, that the space can read in most rows; or a
 * column `index`, where a table of indices is given or the space knows its architectures by number.
 * @throws TenasError `CSV_INVALID` naming the columns that there are
 */
export function architectureCells(table: CsvTable, options: CellsOptions): ArchitectureCells {
  const { columns, indices, space } = options;
  if (columns !== undefined) {
    for (const column of columns) columnOf(table, [column], 'the architecture');
    return isIndex(columns) && canName(space, indices)
      ? numbered(columns[0]!, indices)
      : joined(columns, null);
  }
  const usual = ARCHITECTURE_COLUMNS.filter((column) => table.columns.includes(column));
  const readable = usual.find((column) => isReadable(table, space, [column]));
  if (readable !== undefined) return joined([readable], null);
  const found = searched(table, space);
  if (found !== null) return found;
  const index = INDEX_COLUMNS.find((column) => table.columns.includes(column));
  if (index !== undefined && canName(space, indices)) return numbered(index, indices);
  if (usual.length === 0 && index !== undefined) {
    throw new TenasError(
      'CSV_INVALID',
      `${table.from}: it names architectures by their numbers alone (column '${index}'); say which they are by a table of indices (--index-table)`,
      { field: index },
    );
  }
  return joined([columnOf(table, ARCHITECTURE_COLUMNS.slice(0, 3), 'the architecture')], null);
}

/** Whether the rows of a table name architectures of the space by their texts, in whatever columns. */
export function canNameArchitectures(table: CsvTable, space: Space): boolean {
  return searched(table, space) !== null;
}

function isIndex(columns: readonly string[]): boolean {
  return columns.length === 1 && INDEX_COLUMNS.includes(columns[0]!);
}

function canName(space: Space, indices: IndexTable | undefined): boolean {
  return indices !== undefined || canRead(space, 'index:0');
}

/** Whether the space reads most of some rows, from all over the table. */
function isReadable({ rows }: CsvTable, space: Space, columns: readonly string[]): boolean {
  const tried = Math.min(TRIED, rows.length);
  const { text } = joined(columns, null);
  let unread = 0;
  for (let number = 0; number < tried; number++) {
    const row = rows[Math.floor((number * rows.length) / tried)]!;
    if (!canRead(space, text(row)) && ++unread * 2 >= tried) return false;
  }
  return tried > 0;
}

function joined(columns: readonly string[], note: string | null): ArchitectureCells {
  const text = ({ cells }: CsvRow) => columns.map((column) => cells[column] ?? '').join('/');
  return { column: columns.join(','), note, text, shown: text };
}

function numbered(column: string, indices: IndexTable | undefined): ArchitectureCells {
  const shown = ({ cells }: CsvRow) => cells[column];
  return {
    column,
    note: `architectures are named by their numbers in column '${column}'${indices === undefined ? '' : `, read by ${indices.from}`}`,
    text: (row) => (indices === undefined ? `index:${shown(row)}` : indices.textOf(shown(row) ?? '')),
    shown,
  };
}

/** The first column, or columns side by side, that hold architectures whatever they are called; null: there are none. */
function searched(table: CsvTable, space: Space): ArchitectureCells | null {
  const { columns } = table;
  if (columns.length > MOST_SEARCHED) return null;
  for (let parts = 1; parts <= MOST_PARTS; parts++) {
    for (let start = 0; start + parts <= columns.length; start++) {
      const some = columns.slice(start, start + parts);
      if (!isReadable(table, space, some)) continue;
      const note =
        parts === 1
          ? `architectures are read from column '${some[0]}'`
          : `architectures are read from the columns ${some.join(', ')}, joined by /`;
      return joined(some, note);
    }
  }
  return null;
}
