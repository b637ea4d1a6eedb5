import { setTimeout as sleep } from 'node:timers/promises';
import { durationText, plural, TenasError, writeOutputFile } from '@tenas/base';
import {
  type BatchStatus,
  csvLines,
  isWorkedOn,
  jsonLines,
  type RowFilter,
  type StatusCounts,
  StoreReader,
} from '@tenas/runner';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import type { Given, Invocation } from '../../invocation.js';
import { type Io, printResult, shownText } from '../../io.js';
import { formatOfName } from '../../output-format.js';
import { countsLine } from './counts-line.js';
import { exportedAggregates } from './exported-aggregates.js';
import { readerOf } from './opened-batch.js';
import type { exportUsage, statusUsage } from './options.js';
import { distinctTaskTexts } from './task-texts.js';

const watchInterval = 1000;

/** `tenas batch status`: shows the progress of a batch. */
export async function batchStatus({ given, json, io }: Invocation<typeof statusUsage>): Promise<ExitCode> {
  using reader = new StoreReader(given.folder);
  const status = given.watch ? await endOf(reader, given.folder, io) : statusNow(reader, given.folder);
  printResult(io, json, status, () => statusText(status, status.working));
  return exitCodes.ok;
}

function statusNow(reader: StoreReader, folder: string) {
  return { ...reader.status(), working: isWorkedOn(folder) };
}

/** Waits until no job is left, and shows the counts meanwhile. */
async function endOf(reader: StoreReader, folder: string, io: Io) {
  using line = countsLine(io);
  for (;;) {
    const status = statusNow(reader, folder);
    const { pending, queued, running } = status.jobs;
    if (pending + queued + running === 0) return status;
    const idle = status.working === false ? `; ${NOBODY}` : '';
    line.show(`${countsText(status.jobs)}${idle}`);
    await sleep(watchInterval, undefined, { signal: io.signal });
  }
}

function countsText(counts: StatusCounts): string {
  return Object.entries(counts)
    .filter(([status, count]) => count > 0 || status === 'done')
    .map(([status, count]) => `${count} ${status}`)
    .join(', ');
}

const NOBODY = 'no process works on it';

function statusText(status: BatchStatus, working: boolean | null): string {
  const lines = [`jobs  ${countsText(status.jobs)}`];
  const { pending, queued, running } = status.jobs;
  if (working === false && pending + queued + running > 0) {
    lines.push(`runs  ${NOBODY}; the same \`tenas batch run\` goes on`);
  }
  const textOf = distinctTaskTexts(status.tasks.map(({ task }) => task));
  for (const { task, jobs, units, seconds } of status.tasks) {
    const each =
      units.done === 0
        ? ''
        : `; ${plural(units.done, 'evaluation')}, ${(seconds / units.done).toPrecision(3)} s each`;
    lines.push(`      ${textOf(task)}: ${countsText(jobs)}${each}`);
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

type Format = 'csv' | 'jsonl' | 'parquet';

/** Formats with their extensions. */
const FORMATS: Readonly<Record<Format, readonly string[]>> = {
  csv: ['.csv'],
  jsonl: ['.jsonl', '.ndjson'],
  parquet: ['.parquet'],
};

/** The format given, or that of the file's name. @throws TenasError OPTION_INVALID where the name is one of another format */
function exportFormat({ format, file }: Given<typeof exportUsage>): Format {
  return format ?? formatOfName('--file', file, FORMATS, 'or --format') ?? 'csv';
}

/** `tenas batch export`: all results, for other programs. */
export async function batchExport({ given, json, io }: Invocation<typeof exportUsage>): Promise<ExitCode> {
  const format = exportFormat(given);
  using reader = await readerOf(given);
  const filter: RowFilter = {
    ...(given.kind === undefined ? {} : { kind: given.kind }),
    ...(given.all ? { statuses: ['pending', 'queued', 'running', 'done', 'failed'] } : {}),
  };
  const aggregates = exportedAggregates({ ...given, format }, reader);
  if (format === 'parquet') {
    if (given.file === undefined) {
      throw new TenasError('OPTION_INVALID', '--file is required for parquet, which is no text', {
        field: '--file',
      });
    }
    const { parquetParts } = await import('@tenas/runner/parquet');
    let rows = 0;
    const parts = parquetParts(reader, filter, () => rows++);
    await writeOutputFile(given.file, parts, { force: given.force, signal: io.signal });
    printResult(io, json, { file: given.file, rows }, () => `${plural(rows, 'row')} in ${given.file}`);
    return exitCodes.ok;
  }
  const lines =
    format === 'csv'
      ? csvLines(reader, filter, { aggregates, raw: given.raw })
      : jsonLines(reader.rows(filter));
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
  const written = format === 'csv' ? count - 1 : count;
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
  // Programs get every character, a terminal those that it shows.
  const out = (some: string) => io.out(io.columns === undefined ? some : shownText(some));
  let text = '';
  for (const line of lines) {
    text += `${line}\n`;
    if (text.length < 1 << 16) continue;
    out(text);
    text = '';
    await sleep(0, undefined, { signal: io.signal });
  }
  out(text);
}
