import { TenasError } from '@tenas/base';
import { unitFailure } from '../failures.js';
import type { ClaimedUnit, UnitFailure } from '../store/units.js';
import type { Task } from '../tasks.js';
import type { FinishedJob } from './finished-jobs.js';
import { clippedFailure, failureIn } from './messages.js';
import type { RefusedKind } from './refusals.js';
import type { QueueSigner } from './signing.js';
import { type AnswerChecks, type AnsweredUnit, unitResult } from './unit-result.js';

/** A job that a coordinator has given to workers. */
export interface GivenJob {
  readonly unit: ClaimedUnit;
  readonly task: Task;
  readonly turn: string;
}

/** What the end of a job means for its unit. */
export type Ending =
  | { readonly kind: 'open' }
  | { readonly kind: 'done'; readonly result: AnsweredUnit }
  | { readonly kind: 'failed'; readonly failure: UnitFailure; readonly attempts: number }
  /** Workers are said to have vanished, which nobody signs: it is to be judged by what else they sign. */
  | { readonly kind: 'vanished'; readonly failure: UnitFailure }
  /** It is not to be trusted: the job is given again. */
  | {
      readonly kind: 'refused';
      readonly refused: RefusedKind;
      readonly failure: UnitFailure;
      /**
       * Whether it is one of the few times that a job is given again before it has failed. Not where anybody who reaches
       * the server can have written it, or it is about its worker alone.
       */
      readonly counts: boolean;
    };

/** A worker cannot do the job, and no coordinator was there to be told: it lacks a dataset, say. */
export const WORKER_UNFIT = 'WORKER_UNFIT';

/** What workers say of sound jobs: others may do them. */
const OF_THE_WORKER: ReadonlySet<string> = new Set(['JOB_UNSIGNED', WORKER_UNFIT]);

/** Checks how a job ended, and says what it means for its unit. */
export function endingOf(given: GivenJob, job: FinishedJob, checks: AnswerChecks): Ending {
  const { signer } = checks;
  switch (job.kind) {
    case 'open':
      return { kind: 'open' };
    case 'broken':
      return refused('answer', job.problem, !signer.signs);
    case 'answer':
      try {
        return { kind: 'done', result: unitResult(given, job.answer, checks) };
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        const unsigned = error instanceof TenasError && error.code === 'QUEUE_UNSIGNED';
        return refused(
          unsigned ? 'unsigned' : 'answer',
          clippedFailure(unitFailure(error)).message,
          !unsigned,
        );
      }
    case 'failure':
      return failed(given, job, signer);
  }
}

function refused(kind: RefusedKind, message: string, counts: boolean): Ending {
  return { kind: 'refused', refused: kind, failure: { code: 'RESULT_INVALID', message }, counts };
}

function failed(
  { unit, turn }: GivenJob,
  { text, attempts }: Extract<FinishedJob, { readonly kind: 'failure' }>,
  signer: QueueSigner,
): Ending {
  const read = failureIn(text);
  // BullMQ's words, which no worker signs.
  const vanished = read === null && text.includes('stalled');
  const failure: UnitFailure = vanished
    ? { code: 'JOB_CRASHES', message: `workers vanished while they had it: ${text.slice(0, 200)}` }
    : clippedFailure(read ?? { code: 'RESULT_INVALID', message: 'it failed without a code' });
  if (signer.signs && vanished) return { kind: 'vanished', failure };
  if (signer.signs) {
    const { code, message } = failure;
    const problem =
      read?.turn !== undefined && read.turn !== turn
        ? 'it is about an earlier handing over of the job'
        : signer.problem('failure', [unit.key, turn], { code, message }, read?.signature);
    if (problem !== null)
      return {
        kind: 'refused',
        refused: 'unsigned',
        counts: false,
        failure: { ...failure, message: `${code}: ${message} (${problem})` },
      };
  }
  if (read === null && !vanished) return refused('failure', failure.message, true);
  if (failure.code === 'JOB_INVALID') return { kind: 'refused', refused: 'job', failure, counts: true };
  if (OF_THE_WORKER.has(failure.code)) return { kind: 'refused', refused: 'job', failure, counts: false };
  return { kind: 'failed', failure, attempts: Math.max(attempts, 1) };
}
