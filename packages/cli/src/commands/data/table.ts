import { dirname } from 'node:path';
import { countText, ensureWritableTarget, makeFolder, plural, writeOutputFile } from '@tenas/base';
import { type BuiltTable, buildAccuracyTable } from '@tenas/evaluation';
import { type CsvCell, csvText } from '@tenas/records';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import { inputText, namingInput } from '../../input-text.js';
import type { Invocation } from '../../invocation.js';
import { type Io, printResult, shownLine, showProgress } from '../../io.js';
import { PlugIns } from '../../plug-ins.js';
import type { tableUsage } from './options.js';

/** Entries that are shown of those that were left out. */
const SHOWN_SKIPPED = 10;

/** `tenas data table`: a CSV of accuracies from a file that benchmark authors publish. */
export async function dataTable({ given, json, io }: Invocation<typeof tableUsage>): Promise<ExitCode> {
  const { source, out, accuracy, archColumn, indexTable, all, force } = given;
  await makeFolder(dirname(out));
  await ensureWritableTarget(out, { force });
  const space = given.space === undefined ? undefined : await new PlugIns().space(given.space);
  const indices =
    indexTable === undefined
      ? undefined
      : { text: await inputText('--index-table', indexTable, io.signal), from: indexTable };
  const built = await namingInput('source', source, () =>
    buildAccuracyTable(source, {
      ...{ space, all, columns: accuracy, architectureColumns: archColumn, signal: io.signal },
      indices,
      onProgress: progressIn(io),
    }),
  );
  const columns = ['arch', ...built.columns];
  const rows = built.rows.map(
    ({ arch, values }): Record<string, CsvCell> =>
      Object.fromEntries([
        ['arch', arch],
        ...built.columns.map((column, at) => [column, values[at] ?? null]),
      ]),
  );
  await writeOutputFile(out, csvText(columns, rows, { raw: true }), { force });
  const document = {
    ...{ source, format: built.format, space: built.space.name, out, architectures: rows.length },
    columns: built.columns,
    skipped: { count: built.skipped.length, examples: built.skipped.slice(0, SHOWN_SKIPPED) },
    notes: built.notes,
  };
  if (json) for (const note of built.notes) io.err(`note: ${note}\n`);
  printResult(io, json, document, () => textOf(built, out));
  return exitCodes.ok;
}

function textOf({ format, space, columns, rows, skipped, notes }: BuiltTable, out: string): string {
  const more = skipped.length - SHOWN_SKIPPED;
  return [
    `written: ${out}, ${plural(rows.length, 'architecture')} of ${space.name}`,
    `read as   ${format}`,
    `columns   ${columns.join(', ')}`,
    ...notes.map((note) => `note      ${note}`),
    ...(skipped.length === 0 ? [] : [`left out  ${countText(skipped.length)} that could not be read:`]),
    ...skipped
      .slice(0, SHOWN_SKIPPED)
      .map(({ place, text, why }) => shownLine(`          ${place}: ${text}: ${why}`)),
    ...(more > 0 ? [`          and ${countText(more)} more`] : []),
  ].join('\n');
}

/** Architectures that pass between two lines of progress. */
const LINE_EVERY = 1000;

/** A line that counts on terminals, a line now and then elsewhere. */
function progressIn(io: Io): (done: number, total: number) => void {
  return (done, total) => {
    if (io.terminal === null) {
      if (done % LINE_EVERY === 0)
        showProgress(io, `${countText(done)} of ${countText(total)} architectures read\n`);
    } else if (done === total) {
      showProgress(io, '\r\u001b[K');
    } else if (done % 10 === 0) {
      showProgress(io, `\r${countText(done)} of ${countText(total)} architectures read`);
    }
  };
}
