import type { Redis } from 'ioredis';
import { pause } from '../failures.js';
import { PREFIX, QUEUES, WORK_KINDS, type WorkKind } from './wire.js';

/** Entries read at once. */
const COUNT = 200;
/** Milliseconds that the server waits for an entry. */
const BLOCK = 1000;
/** Milliseconds between two tries where the server refuses. */
const AGAIN = 1000;

/** What an entry of the stream of events says. It is a hint: anybody who reaches the server can write one. */
export type QueueEvent =
  /** A job has come to an end. */
  | { readonly kind: 'finished'; readonly work: WorkKind; readonly key: string }
  /** Text of a worker about a job that it has. */
  | { readonly kind: 'report'; readonly work: WorkKind; readonly key: string; readonly text: string };

export interface CompletionEventsOptions {
  /** A connection that nobody else uses: it waits for the server. */
  readonly redis: Redis;
  readonly signal: AbortSignal;
  readonly onEvent: (event: QueueEvent) => void;
  readonly onTrouble: (error: unknown) => void;
}

/** Follows the events of all queues until the signal is aborted. */
export async function followEvents(options: CompletionEventsOptions): Promise<void> {
  const { redis, signal, onTrouble } = options;
  let last: Map<WorkKind, string> | null = null;
  while (!signal.aborted) {
    try {
      last ??= await ends(redis);
      await readSome(options, last);
    } catch (error) {
      if (signal.aborted) return;
      onTrouble(error);
      await pause(AGAIN, signal);
    }
  }
}

function stream(kind: WorkKind): string {
  return `${PREFIX}:${QUEUES[kind]}:events`;
}

/** The latest entry of each stream: what came before is found by comparing the queues. */
async function ends(redis: Redis): Promise<Map<WorkKind, string>> {
  const found = new Map<WorkKind, string>();
  for (const kind of WORK_KINDS) {
    const latest = await redis.xrevrange(stream(kind), '+', '-', 'COUNT', 1);
    found.set(kind, latest[0]?.[0] ?? '0-0');
  }
  return found;
}

async function readSome(
  { redis, onEvent }: CompletionEventsOptions,
  last: Map<WorkKind, string>,
): Promise<void> {
  const names = WORK_KINDS.map(stream);
  const ids = WORK_KINDS.map((kind) => last.get(kind)!);
  const read = await redis.xread('COUNT', COUNT, 'BLOCK', BLOCK, 'STREAMS', ...names, ...ids);
  for (const [name, entries] of read ?? []) {
    const work = WORK_KINDS.find((kind) => stream(kind) === name);
    if (work === undefined) continue;
    for (const [id, fields] of entries) {
      last.set(work, id);
      const event = eventIn(work, fields);
      if (event !== null) onEvent(event);
    }
  }
}

function eventIn(work: WorkKind, fields: readonly string[]): QueueEvent | null {
  const field = (name: string) => {
    const at = fields.findIndex((text, index) => index % 2 === 0 && text === name);
    return at < 0 ? undefined : fields[at + 1];
  };
  const key = field('jobId');
  if (key === undefined) return null;
  switch (field('event')) {
    case 'completed':
    case 'failed':
      return { kind: 'finished', work, key };
    case 'progress':
      return { kind: 'report', work, key, text: field('data') ?? '' };
    default:
      return null;
  }
}
