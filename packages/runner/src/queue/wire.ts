import { hostname } from 'node:os';
import type { Redis } from 'ioredis';
import { jobKey, type Task, taskKey } from '../tasks.js';

/** Before every key in Redis. */
export const PREFIX = 'tenas';

/** One queue for each kind of work: a worker runs many scores together, and a search on one thread. */
export const QUEUES = { score: 'scores', search: 'searches' } as const;
export type WorkKind = keyof typeof QUEUES;
export const WORK_KINDS = Object.keys(QUEUES) as readonly WorkKind[];

/** Events kept for coordinators that lag; those of searches hold whole records. */
export const EVENTS_KEPT = { score: 10_000, search: 500 } as const;

/** What a job in the queue says. Its id is the key of the unit. */
export interface WireJob {
  /** Of results; see `resultsVersion`. */
  readonly version: string;
  readonly task: Task;
  readonly seed: number;
  readonly architecture: string | null;
}

/** What a worker answers. */
export interface WireResult {
  /** The result record as JSON. */
  readonly result: string;
  readonly seconds: number;
  readonly isa: string;
  readonly worker: string;
  readonly found?: string;
}

/** What a worker reports when it refuses a job and leaves. */
export interface WireRefusal {
  readonly refused: string;
}

/** Whether a job is what its id says. */
export function isWhole(id: string | undefined, { task, seed, architecture }: WireJob): boolean {
  return id === jobKey(taskKey(task), seed, architecture);
}

/** Milliseconds between two signs of life. */
const BEAT = 3000;
/** A process without one for so many seconds, by the server's clock, is gone. */
const GONE = 15;

/** A coordinator or worker that is alive. */
export interface Member {
  readonly version: string;
  readonly name: string;
}

interface StoredMember extends Member {
  /** Seconds, by the server's clock. */
  readonly at: number;
}

/** Who takes part, as all can see it in Redis. */
export class Membership {
  readonly #redis: Redis;
  readonly #role: 'coordinators' | 'workers';
  readonly #member: Member;
  readonly #field = `${hostname()}:${process.pid}:${Date.now()}`;
  #timer: NodeJS.Timeout | undefined;

  constructor(redis: Redis, role: 'coordinators' | 'workers', member: Member) {
    this.#redis = redis;
    this.#role = role;
    this.#member = member;
  }

  /** Joins, and shows signs of life from now on. */
  async join(): Promise<void> {
    const beat = async () => {
      const stored: StoredMember = { ...this.#member, at: await this.#now() };
      await this.#redis.hset(`${PREFIX}:${this.#role}`, this.#field, JSON.stringify(stored));
    };
    await beat();
    this.#timer = setInterval(() => beat().catch(() => undefined), BEAT);
    this.#timer.unref();
  }

  /** Those of a role that are alive. */
  async alive(role: 'coordinators' | 'workers'): Promise<Member[]> {
    const all = await this.#redis.hgetall(`${PREFIX}:${role}`);
    const now = await this.#now();
    const alive: Member[] = [];
    for (const [field, text] of Object.entries(all)) {
      const { at, version, name }: StoredMember = JSON.parse(text);
      if (now - at < GONE) alive.push({ version, name });
      else await this.#redis.hdel(`${PREFIX}:${role}`, field);
    }
    return alive;
  }

  async #now(): Promise<number> {
    const [seconds] = await this.#redis.time();
    return Number(seconds);
  }

  /** Shows that this process is gone. */
  async leave(): Promise<void> {
    clearInterval(this.#timer);
    await this.#redis.hdel(`${PREFIX}:${this.#role}`, this.#field);
  }
}
