import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ensureWritableTarget, jsonValue, makeFolder, TenasError, writeOutputFile } from '@tenas/base';
import type { IndexTable } from '@tenas/evaluation';
import { evaluateScores, readAccuracies, readScores, type Target } from '@tenas/evaluation';
import { readDeviceTable } from '@tenas/latency';
import { type CsvTable, columnList, readCsv } from '@tenas/records';
import type { Space } from '@tenas/spaces';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import { givenIndexTable } from '../../given-index-table.js';
import { inputText, namingInput } from '../../input-text.js';
import type { Invocation } from '../../invocation.js';
import { type Io, printResult, showProgress } from '../../io.js';
import { PlugIns } from '../../plug-ins.js';
import type { evaluateUsage } from './options.js';
import { spaceOfScores } from './space-of-scores.js';
import { evaluationText } from './summary.js';

/** `tenas evaluate`: how well scores rank architectures whose accuracies are known. */
export async function evaluate({ given, json, io }: Invocation<typeof evaluateUsage>): Promise<ExitCode> {
  const { flag, path, target } = judgedBy(given);
  if (given.out !== undefined) {
    await makeFolder(dirname(given.out));
    await ensureWritableTarget(given.out, given);
  }
  const { strict } = given;
  // Rows of another width are refused with the others, so that a strict reading ends at the first line that is wrong.
  const scoresTable = readCsv(await scoresText(given.scores, io.signal), given.scores, { forgiving: true });
  const plugIns = new PlugIns();
  const space = await spaceOfScores(scoresTable, given.space, plugIns);
  // Metrics are judged wherever they have a column, or count; to be known is enough.
  await plugIns.metrics(given.metric.flatMap(({ path }) => path ?? []));
  const indices = await givenIndexTable(given.indexTable, space, io.signal);
  const tableText = await inputText(flag, path, io.signal);
  const accuracies = readCsv(tableText, path, { forgiving: true });
  const columnsIn = architectureColumns(given.archColumn, scoresTable, accuracies);
  const scores = readScores(scoresTable, {
    ...{ space, indices, strict },
    architectureColumns: columnsIn(scoresTable),
    columns: given.metric.flatMap(({ column, better }) => (column === undefined ? [] : { column, better })),
    dataset: given.dataset,
    target,
    seed: given.seed,
  });
  const table = readAccuracies(accuracies, {
    ...{ space, indices, strict },
    target,
    columns:
      target === 'latency' ? devicesIn(tableText, path, given.device, { space, indices }) : given.accuracy,
    architectureColumns: columnsIn(accuracies),
  });
  const evaluation = await evaluateScores({
    space: space.name,
    scores,
    table,
    combine: given.combine.length === 0 ? undefined : given.combine,
    missing: given.missing,
    resamples: given.resamples,
    confidence: given.confidence,
    seed: given.seed,
    signal: io.signal,
    onProgress: progressIn(io),
  });
  if (given.out !== undefined) {
    await writeOutputFile(given.out, `${JSON.stringify(evaluation, jsonValue)}\n`, given);
    io.err(`written: ${given.out}\n`);
  }
  if (json) for (const note of evaluation.notes ?? []) io.err(`note: ${note}\n`);
  printResult(io, json, evaluation, () => evaluationText(evaluation, given.full));
  return exitCodes.ok;
}

/**
 * The table that scores are judged by.
 * @throws TenasError OPTION_INVALID where none or both are given, or a flag of the other one
 */
function judgedBy({ table, deviceTable, accuracy, device }: Invocation<typeof evaluateUsage>['given']): {
  readonly flag: string;
  readonly path: string;
  readonly target: Target;
} {
  const refuse = (field: string, problem: string): never => {
    throw new TenasError('OPTION_INVALID', `${field}: ${problem}`, { field });
  };
  if (table !== undefined && deviceTable !== undefined) {
    refuse('--device-table', 'give this one or --table: scores are judged by latencies or by accuracies');
  }
  if (deviceTable !== undefined) {
    if (accuracy !== undefined) {
      refuse('--accuracy', 'goes with --table; --device names columns of a device table');
    }
    return { flag: '--device-table', path: deviceTable, target: 'latency' };
  }
  if (device !== undefined) {
    refuse('--device', 'goes with --device-table; --accuracy names columns of --table');
  }
  if (table !== undefined) return { flag: '--table', path: table, target: 'accuracy' };
  throw new TenasError(
    'OPTION_INVALID',
    'give --table, a CSV of accuracies, or --device-table, one of latencies; see `tenas evaluate --help`',
    { field: '--table' },
  );
}

/** The columns of a device table that are judged by. @throws TenasError `CSV_INVALID` listing the devices */
function devicesIn(
  text: string,
  path: string,
  wanted: readonly string[] | undefined,
  how: { readonly space: Space; readonly indices: IndexTable | undefined },
): readonly string[] {
  const table = readDeviceTable(text, path, how);
  return wanted === undefined ? table.devices : wanted.map((device) => table.column(device));
}

/** The text of a CSV file, or the scores in a batch's folder as `tenas batch export` writes them. */
async function scoresText(path: string, signal: AbortSignal): Promise<string> {
  const { isFolder } = await namingInput('scores', path, async () => ({
    isFolder: (await stat(path)).isDirectory(),
  }));
  if (!isFolder) return await inputText('scores', path, signal);
  const { csvLines, StoreReader } = await import('@tenas/runner');
  using reader = new StoreReader(path);
  return [...csvLines(reader, { kind: 'score', statuses: ['done', 'failed'] }, { raw: true })].join('\n');
}

/** A line that counts, on terminals only. */
function progressIn(io: Io): (done: number, total: number) => void {
  const { terminal } = io;
  if (terminal === null) return () => {};
  return (done, total) => {
    showProgress(io, done === total ? '\r\u001b[K' : `\r${done} of ${total} judged`);
  };
}

/**
 * The columns of `--arch-column` in the tables that have them; a table without them says by itself which they are.
 * @throws TenasError CSV_INVALID where no table has them
 */
function architectureColumns(
  given: readonly string[] | undefined,
  scores: CsvTable,
  accuracies: CsvTable,
): (table: CsvTable) => readonly string[] | undefined {
  const has = ({ columns }: CsvTable) => given?.every((column) => columns.includes(column)) ?? false;
  if (given !== undefined && !has(scores) && !has(accuracies)) {
    const missing = given.find((column) => !accuracies.columns.includes(column)) ?? given[0]!;
    throw new TenasError(
      'CSV_INVALID',
      `--arch-column: neither table has ${given.join(', ')}: the columns of ${scores.from} are ${columnList(scores)}; ` +
        `those of ${accuracies.from} are ${columnList(accuracies)}`,
      { field: '--arch-column', value: missing },
    );
  }
  return (table) => (has(table) ? given : undefined);
}
