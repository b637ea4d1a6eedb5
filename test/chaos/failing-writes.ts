import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RandomStream } from '@tenas/base';

const SOURCE = 'test/chaos/failing-writes.c';
/** Of `struct state` in the source. */
const STATE_BYTES = 256;

const KILLS = ['kill', 'kill-after', 'kill-torn'] as const;
const FAILURES = ['short', 'ENOSPC', 'EIO', 'full'] as const;

/** What happens to a change of a file; see the source. */
export type WriteAction = (typeof KILLS)[number] | (typeof FAILURES)[number];

/** A change of a file that fails: its number from 1, or 0 for none. */
export interface WriteFault {
  readonly at: number;
  readonly action: WriteAction;
}

/** What became of it. */
export interface WriteCount {
  readonly changes: number;
  /** As `write 12 (fsync of batch.sqlite-wal)`; undefined where the process did not get so far. */
  readonly happened: string | undefined;
}

/** Why faults cannot be injected, or null. In CI they have to be. */
export function injectionAbsent(): string | null {
  const compiler = process.env.CC ?? 'cc';
  if (process.platform === 'linux' && spawnSync(compiler, ['--version']).status === 0) return null;
  const reason = `failing writes need Linux and a C compiler (${compiler})`;
  if (process.env.CI) throw new Error(reason);
  return reason;
}

let compiled: string | undefined;

/** Compiles the library, unless the same source was compiled before. @returns its path */
function library(): string {
  if (compiled !== undefined) return compiled;
  const source = readFileSync(SOURCE);
  const folder = join(process.cwd(), 'node_modules/.cache/tenas-chaos');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${createHash('sha256').update(source).digest('hex').slice(0, 16)}.so`);
  if (!existsSync(path)) {
    const made = `${path}.${process.pid}`;
    const flags = ['-O1', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC'];
    const { status, stderr } = spawnSync(process.env.CC ?? 'cc', [...flags, '-o', made, SOURCE, '-ldl'], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${SOURCE} does not compile: ${stderr}`);
    renameSync(made, path);
  }
  compiled = path;
  return path;
}

/** Where changes are counted: files of a folder, or all that is written to sockets. */
export type Watched = { readonly folder: string } | 'sockets';

/** One process whose changes are counted, one of which may fail. */
export class FailingWrites {
  readonly #state: string;
  readonly environment: Readonly<Record<string, string>>;

  /** @param scratch folder for the counter, outside of what is watched */
  constructor(watched: Watched, scratch: string, { at, action }: WriteFault) {
    this.#state = join(scratch, 'changes');
    writeFileSync(this.#state, Buffer.alloc(STATE_BYTES));
    this.environment = {
      LD_PRELOAD: library(),
      TENAS_CHAOS_FOLDER: watched === 'sockets' ? watched : watched.folder,
      TENAS_CHAOS_STATE: this.#state,
      TENAS_CHAOS_AT: String(at),
      TENAS_CHAOS_ACTION: action,
    };
  }

  /** What happened, also after the process was killed. */
  read(): WriteCount {
    const bytes = readFileSync(this.#state);
    const text = (start: number, end: number) => bytes.toString('utf8', start, end).replace(/\0[\s\S]*$/, '');
    const number = Number(bytes.readBigUInt64LE(8));
    return {
      changes: Number(bytes.readBigUInt64LE(0)),
      happened: number === 0 ? undefined : `write ${number} (${text(16, 40)} of ${text(40, 256)})`,
    };
  }
}

/** Hands out the writes of a process in a random order: each once before any comes again. */
export class WriteSchedule {
  readonly #random: RandomStream;
  #deck: number[] = [];
  readonly #reached = new Set<number>();

  constructor(
    random: RandomStream,
    /** That a process makes. */
    readonly changes: number,
    /** Share of the writes that fail without ending the process. */
    readonly failuresShare: number,
  ) {
    this.#random = random;
  }

  /** @param most largest number that the process is sure to reach, if known */
  next(most: number = this.changes): WriteFault {
    if (this.#deck.length === 0)
      this.#deck = this.#random.sample(this.changes, this.changes).map((index) => index + 1);
    const fails = this.#random.unit() < this.failuresShare;
    const found = this.#deck.findLastIndex((at) => at <= most);
    const [at] = this.#deck.splice(found === -1 ? this.#deck.length - 1 : found, 1);
    return { at: at!, action: this.#random.pick(fails ? FAILURES : KILLS) };
  }

  /** Says whether a write that was handed out came; if not, it is handed out again. */
  tell({ at }: WriteFault, came: boolean): void {
    if (came) this.#reached.add(at);
    else this.#deck.push(at);
  }

  /** How many different writes came. */
  get reached(): number {
    return this.#reached.size;
  }
}
