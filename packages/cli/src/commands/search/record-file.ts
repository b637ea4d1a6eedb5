import { join } from 'node:path';
import { jsonValue, plural, TenasError, writeOutputFile, writeUnderFreshName } from '@tenas/base';
import type { CompleteSearch, SearchRecord } from '@tenas/records';
import type { Io } from '../../io.js';
import { version } from '../../version.js';

/** Where the record of a search goes. */
export interface RecordTarget {
  readonly out: string;
  readonly force: boolean;
  /** Name of the file, without its extension. */
  readonly name: string;
}

/** Names of records tell the strategy, or which kind of it: `search-SPACE-DATASET-fast-seed1`. */
export function recordName(about: {
  readonly space: string;
  readonly dataset: string;
  readonly kind: string;
  readonly seed: number;
}): string {
  return `search-${about.space}-${about.dataset}-${about.kind}-seed${about.seed}`;
}

/** The record with the version of this command. */
export function withTool<R extends SearchRecord>(record: R): R {
  return { ...record, versions: { tool: version(), ...record.versions } };
}

/** Writes the record of a search that found something. @returns the path */
export async function writeRecord(target: RecordTarget, record: CompleteSearch): Promise<string> {
  const { out, force, name } = target;
  const content = textOf(record);
  try {
    if (!force) return await writeUnderFreshName(out, name, '.json', content);
    const path = join(out, `${name}.json`);
    await writeOutputFile(path, content, { force: true });
    return path;
  } catch (error) {
    if (!(error instanceof TenasError)) throw error;
    // A search may have taken hours: it should not be lost with the file.
    throw new TenasError(error.code, `${error.message}; the search found ${record.architecture}`, {
      field: '--out',
      value: out,
      cause: error,
    });
  }
}

/** Whether a record has nothing that a search could go on from. */
export function holdsNothing({ steps, scored, evaluations }: SearchRecord): boolean {
  return (
    steps.every(({ unfinished }) => unfinished === true) &&
    scored.length === 0 &&
    Object.values(evaluations).every((count) => count === 0)
  );
}

/** Writes what a search came to that was stopped or failed, and says where. */
export async function leaveRecord(io: Io, target: RecordTarget, record: SearchRecord): Promise<void> {
  const versioned = withTool(record);
  if (versioned.status === 'complete') {
    const kept = await writeRecord(target, versioned);
    io.err(`the search is done and its record is in ${kept}; scoring what it found failed\n`);
    return;
  }
  // That the search was interrupted is what the command ends with, whether or not this can be written.
  const kept = await writeUnderFreshName(target.out, target.name, '.partial.json', textOf(versioned)).then(
    (path) => `what was measured is in ${path}; --resume goes on from there`,
    (error: unknown) => `what was measured is lost: ${error instanceof Error ? error.message : error}`,
  );
  const whole = record.steps.filter(({ unfinished }) => unfinished !== true).length;
  io.err(`interrupted after ${plural(whole, 'whole step')}; ${kept}\n`);
}

/** A record as its file has it. */
export function textOf(record: SearchRecord): string {
  return `${JSON.stringify(record, jsonValue, 2)}\n`;
}
