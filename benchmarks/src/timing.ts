import { freshRepeat, type Subject } from '@tenas/cli';
import type { Program } from '@tenas/native';

/** Gives every measurement seeds that no other has. */
export class Seeds {
  #next: number;

  constructor(readonly first: number) {
    this.#next = first;
  }

  next(): number {
    return this.#next++;
  }
}

/** Seconds for one evaluation of `subject`, with fresh inputs and weights in each of `evaluations` that run in one request. */
export async function timeOnce(
  program: Program,
  subject: Subject,
  options: { readonly seeds: Seeds; readonly threads: number; readonly evaluations?: number },
): Promise<number> {
  const { seeds, threads, evaluations = 1 } = options;
  const repeats = Array.from({ length: evaluations }, () => freshRepeat(subject, seeds.next()));
  const start = performance.now();
  await program.evaluate({
    tasks: subject.tasks,
    batchSize: subject.batchSize,
    repeats,
    candidates: [subject.coefficients],
    threads,
  });
  return (performance.now() - start) / 1000 / evaluations;
}

/** {@link timeOnce}, `repetitions` times after one run that is not counted. */
export async function timeSamples(
  program: Program,
  subject: Subject,
  options: {
    readonly seeds: Seeds;
    readonly threads: number;
    readonly repetitions: number;
    readonly evaluations?: number;
  },
): Promise<number[]> {
  const samples: number[] = [];
  await timeOnce(program, subject, options);
  while (samples.length < options.repetitions) samples.push(await timeOnce(program, subject, options));
  return samples;
}
