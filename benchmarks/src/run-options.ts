import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { BENCH_TEXT_FORMATS, type BenchTextFormat } from '@tenas/records';

/** Command-line options of the programs of this folder. */
export interface RunOptions {
  /** Measure only what has one of these words in its name; all where there are none. */
  readonly only: readonly string[];
  readonly repetitions: number;
  readonly threads: number;
  readonly out: string | undefined;
  readonly data: string | undefined;
  readonly seed: number;
  readonly list: boolean;
  /** Also print the result in a format of others. */
  readonly format: BenchTextFormat | undefined;
  /** Refuse to measure on a busy machine instead of warning. */
  readonly strict: boolean;
}

export const runOptionsHelp = `  --only NAME          only what has NAME in its name; may be repeated
  --list               show the names and stop
  --repetitions N      repetitions of each measurement
  --threads N          most threads to use (default: all)
  --data DIR           folder of CIFAR-10 (default: $TENAS_SHARED/data/cifar-10-batches-bin; else synthetic images)
  --seed N             first seed of inputs and weights (default: a new one every run; it is in the result)
  --out FILE           where to write the result (default: benchmarks/build/results/KIND-DATE.json)
  --format NAME        also print the result as github-action, bmf (Bencher) or markdown
  --strict             refuse to measure while the machine is busy (default: warn)`;

/** A command line that cannot be read: its message is for the person who typed it. */
export class UsageError extends Error {}

/** Reads a number of the command line. @throws UsageError */
export function wholeNumber(name: string, value: string, minimum: number): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && Number.isSafeInteger(number) && number >= minimum) return number;
  throw new UsageError(`--${name}: got ${JSON.stringify(value)}; give a whole number, at least ${minimum}`);
}

/** Reads the command line; null if help was asked for. @throws UsageError */
export function parseRunOptions(args: readonly string[], repetitions: number): RunOptions | null {
  let values: ReturnType<typeof read>;
  try {
    values = read(args);
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
  if (values.help) return null;
  return {
    only: values.only ?? [],
    repetitions:
      values.repetitions === undefined ? repetitions : wholeNumber('repetitions', values.repetitions, 1),
    threads:
      values.threads === undefined ? availableParallelism() : wholeNumber('threads', values.threads, 1),
    out: values.out,
    data: values.data,
    seed: values.seed === undefined ? randomInt(2 ** 40) : wholeNumber('seed', values.seed, 0),
    format: values.format === undefined ? undefined : formatNamed(values.format),
    list: values.list ?? false,
    strict: values.strict ?? false,
  };
}

function formatNamed(name: string): BenchTextFormat {
  const found = BENCH_TEXT_FORMATS.find((known) => known === name);
  if (found !== undefined) return found;
  throw new UsageError(`--format: got ${JSON.stringify(name)}; give one of ${BENCH_TEXT_FORMATS.join(', ')}`);
}

function read(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true },
      list: { type: 'boolean' },
      repetitions: { type: 'string' },
      threads: { type: 'string' },
      data: { type: 'string' },
      seed: { type: 'string' },
      out: { type: 'string' },
      format: { type: 'string' },
      strict: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  }).values;
}

/** The cases whose name holds one of the words. @throws UsageError if there is none */
export function selectCases<T extends { readonly name: string }>(
  cases: readonly T[],
  only: readonly string[],
): T[] {
  const chosen =
    only.length === 0 ? cases : cases.filter(({ name }) => only.some((word) => name.includes(word)));
  if (chosen.length === 0) {
    throw new UsageError(
      `--only ${only.join(', ')}: no such case; there are ${cases.map(({ name }) => name).join(', ')}`,
    );
  }
  return [...chosen];
}
