/** Tries to make an input smaller. */
const MOST_TRIES = 300;

/** An input that fails, and how. */
export interface FailedInput {
  readonly input: Uint8Array;
  readonly problem: string;
}

/** A problem without the numbers in it. */
const kindOf = (problem: string) =>
  problem
    .split('\n')[0]!
    .replace(/\d+(\.\d+)?/g, 'N')
    .slice(0, 60);

/**
 * Leaves out parts of an input as long as it fails in the same way.
 * @param problemOf reads an input. @returns undefined: it is read or refused; else the problem
 */
export async function smallest(
  problemOf: (input: Uint8Array) => Promise<string | undefined>,
  failed: FailedInput,
): Promise<FailedInput> {
  let best = failed;
  let tries = 0;
  for (let part = Math.ceil(failed.input.length / 2); part >= 1 && tries < MOST_TRIES; ) {
    const before = best.input.length;
    for (let start = 0; start < best.input.length && tries < MOST_TRIES; ) {
      const input = Buffer.concat([best.input.subarray(0, start), best.input.subarray(start + part)]);
      tries++;
      const problem = await problemOf(input);
      if (problem !== undefined && kindOf(problem) === kindOf(failed.problem)) best = { input, problem };
      else start += part;
    }
    if (best.input.length === before) part = Math.floor(part / 2);
  }
  return best;
}
