import { clip } from '@tenas/base';
import { createRedisBackend, type RedisQueueBackend } from 'bullmq';
import type { Redis } from 'ioredis';
import { pause } from '../failures.js';
import { jobOptions, readableJobHash, strangeFields } from './job-hash.js';
import type { Refusals } from './refusals.js';
import { isPassing } from './server-errors.js';

/** Commands of BullMQ that may answer with the next job. */
const FETCHING: ReadonlySet<string> = new Set(['moveToActive', 'moveToFinished', 'moveToDelayed']);
/** Milliseconds between two tries of a command that the server refuses for now. */
const AGAIN = 1000;
/** Ids looked at where something else than a job lies in its place, or its counts are none. */
const MOST_SWEPT = 1000;
/** Fields of a job that scripts count in. */
const COUNTS = ['ats', 'atm', 'stc'] as const;

export interface WorkerBackendOptions {
  readonly redis: Redis;
  readonly signal: AbortSignal;
  readonly refusals: Refusals;
  /** Hears of errors of the server that are waited for. */
  readonly onTrouble: (error: unknown) => void;
  /** Hears that a command was taken. */
  readonly onWorks: () => void;
}

/**
 * What BullMQ speaks to Redis through, for workers: jobs arrive as {@link readableJobHash} makes them, and commands
 * that the server refuses for now (read-only, out of memory, loading) are tried again until it takes them.
 */
export function workerBackend({ redis, signal, refusals, onTrouble, onWorks }: WorkerBackendOptions) {
  return (...args: Parameters<typeof createRedisBackend>): RedisQueueBackend => {
    const backend = createRedisBackend(...args);
    const execute = backend.execCommand.bind(backend);
    backend.execCommand = (client, command, values) => {
      if (command === 'moveStalledJobsToWait') {
        return sweeping(backend, () => execute(client, command, values) as Promise<unknown>);
      }
      if (!FETCHING.has(command)) return execute(client, command, values);
      const fetch = async () => {
        try {
          return await execute(client, command, values);
        } catch (error) {
          // Somebody wrote something else into a job's counts: scripts would fail at it for ever.
          if (error instanceof Error && error.message.includes('not an integer')) await mendCounts(backend);
          throw error;
        }
      };
      return patiently(async () => readable(backend, await fetch()));
    };
    return backend;
  };

  async function patiently<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const done = await work();
        onWorks();
        return done;
      } catch (error) {
        if (signal.aborted) throw error;
        if (isPassing(error)) onTrouble(error);
        // The next job may be sound; a server that always fails is not asked all the time.
        await pause(AGAIN, signal);
        if (!isPassing(error)) throw error;
      }
    }
  }

  /** The answer of a script, with its job as BullMQ may read it; what scripts would fail at later is removed. */
  async function readable(backend: RedisQueueBackend, answer: unknown): Promise<unknown> {
    if (!Array.isArray(answer)) return answer;
    const [job, id, ...rest] = answer as unknown[];
    if (!Array.isArray(job)) return answer;
    const strange = strangeFields(job);
    if (strange !== null && typeof id === 'string') {
      refusals.add('job', `job ${id.slice(0, 100)} has fields or options that tenas never writes`);
      const key = backend.toKey(id);
      await redis.hset(key, 'opts', JSON.stringify(jobOptions(1)));
      if (strange.remove.length > 0) await redis.hdel(key, ...strange.remove);
    }
    return [readableJobHash(job), id, ...rest];
  }

  /** Takes counts that are no numbers away from all jobs that wait or are under way. */
  async function mendCounts(backend: RedisQueueBackend): Promise<void> {
    for (const list of [backend.keys.active!, backend.keys.wait!]) {
      for (const id of await redis.lrange(list, 0, MOST_SWEPT)) {
        const key = backend.toKey(id);
        if ((await redis.type(key)) !== 'hash') continue;
        const values = await redis.hmget(key, ...COUNTS);
        const wrong = COUNTS.filter((_, index) => !/^\d{1,9}$/.test(values[index] ?? '0'));
        if (wrong.length === 0) continue;
        refusals.add('job', `job ${clip(id)} has counts that are no numbers`);
        await redis.hdel(key, ...wrong);
      }
    }
  }

  /** Looks after lost jobs; something else in a job's place is taken out of the list, or it would stop this for ever. */
  async function sweeping(backend: RedisQueueBackend, work: () => Promise<unknown>): Promise<unknown> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes('WRONGTYPE')) throw error;
      for (const id of await redis.lrange(backend.keys.active!, 0, MOST_SWEPT)) {
        if (['hash', 'none'].includes(await redis.type(backend.toKey(id)))) continue;
        refusals.add('job', `what lies in the place of job ${id.slice(0, 100)} is none`);
        await redis.lrem(backend.keys.active!, 0, id);
      }
      return await work();
    }
  }
}
