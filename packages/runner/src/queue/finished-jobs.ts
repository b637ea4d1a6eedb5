import { parseJson, TenasError } from '@tenas/base';
import type { Redis } from 'ioredis';
import { MESSAGE_LIMITS } from './job-hash.js';
import { PREFIX, QUEUES, type WorkKind } from './wire.js';

/** Bytes of an answer, as it lies in Redis; those of searches and trainings hold whole records. */
export const LONGEST_ANSWER: Readonly<Record<WorkKind, number>> = {
  score: 256 * 1024,
  search: 64 * 1024 * 1024,
  train: 64 * 1024 * 1024,
};
/** Jobs read in one request, so that their answers together stay below the longest one. */
const AT_ONCE: Readonly<Record<WorkKind, number>> = { score: 200, search: 1, train: 1 };
/** Bytes of a failure's text. */
const LONGEST_FAILURE = 16_384;

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

/**
 * Reads jobs that may have ended.
 * @param take is given each as soon as it is read
 * @throws errors of the server
 */
export async function readFinished(
  redis: Redis,
  work: WorkKind,
  keys: readonly string[],
  take: (key: string, job: FinishedJob) => void,
): Promise<void> {
  const place = `${PREFIX}:${QUEUES[work]}:`;
  for (let from = 0; from < keys.length; from += AT_ONCE[work]) {
    const some = keys.slice(from, from + AT_ONCE[work]);
    const replies = await Promise.all(
      some.map((key) =>
        redis.eval(
          READ,
          3,
          `${place}${key}`,
          `${place}completed`,
          `${place}failed`,
          key,
          LONGEST_ANSWER[work],
          LONGEST_FAILURE,
        ),
      ),
    );
    for (const [index, reply] of replies.entries()) take(some[index]!, finishedJob(work, reply));
  }
}

function finishedJob(work: WorkKind, reply: unknown): FinishedJob {
  const [state, length, text, attempts] = Array.isArray(reply) ? (reply as unknown[]) : [];
  if (state === 'open') return { kind: 'open' };
  if (typeof text !== 'string' || (state !== 'completed' && state !== 'failed')) {
    const problem =
      length === 0 ? 'what lies in its place is no job' : `its text has ${String(length)} bytes`;
    return { kind: 'broken', problem: `${problem}; at most ${LONGEST_ANSWER[work]} are read` };
  }
  if (state === 'failed') {
    const made = typeof attempts === 'string' && /^\d{1,6}$/.test(attempts) ? Number(attempts) : 0;
    return { kind: 'failure', text, attempts: made };
  }
  try {
    return { kind: 'answer', answer: parseJson(text, { length: LONGEST_ANSWER[work], ...MESSAGE_LIMITS }) };
  } catch (error) {
    if (error instanceof TenasError) return { kind: 'broken', problem: `its answer: ${error.message}` };
    throw error;
  }
}
