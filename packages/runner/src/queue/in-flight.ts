import { retryPause } from '../failures.js';
import type { ClaimedUnit } from '../store/units.js';
import type { Task } from '../tasks.js';

/** How often a job is given again whose answers were refused, of those that count. */
const MOST_REFUSALS = 20;
/** How often a job is given again at once after refusals that do not count; later only after longer and longer pauses. */
const AT_ONCE = 3;

/** A job that a coordinator has given to workers. */
export class InFlight {
  readonly unit: ClaimedUnit;
  readonly task: Task;
  /** Of its latest handing over. */
  turn = '';
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
