import { contentKey } from '../content-key.js';

/** The fields of a settled unit that its checksum is made of. Its key stands for task, seed and architecture. */
export interface SettledUnit {
  readonly key: string;
  readonly status: string;
  readonly attempts: number;
  readonly seconds: number | null;
  readonly isa: string | null;
  readonly worker: string | null;
  readonly finishedAt: number | null;
  readonly result: string | null;
  readonly errorCode: string | null;
  readonly error: string | null;
}

/** Columns of `units` by the names of {@link SettledUnit}, and the stored checksum. */
export const SETTLED_UNIT_COLUMNS = `units.key AS key, units.status AS status, units.attempts AS attempts,
  units.seconds AS seconds, units.isa AS isa, units.worker AS worker, units.finished_at AS finishedAt,
  units.result AS result, units.error_code AS errorCode, units.error AS error, units.checksum AS checksum`;

/** Checksum of a unit that is done or has failed. */
export function unitChecksum(unit: SettledUnit): string {
  const { key, status, attempts, seconds, isa, worker, finishedAt, result, errorCode, error } = unit;
  return contentKey(
    'unit',
    key,
    status,
    attempts,
    seconds,
    isa,
    worker,
    finishedAt,
    result,
    errorCode,
    error,
  );
}

/** The fields of a job whose unit is done. */
export interface FinishedJob {
  readonly key: string;
  /** Key of its unit. */
  readonly unit: string;
  readonly architecture: string | null;
  readonly params: number | null;
  readonly flops: number | null;
  /** Place in the enumeration of its space. */
  readonly place: number | null;
}

/** Checksum of a job whose unit is done. */
export function jobChecksum({ key, unit, architecture, params, flops, place }: FinishedJob): string {
  return contentKey('job', key, unit, architecture, params, flops, place);
}

/** Checksum of the columns that a task decides. */
export function columnsChecksum({
  key,
  columns,
}: {
  readonly key: string;
  readonly columns: string | null;
}): string {
  return contentKey('task', key, columns);
}

/** The fields of a plan that decide which jobs are wanted. */
export interface PlanFields {
  readonly id: number;
  readonly spec: string;
  readonly digest: string;
  readonly jobs: number | null;
  /** Shards of the plan that the store has; null: all of it. */
  readonly shard: string | null;
}

/** Columns of `plans` by the names of {@link PlanFields}. */
export const PLAN_COLUMNS = 'id, spec, digest, jobs, shard';

/** Checksum of a plan. */
export function planChecksum({ id, spec, digest, jobs, shard }: PlanFields): string {
  return contentKey('plan', id, spec, digest, jobs, shard);
}

/** Key of a task by its stored text. */
export function taskTextKey(text: string): string {
  return contentKey(text);
}
