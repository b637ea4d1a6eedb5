import { setTimeout as sleep } from 'node:timers/promises';
import { durationText, plural, writeOutputFile } from '@tenas/base';
import {
  type BatchStatus,
  csvLines,
  type JobFields,
  type JobRow,
  jobFields,
  jsonLines,
  type RowFilter,
  type StatusCounts,
  StoreReader,
} from '@tenas/runner';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import type { Given, Invocation } from '../../invocation.js';
import { type Io, printResult } from '../../io.js';
import type { exportUsage, resultsUsage, statusUsage } from './options.js';
import { taskText } from './progress.js';

const watchInterval = 1000;

/** `tenas batch status`: shows the progress of a batch. */
export async function batchStatus({ given, json, io }: Invocation<typeof statusUsage>): Promise<ExitCode> {
  using reader = new StoreReader(given.folder);
  for (;;) {
    const status = reader.status();
    const { pending, queued, running } = status.jobs;
    if (!given.watch || pending + queued + running === 0) {
      printResult(io, json, status, () => statusText(status));
      return exitCodes.ok;
    }
    io.err(`${new Date().toTimeString().slice(0, 8)}  ${countsText(status.jobs)}\n`);
    await sleep(watchInterval, undefined, { signal: io.signal });
  }
}

function countsText(counts: StatusCounts): string {
  return Object.entries(counts)
    .filter(([status, count]) => count > 0 || status === 'done')
    .map(([status, count]) => `${count} ${status}`)
    .join(', ');
}

function statusText(status: BatchStatus): string {
  const lines = [`jobs  ${countsText(status.jobs)}`];
  for (const { task, jobs, units, seconds } of status.tasks) {
    const each =
      units.done === 0
        ? ''
        : `; ${plural(units.done, 'evaluation')}, ${(seconds / units.done).toPrecision(3)} s each`;
    lines.push(`      ${taskText(task)}: ${countsText(jobs)}${each}`);
  }
  if (status.unwanted > 0) {
    lines.push(`also  ${plural(status.unwanted, 'job')} of earlier specs, kept until \`tenas batch gc\``);
  }
  for (const { code, error, jobs } of status.failures) lines.push(`failed  ${jobs} × ${code}: ${error}`);
  if (status.lastFinishedAt !== null) {
    lines.push(`last  ${durationText(Math.max(0, (Date.now() - status.lastFinishedAt) / 1000))} ago`);
  }
  return lines.join('\n');
}

/** `tenas batch results`: the best results as a table. */
export async function batchResults({ given, json, io }: Invocation<typeof resultsUsage>): Promise<ExitCode> {
  using reader = new StoreReader(given.folder);
  const filter: RowFilter = given.kind === undefined ? {} : { kind: given.kind };
  const best = bestOf(reader.rows(filter), given.sort, given.limit);
  printResult(io, json, best, () => resultsText(best));
  return exitCodes.ok;
}

/** The first rows by a field, without holding all of them. */
function bestOf(
  rows: Iterable<JobRow>,
  sort: Given<typeof resultsUsage>['sort'],
  limit: number,
): JobFields[] {
  const kept: { readonly rank: number; readonly fields: JobFields }[] = [];
  const cut = () => {
    kept.sort((a, b) => a.rank - b.rank);
    kept.length = Math.min(kept.length, limit);
  };
  let order = 0;
  for (const row of rows) {
    const fields = jobFields(row);
    const value = sort === 'order' ? order++ : (fields[sort] ?? Number.POSITIVE_INFINITY);
    kept.push({ rank: sort === 'regions' ? -value : value, fields });
    if (kept.length >= 2 * limit + 1000) cut();
  }
  cut();
  return kept.map(({ fields }) => fields);
}

function resultsText(rows: readonly JobFields[]): string {
  if (rows.length === 0) return 'no results yet';
  const head = ['kind', 'dataset', 'seed', 'kappa', 'regions', 'params', 'flops', 'architecture'];
  const lines = rows.map((row) => [
    row.kind,
    row.dataset,
    String(row.seed),
    row.kappa?.toPrecision(5) ?? 'none',
    row.regions?.toFixed(1) ?? '',
    row.params === null ? '' : `${(row.params / 1e6).toFixed(3)} M`,
    row.flops === null ? '' : `${(row.flops / 1e6).toFixed(1)} M`,
    row.architecture ?? '',
  ]);
  const widths = head.map((name, column) =>
    Math.max(name.length, ...lines.map((line) => line[column]!.length)),
  );
  const last = head.length - 1;
  return [head, ...lines]
    .map((line) =>
      line.map((cell, column) => (column === last ? cell : cell.padEnd(widths[column]!))).join('  '),
    )
    .join('\n');
}

/** `tenas batch export`: all results, for other programs. */
export async function batchExport({ given, json, io }: Invocation<typeof exportUsage>): Promise<ExitCode> {
  using reader = new StoreReader(given.folder);
  const rows = reader.rows({
    ...(given.kind === undefined ? {} : { kind: given.kind }),
    ...(given.all ? { statuses: ['pending', 'queued', 'running', 'done', 'failed'] } : {}),
  });
  const lines = given.format === 'csv' ? csvLines(rows) : jsonLines(rows);
  if (given.file === undefined) {
    await print(lines, io);
    return exitCodes.ok;
  }
  let count = 0;
  const counted = function* (): Generator<string> {
    for (const line of lines) {
      count++;
      yield `${line}\n`;
    }
  };
  await writeOutputFile(given.file, counted(), { force: given.force, signal: io.signal });
  const written = given.format === 'csv' ? count - 1 : count;
  printResult(
    io,
    json,
    { file: given.file, rows: written },
    () => `${plural(written, 'row')} in ${given.file}`,
  );
  return exitCodes.ok;
}

/** Prints lines, some at a time, giving a pipe the time to take them. */
async function print(lines: Iterable<string>, io: Io): Promise<void> {
  let text = '';
  for (const line of lines) {
    text += `${line}\n`;
    if (text.length < 1 << 16) continue;
    io.out(text);
    text = '';
    await sleep(0, undefined, { signal: io.signal });
  }
  io.out(text);
}
