import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { plural, TenasError } from '@tenas/base';
import { BatchStore, STORE_FILE } from '@tenas/runner';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import type { Invocation } from '../../invocation.js';
import { printResult } from '../../io.js';
import type { collectUsage, retryUsage } from './options.js';

/** The store in a folder, to change it; makes none. */
function openStore(folder: string): BatchStore {
  if (!existsSync(join(folder, STORE_FILE))) {
    throw new TenasError(
      'STORE_MISSING',
      `${folder}: there is no ${STORE_FILE} in it; give the --out folder of \`tenas batch run\``,
      {
        field: 'folder',
        value: folder,
      },
    );
  }
  return new BatchStore(folder);
}

/** `tenas batch retry`: re-queues failed jobs. */
export async function batchRetry({ given, json, io }: Invocation<typeof retryUsage>): Promise<ExitCode> {
  using store = openStore(given.folder);
  const { jobs, units } = store.retryFailed();
  printResult(io, json, { jobs, evaluations: units }, () =>
    jobs === 0 ? 'no job has failed' : `re-queued: ${plural(jobs, 'job')}; start \`tenas batch run\``,
  );
  return exitCodes.ok;
}

/** `tenas batch gc`: only what the latest spec asks for stays. */
export async function batchCollect({ given, json, io }: Invocation<typeof collectUsage>): Promise<ExitCode> {
  using store = openStore(given.folder);
  const { jobs, units } = store.collectGarbage();
  printResult(
    io,
    json,
    { jobs, evaluations: units },
    () => `removed: ${plural(jobs, 'job')}, ${plural(units, 'evaluation')}`,
  );
  return exitCodes.ok;
}
