import type { Addon, AddonJob, AddonRequest, AddonResponse } from './addon-functions.js';
import { NativeError } from './errors.js';
import type { ProgramHandle } from './program-handle.js';
import type { AnswersOf, Task } from './tasks.js';

/** Milliseconds that a part of an evaluation should take: timers and messages have their turn after it. */
const PART = 50;

/**
 * An engine whose calls run to their end before JavaScript goes on, with evaluations that do some candidates at a time:
 * they can be cancelled, report how far they are, and leave turns to everything else on the thread. Candidates do not
 * depend on each other, so the answers are the same. A single candidate is not divided.
 */
export function evaluatingInTurns(engine: Addon): Addon {
  return { ...engine, evaluate: (program, request) => startEvaluation(engine, program, request) };
}

function startEvaluation<T extends readonly Task[]>(
  engine: Addon,
  program: ProgramHandle,
  request: AddonRequest<T>,
): AddonJob<T> {
  const { candidateCount, candidates, repeats } = request;
  const slots = candidateCount === 0 ? 0 : candidates.length / candidateCount;
  let finished = 0;
  let cancelled = false;
  const part = (from: number, count: number) =>
    engine.evaluate(program, {
      ...request,
      candidateCount: count,
      candidates: candidates.subarray(from * slots, (from + count) * slots),
    }).result;
  const all = async (): Promise<AddonResponse<T>> => {
    const evaluations: AnswersOf<T>[] = [];
    const notes = new Set<string>();
    let device: AddonResponse<T>['device'] = 'cpu';
    let count = 1;
    let from = 0;
    do {
      await turn();
      if (cancelled) throw new NativeError('CANCELLED', 'the evaluation was cancelled');
      const start = performance.now();
      const found = await part(from, Math.min(count, candidateCount - from));
      evaluations.push(...found.evaluations);
      for (const note of found.notes) notes.add(note);
      device = found.device;
      from += count;
      finished = Math.min(from, candidateCount) * repeats.length;
      const spent = performance.now() - start;
      count = Math.max(1, Math.round(count * Math.min(2, PART / Math.max(spent, 1))));
    } while (from < candidateCount);
    return { device, notes: [...notes], evaluations };
  };
  return {
    result: all(),
    finished: () => finished,
    cancel: () => {
      cancelled = true;
    },
  };
}

let lastTurn = performance.now();

/** Lets timers and messages have their turn, if their last one is a while ago. */
async function turn(): Promise<void> {
  if (performance.now() - lastTurn < PART) return;
  await new Promise((resolve) => setTimeout(resolve, 0));
  lastTurn = performance.now();
}
