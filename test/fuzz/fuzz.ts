import { FuzzProcess } from './fuzz-process.js';
import { smallest } from './smallest.js';

/** Inputs per request: a child that dies or hangs costs that many to find the one. */
const BLOCK = 256;
/** Failures of a target after which it is left: the first ones are to be mended. */
const MOST_FAILURES = 10;

/** An input that ended neither in a value nor in a coded error. */
export interface FuzzFailure {
  readonly number: number;
  /** Made as small as it goes; empty where the process died of it. */
  readonly input: Uint8Array;
  readonly problem: string;
}

/** What became of the inputs of a target. */
export interface FuzzResult {
  readonly tried: number;
  /** How often each code came; `value` where something was read. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly failures: readonly FuzzFailure[];
  /** Largest resident size of a process. */
  readonly largestBytes: number;
}

/** Which inputs of a target are tried. */
export interface FuzzOptions {
  readonly target: string;
  readonly seed: number;
  readonly first: number;
  readonly count: number;
  /** Tries them first, and is left running. It has ended where there are failures. Default: a process for this target. */
  readonly child?: FuzzProcess;
}

/** Tries inputs of a target in processes of their own, and finds the ones that fail. */
export async function fuzz({ target, seed, first, count, child: given }: FuzzOptions): Promise<FuzzResult> {
  const outcomes: Record<string, number> = {};
  const failures: FuzzFailure[] = [];
  let largestBytes = 0;
  let child = given ?? new FuzzProcess();
  let size = BLOCK;
  let next = first;
  while (next < first + count && failures.length < MOST_FAILURES) {
    const block = Math.min(size, first + count - next);
    const asked = await child.read({ target, seed, first: next, count: block });
    if ('died' in asked) {
      child = new FuzzProcess();
      if (block > 1) {
        size = Math.ceil(block / 8);
        continue;
      }
      failures.push({ number: next, input: new Uint8Array(0), problem: asked.died });
      next++;
      size = BLOCK;
      continue;
    }
    const { answer } = asked;
    if (answer.broken !== undefined) throw new Error(`${target}: ${answer.broken}`);
    for (const [code, times] of Object.entries(answer.outcomes))
      outcomes[code] = (outcomes[code] ?? 0) + times;
    largestBytes = Math.max(largestBytes, answer.largestBytes);
    const { failure } = answer;
    if (failure === undefined) {
      next += block;
      size = BLOCK;
      continue;
    }
    next = failure.number + 1;
    const input = Buffer.from(failure.input, 'base64');
    failures.push({
      number: failure.number,
      ...(await smallest((one) => problemOf(child, target, one), { input, problem: failure.problem })),
    });
    await child.end();
    child = new FuzzProcess();
  }
  if (child !== given) await child.end();
  return { tried: next - first, outcomes, failures, largestBytes };
}

/** Reads one input. @returns undefined: it is read or refused; else the problem */
export async function problemOf(
  child: FuzzProcess,
  target: string,
  input: Uint8Array,
): Promise<string | undefined> {
  const given = Buffer.from(input).toString('base64');
  const asked = await child.read({ target, seed: 0, first: 0, count: 1, given });
  return 'died' in asked ? asked.died : asked.answer.failure?.problem;
}
