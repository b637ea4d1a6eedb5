import { describeValue, TenasError } from '@tenas/base';
import type { z } from 'zod';

/** What an error of a Redis server means for tenas. */
interface ServerError {
  /** Beginning of its reply. */
  readonly code: string;
  /** `refused`: another user, password or permission is needed. `unavailable`: the server cannot, for now. */
  readonly kind: 'refused' | 'unavailable';
  /** What a person can do. */
  readonly advice: string;
}

/** Every error of a server with a behaviour of ours; others count as `unavailable`. docs/batch.md lists them. */
const SERVER_ERRORS: readonly ServerError[] = [
  { code: 'NOAUTH', kind: 'refused', advice: 'give user and password in the URL of the queue' },
  { code: 'WRONGPASS', kind: 'refused', advice: 'check user and password in the URL of the queue' },
  {
    code: 'NOPERM',
    kind: 'refused',
    advice: 'let this user run all commands but dangerous ones on keys tenas:* (docs/batch.md has the ACL)',
  },
  {
    code: 'READONLY',
    kind: 'unavailable',
    advice: 'this is a replica: name the master, or wait until this one is promoted',
  },
  {
    code: 'UNBLOCKED',
    kind: 'unavailable',
    advice: 'the master became a replica: wait, or name the new master',
  },
  {
    code: 'DENIED',
    kind: 'unavailable',
    advice: 'the server is in protected mode: give it a password, or bind it to an address',
  },
  { code: 'OOM', kind: 'unavailable', advice: 'raise maxmemory of the server, or free some of it' },
  {
    code: 'MISCONF',
    kind: 'unavailable',
    advice: "the server's snapshots fail: see its log and the room on its disk",
  },
  { code: 'LOADING', kind: 'unavailable', advice: 'the server reads its data from disk: try again soon' },
  { code: 'MASTERDOWN', kind: 'unavailable', advice: 'this replica has lost its master: name the master' },
  {
    code: 'NOREPLICAS',
    kind: 'unavailable',
    advice: 'the server wants more replicas before it takes writes',
  },
  {
    code: 'CLUSTERDOWN',
    kind: 'unavailable',
    advice: 'give a server that is no cluster: clusters are not supported',
  },
  {
    code: 'MOVED',
    kind: 'unavailable',
    advice: 'give a server that is no cluster: clusters are not supported',
  },
  {
    code: 'CROSSSLOT',
    kind: 'unavailable',
    advice: 'give a server that is no cluster: clusters are not supported',
  },
  {
    code: 'BUSY',
    kind: 'unavailable',
    advice: 'a script holds the server: wait, or end it with SCRIPT KILL',
  },
  {
    code: 'NOSCRIPT',
    kind: 'unavailable',
    advice: 'scripts were flushed: they are loaded again within a minute',
  },
  { code: 'EXECABORT', kind: 'unavailable', advice: 'the server discarded a transaction: try again' },
  { code: 'UNKILLABLE', kind: 'unavailable', advice: 'a script holds the server: restart it' },
  { code: 'MAXCLIENTS', kind: 'unavailable', advice: 'the server has too many clients: raise maxclients' },
];

/** Words of errors that come in sentences. */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/invalid password|invalid username-password/i, 'WRONGPASS'],
  [/max number of clients/i, 'MAXCLIENTS'],
];

/** Errors of a socket or of a connection that ended: the server may come back. */
const CONNECTION =
  /^(?:Connection is closed|Command aborted|Command timed out|Stream isn't writeable|connect |read |write |getaddrinfo |Socket )/i;
const CONNECTION_CODE =
  /^(?:ECONN[A-Z]+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOST[A-Z]+|ENET[A-Z]+|QUEUE_UNREACHABLE)$/;

function isReply(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function found(message: string): ServerError | undefined {
  const code = SENTENCES.find(([words]) => words.test(message))?.[1];
  // Errors inside a script stand behind its name.
  return SERVER_ERRORS.find(
    (one) => one.code === code || new RegExp(`(?:^|[\\s:-])${one.code}(?:\\s|$)`).test(message),
  );
}

/** Whether a key holds something else than tenas writes there: somebody else wrote it. */
export function isForeignKey(error: unknown): boolean {
  return isReply(error) && messageOf(error).includes('WRONGTYPE');
}

function strangeReply(problem: string, cause?: unknown): TenasError {
  return new TenasError('QUEUE_UNREACHABLE', `a reply is none that Redis gives: ${problem}`, {
    field: '--queue',
    cause,
  });
}

/** A reply of the server, checked. @throws TenasError `QUEUE_UNREACHABLE` */
export function readReply<T>(schema: z.ZodType<T>, reply: unknown): T {
  const read = schema.safeParse(reply);
  if (read.success) return read.data;
  throw strangeReply(`got ${describeValue(reply)}`, read.error);
}

/**
 * Asks the server through a library, which stumbles over replies of other types than Redis gives.
 * @throws TenasError `QUEUE_UNREACHABLE` for such a reply; other errors of the work
 */
export async function askServer<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw cause instanceof TypeError ? strangeReply(cause.message, cause) : cause;
  }
}

/** Whether an error is the server's: something to wait for, and no fault of a job or of tenas. */
export function isServerTrouble(error: unknown): boolean {
  return isReply(error) ? !isForeignKey(error) : isPassing(error);
}

/** Whether a server that gave this error may take the same command later: it is gone, or in a state that passes. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof TenasError) return error.code === 'QUEUE_UNREACHABLE';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return CONNECTION_CODE.test(code) || CONNECTION.test(error.message) || found(error.message) !== undefined;
}

/**
 * The error of a server at the start, as a person sees it: `QUEUE_REFUSED` for permissions, else `QUEUE_UNREACHABLE`.
 * @param shown the server, without its password
 * @param scrub takes the password out of a text
 */
export function startError(
  error: unknown,
  { shown, scrub }: { readonly shown: string; readonly scrub: (text: string) => string },
): TenasError {
  const message = scrub(messageOf(error));
  const known = found(message);
  const advice = known === undefined ? '' : `; ${known.advice}`;
  if (known?.kind === 'refused') {
    return new TenasError(
      'QUEUE_REFUSED',
      `${shown} refuses user, password or command: ${message}${advice}`,
      {
        field: '--queue',
      },
    );
  }
  const problem =
    isReply(error) || known !== undefined ? 'does not do what a queue needs' : 'does not answer';
  return new TenasError('QUEUE_UNREACHABLE', `${shown} ${problem}: ${message}${advice}`, {
    field: '--queue',
  });
}
