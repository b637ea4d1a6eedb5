import { clip, mean, plural, readInputText, TenasError } from '@tenas/base';
import { accuracyColumns, readCsv } from '@tenas/records';
import { GenotypeSyntaxError, listSpaces, ownReaders, type Space } from '@tenas/spaces';
import { readAccuracies } from '../accuracy-table.js';
import { canNameArchitectures } from '../architecture-cells.js';
import { canRead } from '../can-read.js';
import { type IndexTable, readIndexTable, spacesOfIndexTable } from '../index-table.js';
import { readSource, type SourceOptions } from './read-source.js';
import type { BenchmarkRow, BenchmarkRows } from './rows.js';

/** An entry of a benchmark's file that is no architecture of the space, or has text for a number. */
export interface SkippedEntry {
  readonly place: string;
  readonly text: string;
  readonly why: string;
}

/** A table of accuracies, ready to be written. */
export interface BuiltTable {
  /** What the file was recognised as. */
  readonly format: string;
  readonly space: Space;
  readonly columns: readonly string[];
  /** One row for each architecture, as the space writes it; null: the file has no such number. */
  readonly rows: readonly { readonly arch: string; readonly values: readonly (number | null)[] }[];
  readonly skipped: readonly SkippedEntry[];
  /** Assumptions and what was averaged, as sentences. */
  readonly notes: readonly string[];
}

/** How to build a table. */
export interface BuildOptions extends Omit<SourceOptions, 'isArchitecture'> {
  /** Default: the only known space that can read the architectures, of the file or else of the table of indices. */
  readonly space?: Space | undefined;
  /** A table of indices ({@link readIndexTable}), for files with numbers alone. */
  readonly indices?: { readonly text: string; readonly from: string } | undefined;
  /** Columns of accuracies; default: those whose names say so. */
  readonly columns?: readonly string[] | undefined;
  /** Columns of the architecture in a CSV; default: found. */
  readonly architectureColumns?: readonly string[] | undefined;
  /** All numbers of the file, such as its scores by proxies, and not the accuracies alone. Not for CSV. Default false. */
  readonly all?: boolean | undefined;
}

/** Names that are tried to find out which space a file is of. */
const TRIED = 50;
const LARGEST_TEXT = 512 * 2 ** 20;

/**
 * Makes a table of accuracies of a file or folder that benchmark authors publish, (docs/data.md), or of a CSV.
 * Several entries of one architecture are averaged.
 * @throws TenasError `BENCHMARK_INVALID` for a file that cannot be read, or without architectures or accuracies;
 * `CSV_INVALID`; `SPACE_AMBIGUOUS` where several spaces can read the architectures
 */
export async function buildAccuracyTable(path: string, options: BuildOptions): Promise<BuiltTable> {
  const { space, signal, onProgress } = options;
  const spaces = space === undefined ? listSpaces() : [space];
  const isArchitecture = (text: string) =>
    spaces.some((one) => canRead(one, text)) || (options.indices !== undefined && isNumber(text));
  const source = await readSource(path, { isArchitecture, signal, onProgress });
  return source === null ? await ofCsv(path, spaces, options) : ofRows(path, source, spaces, options);
}

const isNumber = (text: string) => /^\d+$/.test(text);

function ofRows(
  path: string,
  source: BenchmarkRows,
  spaces: readonly Space[],
  options: BuildOptions,
): BuiltTable {
  const names = source.rows.slice(0, TRIED).map(({ name }) => name);
  const space = onlySpace(
    path,
    spaces,
    (one) => names.filter((name) => canRead(one, name)).length * 2 > names.length,
    options,
  );
  const indices = indicesOf(space, options);
  const columns = columnsOf(path, source.rows, options);
  const found = new Map<string, BenchmarkRow[]>();
  const skipped: SkippedEntry[] = [];
  for (const row of source.rows) {
    const misplaced = misplacedIn(row, columns);
    if (misplaced !== null) {
      skipped.push(misplaced);
      continue;
    }
    try {
      const given =
        indices !== undefined && isNumber(row.name) && !canRead(space, row.name)
          ? indices.textOf(row.name)
          : row.name;
      const text = space.format(space.parse(given));
      const known = found.get(text);
      if (known === undefined) found.set(text, [row]);
      else known.push(row);
    } catch (error) {
      if (!(error instanceof TenasError)) throw error;
      const why =
        error instanceof GenotypeSyntaxError
          ? `at position ${error.position}, expected ${error.expected}`
          : error.message;
      skipped.push({ place: row.place, text: clip(row.name), why });
    }
  }
  const several = [...found.values()].filter(({ length }) => length > 1).length;
  return {
    format: source.format,
    space,
    columns,
    rows: [...found].map(([arch, rows]) => ({
      arch,
      values: columns.map((column) => averaged(rows, column)),
    })),
    skipped,
    notes:
      several === 0
        ? source.notes
        : [
            ...source.notes,
            `${plural(several, 'architecture')} in several entries, whose numbers were averaged`,
          ],
  };
}

