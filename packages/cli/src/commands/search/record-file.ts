import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  jsonValue,
  plural,
  removeUnfinishedFiles,
  TenasError,
  writeOutputFile,
  writeUnderFreshName,
} from '@tenas/base';
import type { CompleteSearch, SearchRecord } from '@tenas/records';
import { stepsDone } from '@tenas/search';
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

/** A day in milliseconds: no search takes this long to write a file. */
const DAY = 24 * 3600 * 1000;

/** Removes what searches that were killed left half-written in the folder of records, which may be absent. */
export function removeHalfRecords(out: string): void {
  try {
    removeUnfinishedFiles(out, DAY);
  } catch {
    // If the folder cannot be read or written, the record cannot be written either, which is told then.
  }
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

/** The file of a search that has not ended, beside the place of its record: for `--resume`. */
export class PartialRecord {
  readonly #io: Io;
  readonly #target: RecordTarget;
  #path: string | null = null;
  #warned = false;

  constructor(io: Io, target: RecordTarget) {
    this.#io = io;
    this.#target = target;
  }

  /**
   * Writes what a search came to so far, in place of what was written before. A disk that is full is no reason to end
   * the search.
   */
  async copy(record: SearchRecord): Promise<void> {
    try {
      await this.#write(record);
      this.#warned = false;
    } catch (error) {
      if (!this.#warned) {
        const reason = error instanceof Error ? error.message : error;
        this.#io.err(`note: a search that is killed would lose what it measured: ${reason}\n`);
      }
      this.#warned = true;
    }
  }

  /** Writes what a search came to that was stopped or failed, and says where. */
  async leave(record: SearchRecord): Promise<void> {
    if (record.status === 'complete') {
      const kept = await writeRecord(this.#target, withTool(record));
      await this.remove();
      this.#io.err(`the search is done and its record is in ${kept}; scoring what it found failed\n`);
      return;
    }
    // That the search was interrupted is what the command ends with, whether or not this can be written.
    const kept = await this.#write(record).then(
      (path) => `what was measured is in ${path}; --resume goes on from there`,
      (error: unknown) => `what was measured is lost: ${error instanceof Error ? error.message : error}`,
    );
    this.#io.err(`interrupted after ${plural(stepsDone(record), 'whole step')}; ${kept}\n`);
  }

  /** Removes the file: there is a record in its place, or nothing to go on from. */
  async remove(): Promise<void> {
    if (this.#path !== null) await rm(this.#path, { force: true });
  }

  /** @returns the path */
  async #write(record: SearchRecord): Promise<string> {
    const { out, name } = this.#target;
    const content = textOf(withTool(record));
    if (this.#path === null) this.#path = await writeUnderFreshName(out, name, '.partial.json', content);
    else await writeOutputFile(this.#path, content, { force: true });
    return this.#path;
  }
}

/** A record as its file has it. */
export function textOf(record: SearchRecord): string {
  return `${JSON.stringify(record, jsonValue, 2)}\n`;
}
