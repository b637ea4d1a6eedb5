/**
 * Work that runs, by job. A job whose lock was lost comes again, and it may come to the worker that still runs it: both
 * then wait for one result. Otherwise the end of the first run would end the renewal of the second one's lock, which
 * BullMQ keeps by job, and the job would come again without end.
 */
export class SharedWork<Result> {
  readonly #running = new Map<string, { readonly about: string; readonly result: Promise<Result> }>();

  /**
   * Begins the work of a job, or waits for it where it runs already.
   *
   * @param about what is to be done: a job of the same name with other work is apart
   */
  async of(job: string, about: string, begin: () => Promise<Result>): Promise<Result> {
    const running = this.#running.get(job);
    if (running?.about === about) return await running.result;
    const own = { about, result: begin() };
    this.#running.set(job, own);
    try {
      return await own.result;
    } finally {
      if (this.#running.get(job) === own) this.#running.delete(job);
    }
  }
}
