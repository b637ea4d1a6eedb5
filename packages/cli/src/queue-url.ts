import type { Io } from './io.js';

/** The queue that the option or, without it, the environment names. It may hold a password: it is shown nowhere. */
export function queueUrl(option: unknown, io: Io): string | undefined {
  const url = option ?? io.env.TENAS_QUEUE;
  return typeof url === 'string' && url !== '' ? url : undefined;
}

/** The secret of the queue, from the environment alone: options show in the list of processes. It is shown nowhere. */
export function queueSecret(io: Io): string | undefined {
  return io.env.TENAS_QUEUE_SECRET;
}
