import type { Answer, EvaluateOptions, EvaluateResult, Program } from '@tenas/native';

/** Tasks that the engine takes in one request. */
const MOST_TASKS = 64;

/**
 * Evaluates a program as {@link Program.evaluate} does, with any number of tasks: more than the engine takes at once go in
 * several requests, one after the other.
 */
export async function evaluateAll(
  program: Pick<Program, 'evaluate'>,
  options: EvaluateOptions,
): Promise<Pick<EvaluateResult, 'evaluations' | 'notes'>> {
  const { tasks, onProgress } = options;
  if (tasks.length <= MOST_TASKS) return await program.evaluate(options);
  const requests = Math.ceil(tasks.length / MOST_TASKS);
  const notes: string[] = [];
  const answers: Answer[][] = [];
  for (let request = 0; request < requests; request++) {
    const found = await program.evaluate({
      ...options,
      tasks: tasks.slice(request * MOST_TASKS, (request + 1) * MOST_TASKS),
      onProgress: (done, total) => onProgress?.(Math.floor((request * total + done) / requests), total),
    });
    for (const [place, some] of found.evaluations.entries()) {
      answers[place] = [...(answers[place] ?? []), ...some];
    }
    notes.push(...found.notes);
  }
  return { evaluations: answers, notes };
}
