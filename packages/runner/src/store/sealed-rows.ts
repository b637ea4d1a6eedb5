import { canonicalJson } from '../content-key.js';
import { taskColumns } from '../task-columns.js';
import { type Task, taskKey } from '../tasks.js';
import {
  columnsChecksum,
  jobChecksum,
  type PlanFields,
  planChecksum,
  type SettledUnit,
  unitChecksum,
} from './checksums.js';
import type { Statements } from './statements.js';
import type { FactsOf } from './units.js';

/** A job whose architecture is known. */
export interface CountedJob {
  readonly id: number;
  readonly key: string;
  /** Key of its unit. */
  readonly unit: string;
  readonly architecture: string;
}

/** Writes rows with their checksums; within a transaction of the caller's. */
export class SealedRows {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  addTask(task: Task): void {
    const key = taskKey(task);
    const columns = JSON.stringify(taskColumns(task));
    const checksum = columnsChecksum({ key, columns });
    this.#statements.addTask.run({ key, task: canonicalJson(task), columns, checksum });
  }

  finishJob({ id, key, unit, architecture }: CountedJob, task: Task, factsOf: FactsOf): void {
    const { params, flops, place } = factsOf(task, architecture);
    const checksum = jobChecksum({ key, unit, architecture, params, flops, place });
    this.#statements.finishJob.run({ id, architecture, params, flops, place, checksum });
  }

  /** Gives a plan that was written its checksum. */
  plan(id: number): void {
    this.#statements.sealPlan.run(planChecksum(this.#statements.plan.get(id) as PlanFields), id);
  }

  /** Gives a unit that has failed its checksum. */
  unit(id: number): void {
    this.#statements.sealUnit.run(unitChecksum(this.#statements.settled.get(id) as SettledUnit), id);
  }
}
