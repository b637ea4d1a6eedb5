import { createHash } from 'node:crypto';
import type { PlannedTask } from '../plan.js';
import { taskKey } from '../tasks.js';

/** Tells two plans apart. */
export function planDigest(tasks: readonly PlannedTask[]): string {
  const hash = createHash('sha256');
  for (const { task, jobs } of tasks) {
    hash.update(`${taskKey(task)}\n`);
    for (const { seed, architecture, evaluated } of jobs())
      hash.update(`${seed} ${architecture} ${evaluated}\n`);
  }
  return hash.digest('hex');
}
