import { setTimeout as sleep } from 'node:timers/promises';
import { RandomStream } from '@tenas/base';
import { Redis } from 'ioredis';

/** Somebody who reaches the server and changes what lies there, at random but the same with the same seed. */
export class QueueMutator implements AsyncDisposable {
  readonly #redis: Redis;
  readonly #random: RandomStream;

  constructor(port: number, seed: number) {
    this.#redis = new Redis({ host: '127.0.0.1', port });
    this.#random = new RandomStream('queue mutator', seed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#redis.disconnect();
  }

  /** Waits a moment, so that others can work. */
  async rest(): Promise<void> {
    await sleep(this.#random.below(20));
  }

  /** Changes something. */
  async change(): Promise<void> {
    const kind = this.#random.below(10);
    if (kind < 6) await this.#changeField();
    else if (kind < 7) await this.#addMember();
    else if (kind < 8) await this.#addEvent();
    else if (kind < 9) await this.#addJob();
    else await this.#remove();
  }

  async #someHash(): Promise<string | undefined> {
    const keys = (await this.#redis.keys('tenas:*')).sort();
    const hashes: string[] = [];
    for (const key of keys) {
      // Of the queue itself there is nothing to read; its settings only slow it down.
      if (!key.endsWith(':meta') && (await this.#redis.type(key)) === 'hash') hashes.push(key);
    }
    return hashes.length === 0 ? undefined : this.#random.pick(hashes);
  }

  async #changeField(): Promise<void> {
    const key = await this.#someHash();
    if (key === undefined) return;
    const fields = (await this.#redis.hkeys(key)).sort();
    if (fields.length === 0) return;
    const field = this.#random.pick(fields);
    await this.#redis.hset(key, field, this.#changed((await this.#redis.hget(key, field)) ?? ''));
  }

  /** The text with some of it changed, or something else. */
  #changed(text: string): string {
    const random = this.#random;
    const at = random.below(text.length + 1);
    switch (random.below(6)) {
      case 0:
        return this.#junk();
      case 1:
        return text.slice(0, at);
      case 2:
        return text.slice(0, at) + text.slice(at + 1 + random.below(8));
      case 3:
        return text.slice(0, at) + this.#junk() + text.slice(at);
      case 4:
        return text.replace(/\d/g, (digit) => (random.below(8) === 0 ? String(random.below(10)) : digit));
      default:
        return text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at + 1);
    }
  }

  #junk(): string {
    return this.#random.pick([
      ...['', 'null', '{}', '[]', '-1', '1e999', '"x"', '{"__proto__":{"a":1}}', '\u001b[2J\u202e', '=1+1'],
      '['.repeat(5000),
      'x'.repeat(100_000),
    ]);
  }

  async #addMember(): Promise<void> {
    const role = this.#random.pick(['coordinators', 'workers']);
    await this.#redis.hset(`tenas:${role}`, `junk-${this.#random.below(5)}`, this.#junk());
  }

  async #addEvent(): Promise<void> {
    const id = this.#random
      .pick((await this.#redis.keys('tenas:scores:*')).sort())
      .slice('tenas:scores:'.length);
    const event = this.#random.pick(['completed', 'failed', 'progress', 'stalled', '']);
    const fields = ['event', event, 'jobId', id, 'data', this.#junk(), 'returnvalue', this.#junk()];
    await this.#redis.xadd('tenas:scores:events', '*', ...fields);
  }

  async #addJob(): Promise<void> {
    const id = `junk-${this.#random.below(1000)}`;
    await this.#redis.hset(`tenas:scores:${id}`, 'data', this.#junk(), 'opts', this.#junk());
    await this.#redis.rpush('tenas:scores:wait', id);
    await this.#redis.zadd('tenas:scores:marker', 0, '0');
  }

  async #remove(): Promise<void> {
    const key = await this.#someHash();
    if (key !== undefined) await this.#redis.del(key);
  }
}
