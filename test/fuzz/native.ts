import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FuzzOptions, FuzzResult } from './fuzz.js';
import { smallest } from './smallest.js';

/** Programs that try the engine below its binding, under sanitizers: native/test/cpp/fuzz. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'native-graph': 'tenas_fuzz_graph',
  'native-request': 'tenas_fuzz_request',
};

/** Names of the targets in C++. */
export const nativeTargets: readonly string[] = Object.keys(PROGRAMS);

/** The folder of inputs of a native target that failed once; `test:asan` reads them. */
export const nativeCorpus = (target: string) =>
  join('native/test/cpp/fuzz/corpus', target.replace('native-', ''));

/** Clang with libFuzzer, which looks for inputs that reach new code; otherwise g++ and a driver of our own. */
function hasLibFuzzer(): boolean {
  const found = spawnSync('clang++', ['-fsanitize=fuzzer,address', '-x', 'c++', '-', '-o', '/dev/null'], {
    input: 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }',
  });
  return found.status === 0;
}

interface Built {
  readonly folder: string;
  readonly withLibFuzzer: boolean;
}

let building: Promise<Built> | undefined;

async function build(): Promise<Built> {
  const withLibFuzzer = hasLibFuzzer();
  const folder = withLibFuzzer ? 'native/build-fuzz' : 'native/build-test-asan';
  const compiler = withLibFuzzer ? ['-DCMAKE_CXX_COMPILER=clang++', '-DTENAS_FUZZER=ON'] : [];
  console.log(`building the native targets in ${folder}`);
  await finished('cmake', [
    ...['-S', 'native/test/cpp', '-B', folder],
    ...['-DTENAS_SANITIZE=address,undefined', ...compiler],
  ]);
  await finished('cmake', [
    ...['--build', folder, '--parallel', '2'],
    ...['--target', ...Object.values(PROGRAMS)],
  ]);
  return { folder, withLibFuzzer };
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

async function ended(program: string, options: readonly string[]): Promise<Ended> {
  const child = spawn(program, options, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const collect = (text: Buffer) => {
    output = (output + text.toString()).slice(-100_000);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { code, output };
}

async function finished(program: string, options: readonly string[]): Promise<void> {
  const { code, output } = await ended(program, options);
  if (code !== 0) throw new Error(`${program} ${options.join(' ')} failed:\n${output.slice(-4000)}`);
}

/** The line of a sanitizer, or of the target, that says what was wrong. */
function problemIn({ code, output }: Ended): string {
  const line = output.split('\n').find((one) => /runtime error:|ERROR: |failure: |SUMMARY: /.test(one));
  return line ?? `ended with ${code}: ${output.slice(-500)}`;
}

/**
 * Tries inputs of a native target. With libFuzzer the inputs follow from the seed and from what they reach, and `first`
 * only chooses others; otherwise input `first` and those after it are tried, each a function of the seed and its number.
 */
export async function fuzzNative({ target, seed, first, count }: FuzzOptions): Promise<FuzzResult> {
  building ??= build();
  const { folder, withLibFuzzer } = await building;
  const program = join(folder, PROGRAMS[target]!);
  const place = mkdtempSync(join(tmpdir(), 'tenas-fuzz-'));
  try {
    const own = withLibFuzzer
      ? [`-seed=${1 + seed * 1_000_003 + first}`, '-timeout=600', '-rss_limit_mb=4096', '-verbosity=0']
      : [`-seed=${seed}`, `-first=${first}`];
    const kept = nativeCorpus(target);
    mkdirSync(kept, { recursive: true });
    const grown = join(place, 'grown');
    mkdirSync(grown);
    const options = [`-runs=${count}`, ...own, `-artifact_prefix=${place}/`];
    const result = await ended(program, [...options, ...(withLibFuzzer ? [grown] : []), kept]);
    const outcomes: Record<string, number> = JSON.parse(/^outcomes: (.*)$/m.exec(result.output)?.[1] ?? '{}');
    if (result.code === 0) return { tried: count, outcomes, failures: [], largestBytes: 0 };
    const artifact = readdirSync(place).find((name) => /^(crash|leak|timeout|oom)/.test(name));
    const problem = problemIn(result);
    if (artifact === undefined) throw new Error(`${target}: ${problem}`);
    const one = join(place, 'one');
    const failed = { input: readFileSync(join(place, artifact)), problem };
    const small = await smallest(async (input) => {
      writeFileSync(one, input);
      const again = await ended(program, [`-artifact_prefix=${place}/again-`, one]);
      return again.code === 0 ? undefined : problemIn(again);
    }, failed);
    return { tried: count, outcomes, failures: [{ number: first, ...small }], largestBytes: 0 };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
