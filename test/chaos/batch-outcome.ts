import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { compareByName, plainFiles, withoutCircumstances } from './plain-results.js';
import type { Tally } from './tally.js';
import { judgeEnd, WatchedProcess } from './watched-process.js';

/** All that a batch came to: its rows by key and its trained files. */
export interface BatchOutcome {
  readonly rows: ReadonlyMap<string, string>;
  readonly files: ReadonlyMap<string, string>;
}

async function tenas(tally: Tally, args: readonly string[], cwd: string): Promise<string> {
  const process = new WatchedProcess(args, { cwd });
  const ended = await process.ended;
  judgeEnd(tally, { process, what: `tenas ${args.join(' ')}` }, ended);
  return ended.out;
}

/** Reads a batch that is done, as a user does. The command compares all checksums. */
export async function batchOutcome(tally: Tally, out: string, cwd: string): Promise<BatchOutcome> {
  const text = await tenas(tally, ['batch', 'export', out, '--format', 'jsonl', '--all'], cwd);
  const rows = new Map<string, string>();
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const { key } = JSON.parse(line) as { readonly key: string };
    if (rows.has(key)) tally.add('doubled', `${out}: job ${key}`);
    rows.set(key, withoutCircumstances(line));
  }
  return { rows, files: plainFiles(join(cwd, out, 'trained'), () => true) };
}

/** Compares a batch with the undisturbed one. */
export function compareBatches(
  tally: Tally,
  what: string,
  expected: BatchOutcome,
  found: BatchOutcome,
): void {
  compareByName(tally, `${what}, rows`, expected.rows, found.rows);
  compareByName(tally, `${what}, trained files`, expected.files, found.files);
}

/**
 * Looks at a store after each death of its process: what its log called done must be there from then on, once, and a
 * stored result must not change.
 */
export class StoreWatch {
  readonly #folder: string;
  readonly #copy: string;
  readonly #results = new Map<string, string>();

  /** @param scratch folder for copies */
  constructor(folder: string, scratch: string) {
    this.#folder = folder;
    this.#copy = join(scratch, 'copy');
  }

  check(tally: Tally, what: string): void {
    const stored = this.#stored();
    for (const [key, result] of this.#results) {
      const now = stored.get(key);
      if (now === undefined) tally.add('lost', `${what}: the result of ${key} is no longer there`);
      else if (now !== result) tally.add('different', `${what}: the result of ${key} has changed`);
    }
    for (const [key, result] of stored) this.#results.set(key, result);
    const told = new Set<string>();
    for (const key of this.#loggedAsDone()) {
      if (told.has(key)) tally.add('doubled', `${what}: ${key} was done twice`);
      told.add(key);
      if (!stored.has(key)) tally.add('lost', `${what}: ${key} was logged as done and is not stored`);
    }
  }

  /** Results by unit, read from a copy: opening the store itself would tidy up what the next process is to find. */
  #stored(): Map<string, string> {
    const path = join(this.#folder, 'batch.sqlite');
    if (!existsSync(path)) return new Map();
    rmSync(this.#copy, { recursive: true, force: true });
    mkdirSync(this.#copy);
    for (const ending of ['', '-wal', '-journal'])
      if (existsSync(path + ending)) copyFileSync(path + ending, join(this.#copy, `batch.sqlite${ending}`));
    const database = new Database(join(this.#copy, 'batch.sqlite'));
    try {
      const hasUnits = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'units'").get();
      if (hasUnits === undefined) return new Map();
      const rows = database.prepare("SELECT key, result FROM units WHERE status = 'done'").raw().all();
      return new Map(rows as [string, string][]);
    } finally {
      database.close();
    }
  }

  /** Keys of the log's lines; one that was torn, or follows a torn one, is none. */
  #loggedAsDone(): string[] {
    const path = join(this.#folder, 'batch.log');
    if (!existsSync(path)) return [];
    return readFileSync(path, 'utf8')
      .split('\n')
      .flatMap((line) => {
        if (!line.includes('"done: ')) return [];
        try {
          return [(JSON.parse(line) as { readonly job: string }).job];
        } catch {
          return [];
        }
      });
  }
}
