import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
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
