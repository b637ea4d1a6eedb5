import { clip, TenasError } from '@tenas/base';
import { ARCHITECTURE_COLUMNS, columnList, readCsv } from '@tenas/records';
import type { Space } from '@tenas/spaces';
import { canRead } from './can-read.js';

/** Architectures by their numbers in a benchmark. */
export interface IndexTable {
  readonly from: string;
  readonly size: number;
  /** The architecture of a number, as the space writes it. @throws TenasError `INDEX_OUT_OF_RANGE` for one that is not there */
  textOf(index: string | number): string;
}

/** Names of a column of numbers. */
const NUMBERS: readonly string[] = ['index', 'arch_index', 'idx', 'id'];

/**
 * Reads a table of indices: a CSV with a column of architectures and a column `index` (`arch_index`, `idx`, `id`), or
 * without such numbers in the order from 0; or a list with one architecture on each line, the first of which is 0.
 * @throws TenasError `CSV_INVALID` naming the line: a number that is none or stands there twice, no architecture
 */
export function readIndexTable(text: string, from: string, space: Space): IndexTable {
  const entries = canRead(space, firstLine(text)) ? entriesOfList(text, from) : entriesOfTable(text, from);
  const architectures = new Map<number, string>();
  for (const { index, text: given, line } of entries) {
    if (architectures.has(index)) throw invalid(from, line, `the number ${index} stands there twice`);
    architectures.set(index, inSpace(space, given, `${from}: line ${line}`));
  }
  return {
    from,
    size: architectures.size,
    textOf(index) {
      const number = typeof index === 'number' || /^\d+$/.test(index) ? Number(index) : Number.NaN;
      const found = architectures.get(number);
      if (found !== undefined) return found;
      const wanted = `the numbers of its ${architectures.size} architectures begin with ${Math.min(...architectures.keys())}`;
      throw new TenasError(
        'INDEX_OUT_OF_RANGE',
        `${from} has no architecture number ${clip(String(index))}; ${wanted}`,
        {
          field: 'index',
          value: index,
        },
      );
    },
  };
}

/** Architectures that are tried to find out which space they are of. */
const TRIED = 50;

/**
 * The spaces that can read most of the first architectures of a table of indices, see {@link readIndexTable}.
 * @throws TenasError `CSV_INVALID` for a table without a column of architectures, or with a number that is none
 */
export function spacesOfIndexTable(text: string, from: string, spaces: readonly Space[]): Space[] {
  const listed = spaces.filter((space) => canRead(space, firstLine(text)));
  if (listed.length > 0) return listed;
  const tried = entriesOfTable(text, from).slice(0, TRIED);
  return spaces.filter(
    (space) => tried.filter((entry) => canRead(space, entry.text)).length * 2 > tried.length,
  );
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.trim() ?? '';
}

interface Entry {
  readonly index: number;
  readonly text: string;
  readonly line: number;
}

function entriesOfList(text: string, from: string): Entry[] {
  return text
    .split('\n')
    .map((line, place) => ({ text: line.trim(), line: place + 1 }))
    .filter((entry) => entry.text !== '')
    .map((entry, index) => {
      if (entry.line !== index + 1)
        throw invalid(from, index + 1, 'a list of architectures has no empty lines');
      return { ...entry, index };
    });
}

function entriesOfTable(text: string, from: string): Entry[] {
  const table = readCsv(text, from);
  const column = ARCHITECTURE_COLUMNS.find((name) => table.columns.includes(name));
  if (column === undefined) {
    throw invalid(
      from,
      1,
      `no column ${ARCHITECTURE_COLUMNS.slice(0, 3).join(', ')} of architectures; its columns are ${columnList(table)}`,
    );
  }
  const numbers = NUMBERS.find((name) => table.columns.includes(name));
  return table.rows.map((row, place) => {
    const given = numbers === undefined ? String(place) : (row.cells[numbers] ?? '');
    if (!/^\d{1,15}$/.test(given)) {
      throw invalid(from, row.line, `column '${numbers}': got ${clip(given)}; a whole number is needed`);
    }
    return { index: Number(given), text: row.cells[column] ?? '', line: row.line };
  });
}

function invalid(from: string, line: number, problem: string): TenasError {
  return new TenasError('CSV_INVALID', `${from}: line ${line}: ${problem}`, {
    field: 'index-table',
    value: from,
  });
}

function inSpace(space: Space, text: string, place: string): string {
  try {
    return space.format(space.parse(text));
  } catch (error) {
    if (!(error instanceof TenasError)) throw error;
    throw new TenasError('CSV_INVALID', `${place}: ${error.message}`, { field: 'index-table', cause: error });
  }
}
