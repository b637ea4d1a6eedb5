import { parseJson, TenasError } from '@tenas/base';
import type { Redis } from 'ioredis';
import type { Task } from '../tasks.js';
import { MESSAGE_LIMITS } from './job-hash.js';
import { PREFIX, QUEUES, type WorkKind } from './wire.js';

/** Bytes of the answers that are read in one request, and of the longest one: some hold whole records. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Bytes of the answer to a score without its repeats, and at most of one value of one metric in one repeat. */
const SCORE_BYTES = 256 * 1024;
const VALUE_BYTES = 64;
/** Jobs read in one request. */
const AT_ONCE = 200;
/** Bytes of a failure's text. */
const LONGEST_FAILURE = 16_384;

/** Bytes that the answer to a job of this task has at most, as it lies in Redis. */
export function longestAnswer(task: Task): number {
  if (task.kind !== 'score') return MOST_BYTES;
  return Math.min(MOST_BYTES, SCORE_BYTES + VALUE_BYTES * task.repeats * task.metrics.length);
}

/** How a job came to an end, as the server has it. */
export type FinishedJob =
  | { readonly kind: 'answer'; readonly answer: unknown }
  | { readonly kind: 'failure'; readonly text: string; readonly attempts: number }
  /** What lies in its place is no job, or has no answer that can be read. */
  | { readonly kind: 'broken'; readonly problem: string }
  /** It has not come to an end. */
  | { readonly kind: 'open' };

/**
 * State, length and text of a job that has ended. The length is checked where the text lies: a longer one never leaves
 * the server.
 */
const READ = `
local id, most = ARGV[1], tonumber(ARGV[2])
local state, field = 'open', nil
if redis.call('TYPE', KEYS[2]).ok == 'zset' and redis.call('ZSCORE', KEYS[2], id) then
  state, field = 'completed', 'returnvalue'
elseif redis.call('TYPE', KEYS[3]).ok == 'zset' and redis.call('ZSCORE', KEYS[3], id) then
  state, field, most = 'failed', 'failedReason', tonumber(ARGV[3])
end
if field == nil then return {state, 0, '', '0'} end
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return {'broken', 0, '', '0'} end
local length = redis.call('HSTRLEN', KEYS[1], field)
if length > most then return {'broken', length, '', '0'} end
return {state, length, redis.call('HGET', KEYS[1], field) or '', redis.call('HGET', KEYS[1], 'atm') or '0'}
`;

/** A job that may have ended. */
export interface AskedJob {
  readonly key: string;
  /** See {@link longestAnswer}. */
  readonly longest: number;
}

/**
 * Reads jobs that may have ended.
 * @param take is given each as soon as it is read
 * @throws errors of the server
 */
export async function readFinished(
  redis: Redis,
  work: WorkKind,
  asked: readonly AskedJob[],
  take: (key: string, job: FinishedJob) => void,
): Promise<void> {
  const place = `${PREFIX}:${QUEUES[work]}:`;
  for (const some of requests(asked)) {
    const replies = await Promise.all(
      some.map(({ key, longest }) =>
        redis.eval(
          READ,
          3,
          `${place}${key}`,
          `${place}completed`,
          `${place}failed`,
          key,
          longest,
          LONGEST_FAILURE,
        ),
      ),
    );
    for (const [index, reply] of replies.entries()) {
      const { key, longest } = some[index]!;
      take(key, finishedJob(reply, longest));
    }
  }
}

/** Jobs whose answers together are not longer than the longest one. */
function* requests(asked: readonly AskedJob[]): Generator<readonly AskedJob[]> {
  let some: AskedJob[] = [];
  let bytes = 0;
  for (const job of asked) {
    if (some.length >= AT_ONCE || (some.length > 0 && bytes + job.longest > MOST_BYTES)) {
      yield some;
      [some, bytes] = [[], 0];
    }
    some.push(job);
    bytes += job.longest;
  }
  if (some.length > 0) yield some;
}

function finishedJob(reply: unknown, longest: number): FinishedJob {
  const [state, length, text, attempts] = Array.isArray(reply) ? (reply as unknown[]) : [];
  if (state === 'open') return { kind: 'open' };
  if (typeof text !== 'string' || (state !== 'completed' && state !== 'failed')) {
    const problem =
      length === 0 ? 'what lies in its place is no job' : `its text has ${String(length)} bytes`;
    return { kind: 'broken', problem: `${problem}; at most ${longest} are read` };
  }
  if (state === 'failed') {
    const made = typeof attempts === 'string' && /^\d{1,6}$/.test(attempts) ? Number(attempts) : 0;
    return { kind: 'failure', text, attempts: made };
  }
  try {
    return { kind: 'answer', answer: parseJson(text, { length: longest, ...MESSAGE_LIMITS }) };
  } catch (error) {
    if (error instanceof TenasError) return { kind: 'broken', problem: `its answer: ${error.message}` };
    throw error;
  }
}
