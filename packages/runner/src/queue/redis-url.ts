import { TenasError } from '@tenas/base';
import { Redis } from 'ioredis';

/** Where a server is and who asks. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: { readonly servername: string };
}

/** A Redis server, and how to speak of it without giving its password away. */
export interface RedisServer {
  readonly address: RedisAddress;
  /** The URL without user and password. */
  readonly shown: string;
  /** Takes the password out of a text, wherever it stands. */
  readonly scrub: (text: string) => string;
}

function urlError(problem: string): TenasError {
  // The value may hold a password, so it is not shown.
  return new TenasError(
    'OPTION_INVALID',
    `--queue: ${problem}; give redis://[user:password@]host[:port][/number], or rediss:// for TLS`,
    { field: '--queue' },
  );
}

/**
 * Reads `redis://user:password@host:port/number`; `rediss://` uses TLS and checks the server's certificate
 * (NODE_EXTRA_CA_CERTS adds authorities).
 * @throws TenasError `OPTION_INVALID`, without the password
 */
export function parseRedisUrl(text: string): RedisServer {
  if (!URL.canParse(text)) throw urlError('this is no URL');
  const url = new URL(text);
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:')
    throw urlError(`the scheme is ${url.protocol}//`);
  if (url.hostname === '') throw urlError('the host is missing');
  const database = url.pathname.replace(/^\//, '');
  if (!/^\d*$/.test(database)) throw urlError('the number of the database is no number');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const secrets = [url.password, decoded(url.password)].filter((secret) => secret !== '');
  return {
    address: {
      host,
      port: url.port === '' ? 6379 : Number(url.port),
      db: Number(database),
      ...(url.username === '' ? {} : { username: decoded(url.username) }),
      ...(url.password === '' ? {} : { password: decoded(url.password) }),
      ...(url.protocol === 'rediss:' ? { tls: { servername: host } } : {}),
    },
    shown: `${url.protocol}//${url.host}${database === '' ? '' : `/${database}`}`,
    scrub: (line) => secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), line),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw urlError('user or password is not percent-encoded as URLs are');
  }
}

/** How long a first connection may take, in milliseconds. */
const CONNECT_TIMEOUT = 5000;

/**
 * Asks the server for a sign of life.
 * @throws TenasError `QUEUE_REFUSED` where it wants another user or password, `QUEUE_UNREACHABLE` where it does not answer
 */
export async function checkRedis(server: RedisServer): Promise<void> {
  const client = new Redis({
    ...server.address,
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let reason: unknown;
  client.on('error', (error) => {
    reason = error;
  });
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    const message = server.scrub(messageOf(reason ?? error));
    if (/WRONGPASS|NOAUTH|NOPERM|invalid password/i.test(message)) {
      throw new TenasError('QUEUE_REFUSED', `${server.shown} refuses user or password: ${message}`, {
        field: '--queue',
      });
    }
    throw new TenasError('QUEUE_UNREACHABLE', `${server.shown} does not answer: ${message}`, {
      field: '--queue',
    });
  } finally {
    client.disconnect();
  }
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

/** A connection that waits for its server for as long as it takes. */
export function connectRedis(server: RedisServer, onTrouble: (message: string) => void): Redis {
  const client = new Redis({
    ...server.address,
    maxRetriesPerRequest: null,
    connectTimeout: CONNECT_TIMEOUT,
    retryStrategy: (times) => Math.min(2000, 100 * times),
  });
  client.on('error', (error) => onTrouble(server.scrub(messageOf(error))));
  return client;
}
