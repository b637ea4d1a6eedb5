import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { askServer } from './server-errors.js';
import { EVENTS_KEPT, PREFIX, QUEUES, type WorkKind } from './wire.js';

/** The queues of a server, one for each kind of work. */
export type Queues = Readonly<Record<WorkKind, Queue>>;

/** Opens the queues of a server. @param onTrouble hears errors of the server that no call waits for */
export function openQueues(redis: Redis, onTrouble: (error: unknown) => void): Queues {
  const open = (kind: WorkKind) => {
    const queue = new Queue(QUEUES[kind], {
      connection: redis,
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
