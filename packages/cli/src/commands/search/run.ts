import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import {
  durationText,
  makeFolder,
  plural,
  TenasError,
  writeOutputFile,
  writeUnderFreshName,
} from '@tenas/base';
import type { Scores } from '@tenas/records';
import {
  type CompleteRecord,
  type InterruptedRecord,
  pruneSearch,
  SearchInterrupted,
  scoreFound,
} from '@tenas/search';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import { openImageSource } from '../../image-source.js';
import type { Given, Invocation } from '../../invocation.js';
import { type Io, jsonValue, printResult } from '../../io.js';
import { PlugIns } from '../../plug-ins.js';
import { version } from '../../version.js';
import type { searchUsage } from './options.js';
import { searchProgress } from './progress.js';

/** `tenas search`: a pruning search, with its record in a file whether it ends or is stopped. */
export async function search({ given, json, io }: Invocation<typeof searchUsage>): Promise<ExitCode> {
  const plugIns = new PlugIns();
  const space = await plugIns.space(given.space);
  await prepareFolder(given.out);
  const source = await openImageSource(given);
  const progress = searchProgress(io);
  const name = `search-${space.name}-${source.name}-${given.protocol}-seed${given.seed}`;
  try {
    const found = await pruneSearch({
      space,
      source,
      protocol: given.protocol,
      settings: {
        repeats: given.repeats,
        ntk: { batchSize: given.ntkBatch, mode: given.ntkMode },
        regions: { batches: given.regionBatches, batchSize: given.regionBatch },
        ...(given.finals === undefined
          ? {}
          : { finals: given.finals === 0 ? null : { architectures: given.finals } }),
      },
      seed: given.seed,
      ...(given.threads === undefined ? {} : { threads: given.threads }),
      ...(given.device === undefined ? {} : { device: given.device }),
      signal: io.signal,
      onProgress: progress.show,
    });
    progress.stop();
    const scores = await scoreFound(found, {
      space,
      source,
      threads: given.threads,
      device: given.device,
      signal: io.signal,
    }).catch(async (error: unknown) => {
      const kept = await writeRecord(given, name, withOrigin(found, plugIns));
      io.err(`the search is done and its record is in ${kept}; scoring what it found failed\n`);
      throw error;
    });
    const document = { ...withOrigin(found, plugIns), scores };
    const record = await writeRecord(given, name, document);
    const { skipped } = found.dataset;
    if (skipped > 0)
      io.err(`note: ${plural(skipped, 'file')} could not be decoded; other images took their place\n`);
    printResult(io, json, { ...document, record }, () => summary(document, record));
    return exitCodes.ok;
  } catch (error) {
    progress.stop();
    if (error instanceof SearchInterrupted)
      await leavePartialRecord(io, given.out, name, withOrigin(error.record, plugIns));
    throw error;
  } finally {
    await source.close?.();
  }
}

/** Fails before the search where its record could not be written after it. */
async function prepareFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    await access(folder, constants.W_OK);
  } catch (cause) {
    if (cause instanceof TenasError && cause.code === 'OUTPUT_NO_SPACE') throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TenasError('OPTION_INVALID', `--out: ${folder} is no folder to write to (${reason})`, {
      field: '--out',
      value: folder,
      cause,
    });
  }
}

/** The record with the version of this command and what came from files of the user's own. */
function withOrigin<R extends CompleteRecord | InterruptedRecord>(record: R, plugIns: PlugIns) {
  return {
    ...record,
    versions: { tool: version(), ...record.versions },
    plugins: plugIns.recorded(),
  };
}

async function writeRecord(
  given: Pick<Given<typeof searchUsage>, 'out' | 'force'>,
  name: string,
  document: CompleteRecord,
): Promise<string> {
  const content = `${JSON.stringify(document, jsonValue, 2)}\n`;
  try {
    if (!given.force) return await writeUnderFreshName(given.out, name, '.json', content);
    const path = join(given.out, `${name}.json`);
    await writeOutputFile(path, content, { force: true });
    return path;
  } catch (error) {
    if (!(error instanceof TenasError)) throw error;
    // What took hours to find should not be lost with the file.
    throw new TenasError(error.code, `${error.message}; the search found ${document.genotype}`, {
      field: '--out',
      value: given.out,
      cause: error,
    });
  }
}

async function leavePartialRecord(
  io: Io,
  folder: string,
  name: string,
  record: InterruptedRecord,
): Promise<void> {
  const content = `${JSON.stringify(record, jsonValue, 2)}\n`;
  // That the search was interrupted is what the command ends with, whether or not this can be written.
  const kept = await writeUnderFreshName(folder, name, '.partial.json', content).then(
    (path) => `what was measured is in ${path}`,
    (error: unknown) => `what was measured is lost: ${error instanceof Error ? error.message : error}`,
  );
  io.err(`interrupted after ${plural(record.detail.rounds.length, 'whole round')}; ${kept}\n`);
}

function summary(
  found: Omit<CompleteRecord, 'scores'> & { readonly scores: Scores },
  record: string,
): string {
  const { evaluations, metricSeconds } = found;
  const score = (metric: string) => found.scores[metric]?.value ?? null;
  const millions = (metric: string, digits: number) => ((score(metric) ?? 0) / 1e6).toFixed(digits);
  const condition = score('ntk')?.toPrecision(4) ?? 'none';
  return [
    `found   ${found.genotype}`,
    `scores  condition number ${condition}, ${score('regions')?.toFixed(1)} linear regions; ${millions('params', 3)} M parameters, ${millions('macs', 2)} M multiply-adds`,
    `time    ${durationText(found.seconds)}: ${durationText(metricSeconds.ntk)} for ${evaluations.ntk} NTK, ${durationText(metricSeconds.regions)} for ${evaluations.regions} region evaluations`,
    `record  ${record}`,
  ].join('\n');
}
