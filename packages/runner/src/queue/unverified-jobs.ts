import { TenasError } from '@tenas/base';
import { pause, retryPause } from '../failures.js';

/** A worker leaves after so many rests if it has never had a job that it can verify. */
const MOST_RESTS = 5;

export interface UnverifiedJobsOptions {
  /** Takes no jobs any more. */
  readonly rest: () => Promise<unknown>;
  /** Takes jobs again. */
  readonly resume: () => void;
  readonly signal: AbortSignal;
}

/**
 * What a worker does about jobs that it cannot verify. They may be sound: workers with the right secret shall have them.
 * So it takes no jobs for a while, each time twice as long, and leaves if it has seen no others.
 */
export class UnverifiedJobs {
  readonly #options: UnverifiedJobsOptions;
  #rests = 0;
  #resting = false;
  #anyVerified = false;

  constructor(options: UnverifiedJobsOptions) {
    this.#options = options;
  }

  /** A job could be verified: the secret is right. */
  verified(): void {
    this.#anyVerified = true;
    this.#rests = 0;
  }

  /**
   * A job cannot be verified. The worker rests from now on.
   * @param signs whether this worker has a secret
   * @returns the reason to leave; null: it only rests
   */
  met(problem: string, signs: boolean): TenasError | null {
    if (this.#resting) return null;
    this.#rests++;
    if (this.#rests >= MOST_RESTS && !this.#anyVerified) {
      return new TenasError(
        signs ? 'QUEUE_UNSIGNED' : 'QUEUE_SIGNED',
        `this worker can verify none of the jobs in the queue: ${problem}; set TENAS_QUEUE_SECRET here to the secret of their coordinator, or unset it where the coordinator has none`,
        { field: 'TENAS_QUEUE_SECRET' },
      );
    }
    this.#resting = true;
    this.#rest().catch(() => undefined);
    return null;
  }

  async #rest(): Promise<void> {
    const { rest, resume, signal } = this.#options;
    await rest();
    await pause(retryPause(this.#rests), signal);
    this.#resting = false;
    if (!signal.aborted) resume();
  }
}
