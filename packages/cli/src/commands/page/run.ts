import { dirname } from 'node:path';
import { ensureWritableTarget, makeFolder, writeOutputFile } from '@tenas/base';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import type { Invocation } from '../../invocation.js';
import { printResult } from '../../io.js';
import type { pageUsage } from './options.js';
import { searchPageFile } from './search-page-file.js';

/** `tenas page`: a page on which a search runs in the browser, as one file. */
export async function page({ given, json, io }: Invocation<typeof pageUsage>): Promise<ExitCode> {
  const { out, force } = given;
  await makeFolder(dirname(out));
  await ensureWritableTarget(out, given);
  const content = await searchPageFile(io.signal);
  io.signal.throwIfAborted();
  await writeOutputFile(out, content, { force, signal: io.signal });
  const document = { out, bytes: Buffer.byteLength(content) };
  printResult(io, json, document, () =>
    [
      `page  ${out} (${(document.bytes / 1e6).toFixed(2)} MB)`,
      'open it in any browser since 2023, or put it on a web server; it asks the network for nothing',
    ].join('\n'),
  );
  return exitCodes.ok;
}
