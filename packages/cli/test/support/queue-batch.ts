import { join } from 'node:path';
import { expect } from 'vitest';
import { exported, jobCounts, tiny, writeSpec } from './batch-results.js';
import { type Running, requireBuild, type Started, start } from './built-command.js';

/** How a worker or a coordinator is started. */
interface Start {
  /** TENAS_QUEUE_SECRET; default: none. */
  readonly secret?: string | undefined;
  /** Of a coordinator; default: that of the batch. */
  readonly spec?: string | undefined;
  /** More arguments. */
  readonly args?: readonly string[];
  /** Of a worker: seconds without a sign of life after which its jobs go to others; default: 4. */
  readonly stall?: number;
}

/** Starts the command line. @param env variables besides those that every command has */
type Starter<Command> = (args: readonly string[], env: Readonly<Record<string, string>>) => Command;

/** A batch of scores for a queue, and what comes of it where nobody disturbs it. */
export class QueueBatch<Command extends Started = Running> {
  readonly folder: string;
  readonly spec: string;
  readonly #start: Starter<Command>;
  #undisturbed: readonly unknown[] = [];

  private constructor(folder: string, spec: string, starter: Starter<Command>) {
    this.folder = folder;
    this.spec = spec;
    this.#start = starter;
  }

  /** Makes a batch of so many scores, and evaluates them without a queue. Its commands are processes. */
  static async make(folder: string, scores: number): Promise<QueueBatch> {
    requireBuild();
    return await QueueBatch.#made(folder, scores, (args, env) => start(args, folder, env));
  }

  /**
   * The same, but its commands run in the process of the tests: a start costs nothing, and tests that wait can do so at
   * the same time. What nobody catches fails the tests.
   */
  static async makeHere(folder: string, scores: number): Promise<QueueBatch<Started>> {
    // Loaded by those who need it: it is all of the command's sources.
    const { startHere } = await import('./run-in-process.js');
    return await QueueBatch.#made(folder, scores, (args, env) => startHere(args, { env }));
  }

  static async #made<C extends Started>(folder: string, scores: number, starter: Starter<C>) {
    const text = `score: {architectures: {sample: ${scores}, seed: 1}, ${tiny}}`;
    const batch = new QueueBatch(folder, writeSpec(folder, 'scores', text), starter);
    const { code, err } = await starter(['batch', 'run', batch.spec, '--out', join(folder, 'alone')], {})
      .ended;
    expect(code, err).toBe(0);
    batch.#undisturbed = await batch.exported('alone');
    return batch;
  }

  /** The same batch, whose commands are processes. */
  inProcesses(): QueueBatch {
    requireBuild();
    const other = new QueueBatch(this.folder, this.spec, (args, env) => start(args, this.folder, env));
    other.#undisturbed = this.#undisturbed;
    return other;
  }

  /** Starts a worker with one thread; the jobs of a lost one go to others soon. */
  worker(url: string, { secret, args = [], stall = 4 }: Start = {}): Command {
    const own = ['worker', '--queue', url, '--concurrency', '1', '--stall-timeout', `${stall}`];
    return this.#start([...own, ...args], secretIn(secret));
  }

  /** Starts the coordinator of a store. */
  run(url: string, out: string, { secret, spec = this.spec, args = [] }: Start = {}): Command {
    const own = ['batch', 'run', spec, '--out', join(this.folder, out), '--queue', url, '--json'];
    return this.#start([...own, ...args], secretIn(secret));
  }

  /** Every job of a store, in order, without what depends on who evaluated it and when. */
  async exported(out: string): Promise<unknown[]> {
    return await exported(join(this.folder, out), this.folder, (args) => this.#start(args, {}).ended);
  }

  /** How many jobs of a store are in which state. */
  async jobCounts(out: string): Promise<Record<string, number>> {
    return await jobCounts(join(this.folder, out), this.folder, (args) => this.#start(args, {}).ended);
  }

  /** Expects that a store has exactly what comes of the batch where nobody disturbs it. */
  async expectSame(out: string): Promise<void> {
    expect(await this.exported(out)).toEqual(this.#undisturbed);
  }
}

function secretIn(secret: string | undefined): Readonly<Record<string, string>> {
  return secret === undefined ? {} : { TENAS_QUEUE_SECRET: secret };
}

/** Stops a worker by Ctrl-C. @returns what it said */
export async function stop({ interrupt, ended }: Started): Promise<string> {
  interrupt();
  const { code, err } = await ended;
  expect(code, err).toBe(130);
  return err;
}
