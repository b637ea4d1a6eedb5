import { setTimeout as sleep } from 'node:timers/promises';
import { RandomStream } from '@tenas/base';
import type { RedisSession } from './redis-session.js';

/** All hashes of the queue but its settings, in order. */
const HASHES = `
local found = {}
for _, key in ipairs(redis.call('KEYS', 'tenas:*')) do
  if string.sub(key, -5) ~= ':meta' and redis.call('TYPE', key).ok == 'hash' then table.insert(found, key) end
end
table.sort(found)
return found`;

/** Somebody who reaches the server and changes what lies there, at random but the same with the same seed. */
export class QueueMutator {
  readonly #redis: RedisSession;
  readonly #random: RandomStream;

  constructor(redis: RedisSession, seed: number) {
    this.#redis = redis;
    this.#random = new RandomStream('queue mutator', seed);
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
    const keys = await this.#redis.texts('eval', HASHES, '0');
    return keys.length === 0 ? undefined : this.#random.pick(keys);
  }

  async #changeField(): Promise<void> {
    const key = await this.#someHash();
    if (key === undefined) return;
    const fields = (await this.#redis.texts('hkeys', key)).sort();
    // It may have gone since.
    if (fields.length === 0) return;
    const field = this.#random.pick(fields);
    const [text = ''] = await this.#redis.texts('hget', key, field);
    await this.#redis.do('hset', key, field, this.#changed(text));
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
    await this.#redis.do('hset', `tenas:${role}`, `junk-${this.#random.below(5)}`, this.#junk());
  }

  async #addEvent(): Promise<void> {
    const id = ((await this.#someHash()) ?? '').slice('tenas:scores:'.length);
    const event = this.#random.pick(['completed', 'failed', 'progress', 'stalled', '']);
    const fields = ['event', event, 'jobId', id, 'returnvalue', 'x', 'data', this.#junk()];
    await this.#redis.do('xadd', 'tenas:scores:events', '*', ...fields);
  }

  /** As `plantJob` does. */
  async #addJob(): Promise<void> {
    const id = `junk-${this.#random.below(1000)}`;
    const fields = ['name', 'score', 'opts', '{}', 'timestamp', '1', 'data', this.#junk()];
    await this.#redis.do('hset', `tenas:scores:${id}`, ...fields);
    await this.#redis.do('rpush', 'tenas:scores:wait', id);
    await this.#redis.do('zadd', 'tenas:scores:marker', '0', '0');
  }

  async #remove(): Promise<void> {
    const key = await this.#someHash();
    if (key !== undefined) await this.#redis.do('del', key);
  }
}
