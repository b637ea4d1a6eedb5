import { clip, isRecord, TenasError } from '@tenas/base';
import { type Job, UnrecoverableError } from 'bullmq';
import { thisWorker } from '../evaluate.js';
import { unitFailure } from '../failures.js';
import type { UnitFailure } from '../store/units.js';
import { clippedFailure, failureText, readJob, signedPart, versionOf, type WireJob } from './messages.js';
import type { Refusals } from './refusals.js';
import type { QueueSigner } from './signing.js';
import { isWhole, type Membership } from './wire.js';

export interface JobReaderOptions {
  /** Of results; see `resultsVersion`. */
  readonly version: string;
  readonly signer: QueueSigner;
  readonly refusals: Refusals;
  readonly members: Membership;
}

/** What a worker does with a job. */
export type ReadJob =
  | { readonly kind: 'work'; readonly work: WireJob }
  /** Others may do it: this worker says why and leaves. */
  | { readonly kind: 'leave'; readonly error: TenasError }
  /** It was changed, or signed with another secret. Others may be able to tell. */
  | { readonly kind: 'unverified'; readonly problem: string };

/** Checks jobs from a queue, and says of those that fail why. */
export class JobReader {
  readonly #options: JobReaderOptions;

  constructor(options: JobReaderOptions) {
    this.#options = options;
  }

  /** @throws UnrecoverableError where it is no job that this worker takes: it fails at once, and alone */
  async read(job: Job): Promise<ReadJob> {
    const { version, members } = this.#options;
    const problem = this.#unverified(job);
    if (problem !== null) return await this.#changedOrForeign(job, problem);
    try {
      const theirs = versionOf(job.data);
      if (theirs !== version) {
        const error = versionSkew('the coordinator of a job', theirs, version);
        // Without a coordinator of that version, nobody waits for the job.
        const coordinators = await members.alive('coordinators');
        if (!coordinators.some((one) => one.version === theirs)) throw error;
        return { kind: 'leave', error };
      }
      return { kind: 'work', work: this.#whole(job) };
    } catch (error) {
      if (!(error instanceof TenasError)) throw error;
      throw this.invalid(job, error);
    }
  }

  #whole(job: Job): WireJob {
    const work = readJob(job.data);
    if (isWhole(job.id, work)) return work;
    const problem = `the settings of job ${clip(String(job.id))} are not those that its key was made of`;
    throw new TenasError('JOB_INVALID', problem, { field: 'job' });
  }

  /** Why this worker cannot know whether a coordinator wrote the job; null: it does, or nothing is signed. */
  #unverified({ id, data }: Job): string | null {
    const { signer } = this.#options;
    const { turn, signature } = isRecord(data) ? data : {};
    if (signer.signs) return signer.problem('job', [String(id), String(turn)], signedPart(data), signature);
    return typeof signature === 'string' ? 'it is signed, and this worker has no TENAS_QUEUE_SECRET' : null;
  }

  /**
   * A job fails where a coordinator is there that this worker can verify: if the job is that coordinator's, then it was
   * changed, and is given again. Otherwise this worker's secret may be the wrong one, and the job sound.
   */
  async #changedOrForeign(job: Job, problem: string): Promise<ReadJob> {
    const { members, refusals, signer } = this.#options;
    const coordinators = await members.alive('coordinators');
    if (!coordinators.some(({ signs }) => signs === signer.signs)) return { kind: 'unverified', problem };
    refusals.add('unsigned', `job ${clip(String(job.id))}: ${problem}`);
    const message = `worker ${thisWorker} refused the job: ${problem}`;
    throw new UnrecoverableError(this.failureText(job, { code: 'JOB_UNSIGNED', message }));
  }

  /** The failure of a job that is none. */
  invalid(job: Job, error: unknown): UnrecoverableError {
    const { message } = clippedFailure(unitFailure(error));
    this.#options.refusals.add('job', message);
    return new UnrecoverableError(this.failureText(job, { code: 'JOB_INVALID', message }));
  }

  /** A failure as its coordinator reads it, signed where there is a secret. */
  failureText(job: Job, failure: UnitFailure): string {
    const { code, message } = failure;
    const turn = turnOf(job);
    if (turn === undefined) return failureText({ code, message });
    const signature = this.#options.signer.sign('failure', [job.id!, turn], { code, message });
    return failureText({ code, message, turn, signature });
  }
}

/** The turn of a job; undefined: it has none. */
export function turnOf({ data }: Job): string | undefined {
  return isRecord(data) && typeof data.turn === 'string' ? data.turn : undefined;
}

/** An error of two versions that meet. */
export function versionSkew(who: string, theirs: string, ours: string): TenasError {
  return new TenasError(
    'VERSION_SKEW',
    `${who} is of version ${theirs}, this worker of ${ours}: results would differ; run the same version of tenas everywhere`,
    { field: 'version', value: theirs },
  );
}
