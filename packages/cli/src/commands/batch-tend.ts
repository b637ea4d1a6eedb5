import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TenasError } from '@tenas/base';
import { BatchStore, STORE_FILE } from '@tenas/runner';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { printResult } from '../io.js';
import type { Invocation } from '../program.js';
import { folderOf } from './batch-read.js';

/** The store in a folder, to change it; makes none. */
function openStore(args: readonly string[]): BatchStore {
  const folder = folderOf(args);
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

/** `tenas batch retry`: failed jobs wait again. */
export async function batchRetry({ args, json, io }: Invocation): Promise<ExitCode> {
  using store = openStore(args);
  const { jobs, units } = store.retryFailed();
  printResult(io, json, { jobs, evaluations: units }, () =>
    jobs === 0 ? 'no job has failed' : `${jobs} jobs wait again; start \`tenas batch run\``,
  );
  return exitCodes.ok;
}

/** `tenas batch gc`: only what the latest spec asks for stays. */
export async function batchCollect({ args, json, io }: Invocation): Promise<ExitCode> {
  using store = openStore(args);
  const { jobs, units } = store.collectGarbage();
  printResult(io, json, { jobs, evaluations: units }, () => `${jobs} jobs and ${units} evaluations removed`);
  return exitCodes.ok;
}
