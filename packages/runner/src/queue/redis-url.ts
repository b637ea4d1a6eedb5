import { TenasError } from '@tenas/base';

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
