import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { LONGEST_PAUSE } from '../failures.js';
import { askServer, isServerTrouble } from './server-errors.js';
import { EVENTS_KEPT, PREFIX, QUEUES, type WorkKind } from './wire.js';

/**
 * BullMQ asks a new connection for the server's version once, and keeps a refusal for ever: nothing would come of the
 * queue any more. Our own check at the start has tried all that a queue needs, so nothing is asked.
 */
export const NO_VERSION_CHECK = { skipVersionCheck: true } as const;

/** Milliseconds by which the clock of a worker may go before the server's. */
const CLOCKS = 60_000;
/** What BullMQ multiplies the time with until which a job is delayed. */
const DELAY_UNIT = 0x1000;

/** The queues of a server, one for each kind of work. */
export type Queues = Readonly<Record<WorkKind, Queue>>;

/** Opens the queues of a server. @param onTrouble hears errors of the server that no call waits for */
export function openQueues(redis: Redis, onTrouble: (error: unknown) => void): Queues {
  const open = (kind: WorkKind) => {
    const queue = new Queue(QUEUES[kind], {
      connection: redis,
      ...NO_VERSION_CHECK,
      prefix: PREFIX,
      streams: { events: { maxLen: EVENTS_KEPT[kind] } },
    });
    queue.on('error', onTrouble);
    return queue;
  };
  return { score: open('score'), search: open('search'), train: open('train') };
}

/** The states of jobs, in their order. @throws errors of the server */
export async function jobStates(queue: Queue, jobs: readonly { readonly key: string }[]) {
  return await askServer(() => Promise.all(jobs.map(({ key }) => queue.getJobState(key))));
}

/**
 * The states of jobs, as {@link jobStates}. Those that are delayed for longer than any pause wait for no time any more:
 * a worker had a wrong clock, and no other would take them for as long.
 * @throws errors of the server
 */
export async function currentStates(queue: Queue, redis: Redis, jobs: readonly { readonly key: string }[]) {
  const states = await jobStates(queue, jobs);
  const delayed = jobs.filter((_, index) => states[index] === 'delayed');
  if (delayed.length === 0) return states;
  const [seconds] = await redis.time();
  const latest = DELAY_UNIT * (1000 * Number(seconds) + LONGEST_PAUSE + CLOCKS);
  const until = await Promise.all(
    delayed.map(({ key }) => redis.zscore(`${PREFIX}:${queue.name}:delayed`, key)),
  );
  for (const [index, { key }] of delayed.entries()) {
    const score = until[index];
    if (typeof score !== 'string' || Number(score) <= latest) continue;
    try {
      await askServer(() => queue.getBackend().promote(key));
    } catch (error) {
      // Otherwise it is not delayed any more.
      if (isServerTrouble(error)) throw error;
    }
  }
  return states;
}

/**
 * Takes out of a queue what lies in the place of a job: with it there, the job would not be added.
 * @throws errors of the server
 */
export async function clearPlace(queue: Queue, redis: Redis, key: string): Promise<void> {
  try {
    await askServer(() => queue.remove(key));
  } catch (error) {
    if (isServerTrouble(error)) throw error;
    // Something else lies there.
    await redis.del(`${PREFIX}:${queue.name}:${key}`);
  }
}
