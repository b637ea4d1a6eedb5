import { expect } from 'vitest';
import { exported, tiny, writeSpec } from './batch-results.js';
import { type Running, requireBuild, start } from './built-command.js';
import { tenasServed } from './command-server.js';

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

/** A batch of scores for a queue, and what comes of it where nobody disturbs it. */
export class QueueBatch {
  readonly folder: string;
  readonly spec: string;
  readonly undisturbed: readonly unknown[];

  private constructor(folder: string, spec: string, undisturbed: readonly unknown[]) {
    this.folder = folder;
    this.spec = spec;
    this.undisturbed = undisturbed;
  }

  /** Makes a batch of so many scores, and evaluates them without a queue. */
  static async make(folder: string, scores: number): Promise<QueueBatch> {
    requireBuild();
    const spec = writeSpec(folder, 'scores', `score: {architectures: {sample: ${scores}, seed: 1}, ${tiny}}`);
    const { code, err } = await tenasServed(['batch', 'run', spec, '--out', 'alone'], folder);
    expect(code, err).toBe(0);
    return new QueueBatch(folder, spec, await exported('alone', folder));
  }

  /** Starts a worker with one thread; the jobs of a lost one go to others soon. */
  worker(url: string, { secret, args = [], stall = 4 }: Start = {}): Running {
    const own = ['worker', '--queue', url, '--concurrency', '1', '--stall-timeout', `${stall}`];
    return start([...own, ...args], this.folder, secretIn(secret));
  }

  /** Starts the coordinator of a store. */
  run(url: string, out: string, { secret, spec = this.spec, args = [] }: Start = {}): Running {
    const own = ['batch', 'run', spec, '--out', out, '--queue', url, '--json'];
    return start([...own, ...args], this.folder, secretIn(secret));
  }

  /** Expects that a store has exactly what comes of the batch where nobody disturbs it. */
  async expectSame(out: string): Promise<void> {
    expect(await exported(out, this.folder)).toEqual(this.undisturbed);
  }
}

function secretIn(secret: string | undefined): NodeJS.ProcessEnv {
  return secret === undefined ? {} : { TENAS_QUEUE_SECRET: secret };
}

/** Stops a worker by Ctrl-C. @returns what it said */
export async function stop({ child, ended }: Running): Promise<string> {
  child.kill('SIGINT');
  const { code, err } = await ended;
  expect(code, err).toBe(130);
  return err;
}
