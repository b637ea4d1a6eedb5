import { retryPause } from '../failures.js';
import type { ClaimedUnit, UnitFailure } from '../store/units.js';
import type { Task } from '../tasks.js';
import { GONE, type LivingMember } from './wire.js';

/** How often a job is given again whose answers were refused, of those that count. */
const MOST_REFUSALS = 20;
/** How often a job is given again at once after refusals that do not count; later only after longer and longer pauses. */
const AT_ONCE = 3;

/** How often it may be that a worker began a job and was not heard of again, where that is proven. */
const MOST_VANISHED = 4;

/** The failure of such a job. */
export const VANISHED: UnitFailure = {
  code: 'JOB_CRASHES',
  message: 'workers vanished again and again while they had it',
};

/** A worker that is said to have vanished. */
interface Suspect {
  /** `Membership.id`. */
  readonly worker: string;
  /** By `performance.now()`. */
  readonly since: number;
  /** Its last sign of life, as it was seen first; null: none was. */
  at: number | null;
}

/** A job that a coordinator has given to workers. */
export class InFlight {
  readonly unit: ClaimedUnit;
  readonly task: Task;
  #turn = '';
  /** The worker that has begun it in this turn, as it signed; null: none is known. */
  #begunBy: string | null = null;
  #suspect: Suspect | null = null;
  #vanished = 0;
  /** When it was compared with the queue, by `performance.now()`. */
  comparedAt = 0;
  #counted = 0;
  #uncounted = 0;
  /** By `performance.now()`; null: workers have it. */
  #againAt: number | null = null;

  constructor(unit: ClaimedUnit, task: Task) {
    this.unit = unit;
    this.task = task;
  }

  /** Of its latest handing over. */
  get turn(): string {
    return this.#turn;
  }

  /** It is handed over. */
  handOver(turn: string): void {
    this.#turn = turn;
    this.#begunBy = null;
  }

  /** A worker has signed that it begins the job, in a turn. */
  begun(worker: string, turn: string): void {
    if (turn === this.#turn) this.#begunBy = worker;
  }

  /**
   * Its worker is said to have vanished, by nobody knows whom. It is given again once that is judged; at once where no
   * worker has signed that it began.
   * @returns whether that has to be judged
   */
  vanished(now: number): boolean {
    if (this.#begunBy === null) {
      this.refuse(false);
      return false;
    }
    this.#suspect = { worker: this.#begunBy, since: now, at: null };
    this.#againAt = Number.POSITIVE_INFINITY;
    return true;
  }

  /** Whether it waits for {@link judge}. */
  get isSuspected(): boolean {
    return this.#suspect !== null;
  }

  /**
   * Judges by signs of life of the workers, which they sign, whether one has vanished.
   * @returns `open`: it is not known yet; `alive`: it has not, the job is given again; `gone`: it has, the job is given
   * again; `failed`: once too often
   */
  judge(workers: readonly LivingMember[], now: number): 'open' | 'alive' | 'gone' | 'failed' {
    const suspect = this.#suspect;
    if (suspect === null) return 'open';
    const found = workers.find(({ id }) => id === suspect.worker);
    const isAlive = found !== undefined && suspect.at !== null && found.at > suspect.at;
    if (found !== undefined) suspect.at ??= found.at;
    if (!isAlive && (found !== undefined || now - suspect.since < 1000 * GONE)) return 'open';
    this.#suspect = null;
    if (!isAlive && ++this.#vanished >= MOST_VANISHED) return 'failed';
    this.refuse(false);
    return isAlive ? 'alive' : 'gone';
  }

  /** An answer is refused. @returns whether the job is to be given again; false: it has failed */
  refuse(counts: boolean): boolean {
    if (counts && ++this.#counted >= MOST_REFUSALS) return false;
    if (!counts) this.#uncounted++;
    const wait = counts || this.#uncounted <= AT_ONCE ? 0 : retryPause(this.#uncounted - AT_ONCE);
    this.#againAt = performance.now() + wait;
    return true;
  }

  /** Whether its answer was refused, and it was not given again since. */
  get isToBeGivenAgain(): boolean {
    return this.#againAt !== null;
  }

  /** Whether it is to be given again now. */
  isDue(now: number): boolean {
    return this.#againAt !== null && this.#againAt <= now;
  }

  /** It is in the queue again. */
  givenAgain(): void {
    this.#againAt = null;
  }
}
