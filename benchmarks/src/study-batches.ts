import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeFolder, writeOutputFile } from '@tenas/base';
import { csvText, readCsv } from '@tenas/records';
import { getSpace, type Space } from '@tenas/spaces';
import { runNode } from './child-process.js';
import { tenasCommand } from './paths.js';
import { joinedScores } from './study-scores.js';
import { METRIC_GROUPS, type StudyTable } from './study-tables.js';

/** Where the study reads and writes. */
export interface StudyFolders {
  /** The tables, as `tenas data table` writes them. */
  readonly tables: string;
  /** Specs, batches, joined scores and evaluations. */
  readonly out: string;
  /** CIFAR-10. */
  readonly data: string;
}

/** Runs the command and shows what it says when it fails. */
export async function tenas(args: readonly string[]): Promise<string> {
  return (await runNode([tenasCommand, ...args], { cwd: process.cwd() })).out;
}

/** The metrics' CSV of a table. */
export function scoresFile({ out }: StudyFolders, table: string): string {
  return join(out, 'scores', `${table}.csv`);
}

/** The accuracies of a table. */
export function tableFile({ tables, out }: StudyFolders, { name, drawnFrom }: StudyTable): string {
  return drawnFrom === undefined ? join(tables, `${name}.csv`) : join(out, 'samples', `${name}.csv`);
}

/** Writes a table that is made of another one. Others are there. */
export async function drawTable(folders: StudyFolders, table: StudyTable): Promise<void> {
  const { drawnFrom } = table;
  if (drawnFrom === undefined) return;
  const from = join(folders.tables, `${drawnFrom.table}.csv`);
  const { columns, rows } = readCsv(readFileSync(from, 'utf8'), from);
  const drawn = rowsDrawn(getSpace(table.space), rows, drawnFrom.every);
  await makeFolder(join(folders.out, 'samples'));
  const cells = drawn.map((row) => row.cells);
  await writeOutputFile(tableFile(folders, table), csvText(columns, cells), { force: true });
}

/** The rows of a table whose place is divisible by `every`, where each is the representative of the architectures that are isomorphic to it. */
export function rowsDrawn<Row extends { readonly cells: Readonly<Record<string, string | undefined>> }>(
  space: Pick<Space, 'parse' | 'format' | 'isomorphism'>,
  rows: readonly Row[],
  every: number,
): Row[] {
  return rows.filter(({ cells }, place) => {
    if (place % every !== 0) return false;
    const architecture = space.parse(cells.arch ?? '');
    const representative = space.isomorphism?.representative(architecture) ?? architecture;
    return space.format(representative) === space.format(architecture);
  });
}

/**
 * Scores a table's architectures by one group of metrics, as a batch that goes on where it stopped.
 * @returns the batch's folder
 */
export async function scoreGroup(
  folders: StudyFolders,
  table: StudyTable,
  group: string,
  threads: number,
): Promise<string> {
  const { images, space, limits = {} } = table;
  const limit = limits[group];
  const all = tableFile(folders, table);
  const listed = limit === undefined ? all : await sampleOf(folders, all, `${table.name}-${limit}`, limit);
  const spec = {
    ...(images === 'synthetic' ? {} : { datasets: { [images]: { data: resolve(folders.data) } } }),
    score: {
      spaces: space,
      datasets: images,
      architectures: table.name === 'nb201' ? 'all' : { file: resolve(listed) },
      metrics: METRIC_GROUPS[group],
      repeats: 1,
      seeds: 0,
    },
  };
  const file = join(folders.out, 'specs', `${table.name}-${group}.yaml`);
  await makeFolder(join(folders.out, 'specs'));
  await writeOutputFile(file, `${JSON.stringify(spec, null, 2)}\n`, { force: true });
  const batch = join(folders.out, 'batches', `${table.name}-${group}`);
  await tenas(['batch', 'run', file, '--out', batch, '--threads', String(threads), '--quiet']);
  return batch;
}

/** Writes a sample of a table: see {@link firstByHash}. */
async function sampleOf({ out }: StudyFolders, from: string, name: string, size: number): Promise<string> {
  const { columns, rows } = readCsv(readFileSync(from, 'utf8'), from);
  const file = join(out, 'samples', `${name}.csv`);
  await makeFolder(join(out, 'samples'));
  const cells = firstByHash(rows, size).map((row) => row.cells);
  await writeOutputFile(file, csvText(columns, cells), { force: true });
  return file;
}

/** The first architectures in the order of the SHA-256 of their text: a sample that depends on nothing else. */
export function firstByHash<Row extends { readonly cells: Readonly<Record<string, string | undefined>> }>(
  rows: readonly Row[],
  size: number,
): Row[] {
  const hash = (text: string | undefined) =>
    createHash('sha256')
      .update(text ?? '')
      .digest('hex');
  return rows
    .map((row) => ({ row, key: hash(row.cells.arch) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .slice(0, size)
    .map(({ row }) => row);
}

/** Joins a table's batches into one CSV of scores. @returns how many architectures all batches have */
export async function joinBatches(
  folders: StudyFolders,
  table: StudyTable,
  groups: readonly string[],
): Promise<number> {
  const exports = [];
  for (const group of groups) {
    const from = join(folders.out, 'batches', `${table.name}-${group}`);
    const text = await tenas(['batch', 'export', from, '--format', 'csv']);
    exports.push({ from, text, metrics: METRIC_GROUPS[group]! });
  }
  const { text, rows } = joinedScores(exports);
  await makeFolder(join(folders.out, 'scores'));
  await writeOutputFile(scoresFile(folders, table.name), text, { force: true });
  return rows;
}
