import type { PlannedTask } from '../plan.js';
import { hasKey, type Shard, shardText } from '../shard.js';
import { jobKey, taskKey } from '../tasks.js';
import { thisOwner } from './owner.js';
import { PLAN_STEP } from './plan-digest.js';
import { makeResultsView } from './results-view.js';
import type { SealedRows } from './sealed-rows.js';
import type { Database } from './sqlite.js';
import type { Statements } from './statements.js';

/** What a plan is written with. */
interface Writing {
  readonly database: Database;
  readonly statements: Statements;
  readonly sealed: SealedRows;
  /** Called between two transactions, so that the process can hear signals. */
  readonly turn: () => Promise<void>;
}

/** A plan to be written. */
interface NewPlan {
  readonly spec: string;
  readonly digest: string;
  readonly tasks: readonly PlannedTask[];
  /** null: all of it. */
  readonly shard: Shard | null;
}

/** Writes the row of a plan and its tasks. @returns its number */
export function writePlan(
  { database, statements, sealed }: Omit<Writing, 'turn'>,
  {
    spec,
    digest,
    shard,
    tasks,
  }: Omit<NewPlan, 'tasks'> & { readonly tasks: readonly Pick<PlannedTask, 'task'>[] },
): number {
  const write = database.transaction(() => {
    const row = { ...thisOwner(), spec, digest, shard: shard === null ? null : shardText(shard) };
    const id = Number(statements.addPlan.run(row).lastInsertRowid);
    sealed.plan(id);
    for (const { task } of tasks) sealed.addTask(task);
    makeResultsView(database);
    return id;
  });
  return write.immediate();
}

/** Writes the jobs of a plan. Their positions are those in the whole plan, so that shards can be merged. */
export async function writeJobs(
  { database, statements, turn }: Writing,
  plan: number,
  { tasks, shard }: NewPlan,
): Promise<void> {
  let position = 0;
  for (const { task, jobs } of tasks) {
    const key = taskKey(task);
    const id = Number(statements.taskId.get(key));
    const generator = jobs();
    const step = database.transaction(() => {
      for (let count = 0; count < PLAN_STEP; count++) {
        const { value: job, done } = generator.next();
        if (done) return false;
        const place = position++;
        const unit = jobKey(key, job.seed, job.evaluated);
        if (shard !== null && !hasKey(shard, unit)) continue;
        const unitId = statements.addUnit.get(unit, plan, id, job.seed, job.evaluated);
        const jobId = jobKey(key, job.seed, job.architecture);
        statements.addJob.run(jobId, unitId, plan, place, job.architecture);
      }
      return true;
    });
    while (step.immediate()) await turn();
  }
}

/** Completes a plan whose jobs are all there. @returns how many they are */
export function completePlan({ database, statements, sealed }: Omit<Writing, 'turn'>, plan: number): number {
  const jobs = Number(statements.countPlanned.get(plan));
  const complete = database.transaction(() => {
    statements.planned.run(jobs, plan);
    sealed.plan(plan);
  });
  complete.immediate();
  return jobs;
}
