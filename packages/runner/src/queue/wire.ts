import { hostname } from 'node:os';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { jobKey, taskKey } from '../tasks.js';
import { type Member, memberIn, type StoredMember, signedPart, type WireJob } from './messages.js';
import type { Refusals } from './refusals.js';
import { readReply } from './server-errors.js';
import type { QueueSigner } from './signing.js';

/** Before every key in Redis. */
export const PREFIX = 'tenas';

/** One queue for each kind of work: a worker runs many scores together, and a search or a training on one thread. */
export const QUEUES = { score: 'scores', search: 'searches', train: 'trainings' } as const;
export type WorkKind = keyof typeof QUEUES;
export const WORK_KINDS = Object.keys(QUEUES) as readonly WorkKind[];

/** Events kept for coordinators that lag; those of searches and trainings hold whole records. */
export const EVENTS_KEPT = { score: 10_000, search: 500, train: 500 } as const;

/** Seconds that results, weights and checkpoints wait in Redis for somebody who is gone. */
export const KEPT = 7 * 24 * 3600;

/** Whether a job is what its id says. */
export function isWhole(id: string | undefined, { task, seed, architecture }: WireJob): boolean {
  return id === jobKey(taskKey(task), seed, architecture);
}

/** Milliseconds between two signs of life. */
export const BEAT = 3000;
/** A process without one for so many seconds, by the server's clock, is gone. */
export const GONE = 15;

/** Members that are read at once, and in all. */
const PAGE = 1000;
const MOST_MEMBERS = 100_000;

/** Answers of HSCAN (where to go on, names and values in turn) and TIME (seconds, microseconds). */
const pageReply = z.tuple([z.string(), z.array(z.string())]);
const timeReply = z.tuple([z.string().regex(/^\d{1,15}$/), z.string()]);

type Role = 'coordinators' | 'workers';

/** A member that is alive. */
export interface LivingMember extends Member {
  /** {@link Membership.id} of the member. */
  readonly id: string;
  /** Its last sign of life: seconds, by the server's clock. */
  readonly at: number;
  /** Whether it signs its messages. */
  readonly signs: boolean;
}

/** What a {@link Membership} is made of. */
export interface MembershipOptions {
  readonly redis: Redis;
  readonly role: Role;
  readonly member: Member;
  readonly signer: QueueSigner;
  readonly refusals: Refusals;
}

/** Who takes part, as all can see it in Redis. */
export class Membership {
  readonly #redis: Redis;
  readonly #role: Role;
  readonly #member: Member;
  readonly #signer: QueueSigner;
  readonly #refusals: Refusals;
  /** Names this process among all that there ever were. */
  readonly id = `${hostname()}:${process.pid}:${Date.now()}`;
  #timer: NodeJS.Timeout | undefined;

  constructor({ redis, role, member, signer, refusals }: MembershipOptions) {
    this.#redis = redis;
    this.#role = role;
    this.#member = member;
    this.#signer = signer;
    this.#refusals = refusals;
  }

  /** Joins, and shows signs of life from now on. */
  async join(): Promise<void> {
    const beat = async () => {
      const body = { ...this.#member, at: await this.#now() };
      const signature = this.#signer.sign('member', [this.#role, this.id], body);
      const stored: StoredMember = { ...body, signature };
      await this.#redis.hset(`${PREFIX}:${this.#role}`, this.id, JSON.stringify(stored));
    };
    await beat();
    clearInterval(this.#timer);
    this.#timer = setInterval(() => beat().catch(() => undefined), BEAT);
    this.#timer.unref();
  }

  /** Members of a role that are alive. Those who are gone, and what is no member, are removed. */
  async alive(role: Role): Promise<LivingMember[]> {
    const all = await this.#entries(role);
    const now = await this.#now();
    const alive: LivingMember[] = [];
    for (const [field, text] of all) {
      const member = memberIn(text);
      if (member === null) this.#refusals.add('member', `an entry among ${role} is no member`);
      if (member === null || now - member.at >= GONE) {
        await this.#redis.hdel(`${PREFIX}:${role}`, field);
        continue;
      }
      const problem = this.#signer.problem('member', [role, field], signedPart(member), member.signature);
      if (problem !== null) {
        this.#refusals.add('unsigned', `member ${member.name} of ${role}: ${problem}`);
        continue;
      }
      const { version, name, threads, at, signature } = member;
      alive.push({ id: field, at, version, name, threads, signs: signature !== undefined });
    }
    return alive;
  }

  /** What lies among the members of a role, page by page: all at once would be longer than a reply may be. */
  async #entries(role: Role): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    let cursor = '0';
    do {
      const page = await this.#redis.hscan(`${PREFIX}:${role}`, cursor, 'COUNT', PAGE);
      const [next, entries] = readReply(pageReply, page);
      for (let index = 0; index + 1 < entries.length; index += 2) {
        found.set(entries[index]!, entries[index + 1]!);
      }
      cursor = next;
    } while (cursor !== '0' && found.size < MOST_MEMBERS);
    return found;
  }

  async #now(): Promise<number> {
    return Number(readReply(timeReply, await this.#redis.time())[0]);
  }

  /** Shows that this process is gone. */
  async leave(): Promise<void> {
    clearInterval(this.#timer);
    await this.#redis.hdel(`${PREFIX}:${this.#role}`, this.id);
  }
}
