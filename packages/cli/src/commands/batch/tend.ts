import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ensureWritableTarget, makeFolder, plural, writeOutputFile } from '@tenas/base';
import { BatchStore, existingStore, mendStore, mergeStores, StoreReader, verifyStore } from '@tenas/runner';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import type { Invocation } from '../../invocation.js';
import { printResult } from '../../io.js';
import type { backupUsage, collectUsage, mergeUsage, retryUsage, verifyUsage } from './options.js';

/** The store in a folder, to change it; makes none. */
function openStore(folder: string): BatchStore {
  existingStore(folder);
  return new BatchStore(folder);
}

/** `tenas batch merge`: brings shards together. */
export async function batchMerge({ given, json, io }: Invocation<typeof mergeUsage>): Promise<ExitCode> {
  const { folder, shards } = given;
  const merged = await mergeStores(folder, shards, io.signal);
  printResult(io, json, { out: folder, ...merged }, () => {
    const { jobs, added, shard } = merged;
    const which = shard === null ? 'all shards' : `shards ${shard}`;
    return [
      `merged  ${plural(added.jobs, 'job')}, ${plural(added.evaluations, 'evaluation')} that were not there; ${which} of the spec`,
      `jobs    ${jobs.done} of ${jobs.total} done, ${jobs.failed} failed, ${jobs.waiting} waiting`,
      `store   ${folder}`,
    ].join('\n');
  });
  return exitCodes.ok;
}

/** `tenas batch verify`: compares the store with its checksums. */
export async function batchVerify({ given, json, io }: Invocation<typeof verifyUsage>): Promise<ExitCode> {
  const { folder } = given;
  const { pages, rows, checked } = verifyStore(folder);
  const sound = pages.length + rows.length === 0;
  const damaged = rows.map(({ table, key, reason }) => ({ table, key, reason }));
  printResult(io, json, { sound, rows: checked, pages, damaged }, () => {
    if (sound) return `sound: ${plural(checked, 'row')} and all pages in use`;
    const advice =
      pages.length > 0
        ? [
            `\`tenas batch retry ${folder} --damaged\` mends damaged indexes; otherwise put a copy of \`tenas batch backup\``,
            'in its place, or move the file away and run the spec again',
          ]
        : [`\`tenas batch retry ${folder} --damaged\` and \`tenas batch run\` make them again`];
    return [
      ...pages.map((problem) => `damaged page: ${problem}`),
      ...damaged.map(({ table, key, reason }) => `damaged row of ${table}: ${key}: ${reason}`),
      ...advice,
    ].join('\n');
  });
  if (pages.length > 0) return exitCodes.unavailable;
  return sound ? exitCodes.ok : exitCodes.checkFailed;
}

/** `tenas batch backup`: a copy of the store, as it is at one moment. */
export async function batchBackup({ given, json, io }: Invocation<typeof backupUsage>): Promise<ExitCode> {
  const { folder, file, force } = given;
  const beside = dirname(file);
  await makeFolder(beside);
  await ensureWritableTarget(file, { force });
  // Nothing but a sound store is worth a copy.
  using reader = new StoreReader(folder);
  const temporary = await mkdtemp(join(beside, '.tenas-backup-'));
  let bytes: number;
  try {
    const copy = join(temporary, 'batch.sqlite');
    reader.copyTo(copy, file);
    bytes = await writeOutputFile(file, createReadStream(copy), { force, signal: io.signal });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  printResult(io, json, { file, bytes }, () => `${file}: ${Math.ceil(bytes / 1000)} kB`);
  return exitCodes.ok;
}

/** `tenas batch retry`: re-queues failed jobs, or what is damaged. */
export async function batchRetry({ given, json, io }: Invocation<typeof retryUsage>): Promise<ExitCode> {
  if (given.damaged) {
    const { damaged, evaluations, removed, indexes } = mendStore(given.folder);
    printResult(io, json, { damaged: damaged.length, evaluations, removed, indexes }, () =>
      damaged.length === 0
        ? indexes
          ? 'damaged indexes were made again; no row is damaged'
          : 'nothing is damaged'
        : `${plural(damaged.length, 'damaged row')}: ${plural(evaluations, 'evaluation')} re-queued, ${plural(removed, 'row')} removed; start \`tenas batch run\``,
    );
    return exitCodes.ok;
  }
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
