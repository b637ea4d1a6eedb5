import { setTimeout as sleep } from 'node:timers/promises';
import { RandomStream } from '@tenas/base';
import { Redis } from 'ioredis';
import { plantingOf } from './queue-keys.js';

/** All hashes of the queue but its settings, in order. */
const HASHES = `
local found = {}
for _, key in ipairs(redis.call('KEYS', 'tenas:*')) do
  if string.sub(key, -5) ~= ':meta' and redis.call('TYPE', key).ok == 'hash' then table.insert(found, key) end
end
table.sort(found)
return found`;

/** Somebody who reaches the server and changes what lies there, at random but the same with the same seed. */
export class QueueMutator implements Disposable {
  readonly #redis: Redis;
  readonly #random: RandomStream;

  constructor(port: number, seed: number) {
    this.#redis = new Redis(port);
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

  [Symbol.dispose](): void {
    this.#redis.disconnect();
  }

  /** Runs a command, which the server may refuse: others change the same keys. */
  async #do(...[name, ...words]: readonly [string, ...string[]]): Promise<unknown> {
    return await this.#redis.call(name, words).catch(() => null);
  }

  async #texts(...words: readonly [string, ...string[]]): Promise<string[]> {
    const answer = await this.#do(...words);
    const all: readonly unknown[] = Array.isArray(answer) ? answer : [answer];
    return all.filter((one) => typeof one === 'string');
  }

  async #someHash(): Promise<string | undefined> {
    const keys = await this.#texts('eval', HASHES, '0');
    return keys.length === 0 ? undefined : this.#random.pick(keys);
  }

  async #changeField(): Promise<void> {
    const key = await this.#someHash();
    if (key === undefined) return;
    const fields = (await this.#texts('hkeys', key)).sort();
    // It may have gone since.
    if (fields.length === 0) return;
    const field = this.#random.pick(fields);
    const [text = ''] = await this.#texts('hget', key, field);
    await this.#do('hset', key, field, this.#changed(text));
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
    await this.#do('hset', `tenas:${role}`, `junk-${this.#random.below(5)}`, this.#junk());
  }

  async #addEvent(): Promise<void> {
    const id = ((await this.#someHash()) ?? '').slice('tenas:scores:'.length);
    const event = this.#random.pick(['completed', 'failed', 'progress', 'stalled', '']);
    const fields = ['event', event, 'jobId', id, 'returnvalue', 'x', 'data', this.#junk()];
    await this.#do('xadd', 'tenas:scores:events', '*', ...fields);
  }

  async #addJob(): Promise<void> {
    const id = `junk-${this.#random.below(1000)}`;
    for (const words of plantingOf(id, this.#junk())) await this.#do(...words);
  }

  async #remove(): Promise<void> {
    const key = await this.#someHash();
    if (key !== undefined) await this.#do('del', key);
  }
}
