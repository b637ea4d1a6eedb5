import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import type { RedisServer } from './redis-url.js';
import { limitedConnector, type ReplyLimits } from './reply-limits.js';
import { startError } from './server-errors.js';
import { PREFIX } from './wire.js';

/** How long a first connection may take, in milliseconds. */
const CONNECT_TIMEOUT = 5000;
/** How long a server may take for one command at the start, in milliseconds. */
const ANSWER_TIMEOUT = 10_000;

const MEBIBYTE = 1024 * 1024;

/** What connections carry, with the most that one reply of the server takes of memory. */
export const REPLY_LIMITS = {
  /** Jobs, members, counts. */
  messages: { text: MEBIBYTE, reply: 8 * MEBIBYTE },
  /** Entries of the streams of events; their longer texts are read from the job. */
  events: { text: 16_384, reply: 8 * MEBIBYTE },
  /** Answers of workers. */
  answers: { text: 64 * MEBIBYTE, reply: 65 * MEBIBYTE },
  /** Weights and checkpoints. */
  files: { text: 256 * MEBIBYTE, reply: 257 * MEBIBYTE },
} as const satisfies Readonly<Record<string, ReplyLimits>>;

export interface ConnectionEvents {
  /** Hears what goes wrong with the connection. */
  readonly onTrouble: (error: unknown) => void;
  /** Hears what was left out of replies. */
  readonly onCut: (what: string) => void;
}

/** A connection that waits for its server for as long as it takes. */
export function connectRedis(
  server: RedisServer,
  limits: ReplyLimits,
  { onTrouble, onCut }: ConnectionEvents,
): Redis {
  const client = new Redis({
    ...common(server, limits, onCut),
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(2000, 100 * times),
  });
  client.on('error', onTrouble);
  return client;
}

function common({ address }: RedisServer, limits: ReplyLimits, onCut: (what: string) => void) {
  return {
    ...address,
    // The limiter reads this one.
    protocol: 2 as const,
    connectTimeout: CONNECT_TIMEOUT,
    Connector: limitedConnector(address, limits, onCut),
  };
}

/** What a queue needs of its server, in one script: lists, sets, streams and hashes. */
const WRITE = `
redis.call('HSET', KEYS[1], 'f', '1')
redis.call('ZADD', KEYS[2], 1, 'm')
redis.call('XADD', KEYS[3], '*', 'f', '1')
redis.call('LPUSH', KEYS[4], '1')
return redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
`;

/**
 * Tries everything that a queue needs, so that a server that cannot is found at the start.
 * @throws TenasError `QUEUE_REFUSED` where it wants another user, password or permission, `QUEUE_UNREACHABLE` where it does
 * not answer or cannot do it now
 */
export async function checkRedis(server: RedisServer): Promise<void> {
  const client = new Redis({
    ...common(server, REPLY_LIMITS.messages, () => undefined),
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    // A server that loads its data says so.
    enableReadyCheck: false,
    commandTimeout: ANSWER_TIMEOUT,
  });
  let reason: unknown;
  client.on('error', (error) => {
    reason ??= error;
  });
  try {
    await client.connect();
    await tryCommands(client);
    // As where the number of the database is too large.
    if (isReply(reason)) throw reason;
  } catch (error) {
    throw startError(isReply(error) ? error : (reason ?? error), server);
  } finally {
    client.disconnect();
  }
}

function isReply(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}

async function tryCommands(client: Redis): Promise<void> {
  const own = `${PREFIX}:check:${randomBytes(8).toString('hex')}`;
  const [hash, set, stream, list] = ['hash', 'set', 'stream', 'list'].map((kind) => `${own}:${kind}`) as [
    string,
    string,
    string,
    string,
  ];
  await client.ping();
  await client.info('server');
  await client.time();
  await client.eval(WRITE, 4, hash, set, stream, list);
  await client.hset(hash, 'f', '1');
  await client.hscan(hash, '0', 'COUNT', 1);
  await client.hdel(hash, 'f');
  await client.set(list, '1', 'EX', 60);
  await client.getBuffer(list);
  await client.del(list);
  await client.xread('COUNT', 1, 'STREAMS', stream, '0');
  await client.bzpopmin(set, 0.01);
}
