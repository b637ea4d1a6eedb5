import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { askServer } from './server-errors.js';
import { EVENTS_KEPT, PREFIX, QUEUES, type WorkKind } from './wire.js';

/**
 * BullMQ asks a new connection for the server's version once, and keeps a refusal for ever: nothing would come of the
 * queue any more. Our own check at the start has tried all that a queue needs, so nothing is asked.
 */
export const NO_VERSION_CHECK = { skipVersionCheck: true } as const;

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
