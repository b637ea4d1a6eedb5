import { createHash } from 'node:crypto';
import type { PlannedTask } from '../plan.js';
import { taskKey } from '../tasks.js';

/** Jobs between two moments at which a planning process can be stopped. */
export const PLAN_STEP = 2000;

/** Tells two plans apart. @param turn called now and then, so that the process can hear signals */
export async function planDigest(tasks: readonly PlannedTask[], turn: () => Promise<void>): Promise<string> {
  const hash = createHash('sha256');
  for (const { task, jobs } of tasks) {
    hash.update(`${taskKey(task)}\n`);
    let count = 0;
    for (const { seed, architecture, evaluated } of jobs()) {
      hash.update(`${seed} ${architecture} ${evaluated}\n`);
      if (++count % PLAN_STEP === 0) await turn();
    }
  }
  return hash.digest('hex');
}
