import type { Io } from './io.js';

/** The queue that the option or, without it, the environment names. It may hold a password: it is shown nowhere. */
export function queueUrl(option: unknown, io: Io): string | undefined {
  const url = option ?? io.env.TENAS_QUEUE;
  return typeof url === 'string' && url !== '' ? url : undefined;
}
