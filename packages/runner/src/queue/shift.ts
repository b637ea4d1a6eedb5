/** When a worker ends by itself. */
export interface ShiftLimits {
  /** After so many seconds without work. Absent: never. */
  readonly idleSeconds?: number | undefined;
  /** After so many jobs, done or failed. Absent: never. */
  readonly maxJobs?: number | undefined;
}

/** Milliseconds between two looks at the clock. */
const LOOK = 100;
/** Milliseconds between two lines of progress. */
const TOLD = 30_000;

/** What a worker has done, and when it has done enough. */
export class Shift implements Disposable {
  readonly #limits: ShiftLimits;
  readonly #isConnected: () => boolean;
  readonly #onEnd: (why: string) => void;
  readonly #timers: NodeJS.Timeout[] = [];
  #taken = 0;
  #active = 0;
  #ended = 0;
  #quietSince = performance.now();
  #over = false;

  /**
   * @param isConnected whether the server can be reached: a queue that cannot be seen is not empty
   * @param onEnd called once, when nothing is under way
   */
  constructor(limits: ShiftLimits, isConnected: () => boolean, onEnd: (why: string) => void) {
    this.#limits = limits;
    this.#isConnected = isConnected;
    this.#onEnd = onEnd;
  }

  /** Starts the clock. @param onNote hears now and then how many jobs ended, and how fast */
  start(onNote: (message: string) => void): void {
    this.#quietSince = performance.now();
    let [toldAt, told] = [performance.now(), 0];
    const tell = () => {
      const [now, ended] = [performance.now(), this.#ended];
      if (ended > told) {
        const rate = ((ended - told) / (now - toldAt)) * 1000;
        onNote(`${ended} jobs so far, ${rate.toPrecision(2)} jobs/s lately`);
      }
      [toldAt, told] = [now, ended];
    };
    this.#timers.push(
      setInterval(() => this.#look(), LOOK),
      setInterval(tell, TOLD),
    );
    for (const timer of this.#timers) timer.unref();
  }

  /** Takes a job. @returns false where it is one too many */
  begin(): boolean {
    if (this.#taken >= (this.#limits.maxJobs ?? Number.POSITIVE_INFINITY)) return false;
    this.#taken++;
    this.#active++;
    return true;
  }

  /** A job that was taken ended. @param givenBack it was not done, and does not count */
  end(givenBack: boolean): void {
    this.#active--;
    if (givenBack) this.#taken--;
    else this.#ended++;
    this.#quietSince = performance.now();
  }

  #look(): void {
    if (!this.#isConnected()) this.#quietSince = performance.now();
    if (this.#active > 0 || this.#over) return;
    const { idleSeconds, maxJobs } = this.#limits;
    if (maxJobs !== undefined && this.#ended >= maxJobs) this.#end(`${maxJobs} jobs are done`);
    else if (idleSeconds !== undefined && performance.now() - this.#quietSince >= 1000 * idleSeconds) {
      this.#end(`no work for ${idleSeconds} s`);
    }
  }

  #end(why: string): void {
    this.#over = true;
    this.#onEnd(why);
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearInterval(timer);
  }
}