/** The first text of a row that stands where a column of the table needs a number; null: there is none. */
function misplacedIn({ name, texts }: BenchmarkRow, columns: readonly string[]): SkippedEntry | null {
  const column = [null, ...columns].find((one) => texts?.has(one));
  const found = column === undefined ? undefined : texts?.get(column);
  if (found === undefined) return null;
  const why = `got ${clip(JSON.stringify(found.text))}; a number is needed`;
  return { place: found.place, text: clip(name), why: column === null ? why : `'${column}': ${why}` };
}

function averaged(rows: readonly BenchmarkRow[], column: string): number | null {
  const values = rows.flatMap(({ values: own }) => own.get(column) ?? []);
  return values.length === 0 ? null : values.length === 1 ? values[0]! : mean(values);
}

/** The columns to write: those that are named, all, or the accuracies; in the order of the file. */
function columnsOf(
  path: string,
  rows: readonly BenchmarkRow[],
  { columns, all = false }: BuildOptions,
): string[] {
  const known = [...new Set(rows.flatMap(({ values }) => [...values.keys()]))];
  const unknown = columns?.find((column) => !known.includes(column));
  const wanted = columns ?? (all ? known : accuracyColumns({ columns: known }).accuracies);
  if (unknown === undefined && wanted.length > 0) return known.filter((column) => wanted.includes(column));
  const problem = unknown === undefined ? 'no accuracies in it' : `no numbers called '${unknown}'`;
  const there = known.length === 0 ? 'it has no numbers' : `it has ${known.slice(0, 40).join(', ')}`;
  const texts = [...new Set(rows.flatMap((row) => [...(row.texts?.keys() ?? [])]))].filter(
    (column) => column !== null,
  );
  const wrong = unknown === undefined ? accuracyColumns({ columns: texts }).accuracies : [unknown];
  const first = rows.flatMap((row) => misplacedIn(row, wrong) ?? [])[0];
  throw new TenasError(
    'BENCHMARK_INVALID',
    `${path}: ${problem}; ${there}${first === undefined ? '' : `; ${first.place}: ${first.why}`}`,
    {
      field: 'accuracy',
      value: unknown,
    },
  );
}

async function ofCsv(path: string, spaces: readonly Space[], options: BuildOptions): Promise<BuiltTable> {
  const text = await readInputText(path, { maxBytes: LARGEST_TEXT, signal: options.signal });
  const table = readCsv(text, path, { forgiving: true });
  const space = onlySpace(path, spaces, (one) => canNameArchitectures(table, one), options);
  const indices = indicesOf(space, options);
  const { columns, architectureColumns } = options;
  const read = readAccuracies(table, { space, indices, columns, architectureColumns });
  return {
    format: 'CSV',
    space,
    columns: read.datasets,
    rows: [...read.accuracies].map(([arch, values]) => ({ arch, values })),
    skipped: read.skipped.map(({ line, text: cell, why }) => ({ place: `line ${line}`, text: cell, why })),
    notes: read.notes,
  };
}

function indicesOf(space: Space, { indices }: BuildOptions): IndexTable | undefined {
  return indices === undefined ? undefined : readIndexTable(indices.text, indices.from, space);
}

/**
 * The space that can read a file, or else the table of indices of a file with numbers alone; a single one to choose from
 * need not be asked.
 */
function onlySpace(
  path: string,
  spaces: readonly Space[],
  reads: (space: Space) => boolean,
  { indices }: BuildOptions,
): Space {
  if (spaces.length === 1) return spaces[0]!;
  const named = spaces.filter(reads);
  const numbered = named.length === 0 && indices !== undefined;
  const able = ownReaders(numbered ? spacesOfIndexTable(indices.text, indices.from, spaces) : named);
  if (able.length === 1) return able[0]!;
  const names = (able.length === 0 ? spaces : able).map(({ name }) => name).join(', ');
  const problem = able.length === 0 ? 'no known space can read' : 'several spaces can read';
  const what = numbered ? `the architectures of ${indices.from}` : 'its architectures';
  throw new TenasError('SPACE_AMBIGUOUS', `${path}: ${problem} ${what}; name the space, one of ${names}`, {
    field: 'space',
    value: path,
  });
}
