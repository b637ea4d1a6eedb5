import { setTimeout as sleep } from 'node:timers/promises';
import { RandomStream } from '@tenas/base';
import { plantJob, redisCli, redisCliWith } from './queue-keys.js';

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
  readonly #port: number;
  readonly #random: RandomStream;

  constructor(port: number, seed: number) {
    this.#port = port;
    this.#random = new RandomStream('queue mutator', seed);
  }

  /** Waits a moment, so that others can work. */
  async rest(): Promise<void> {
    await sleep(this.#random.below(20));
  }

  /** Changes something. */
  change(): void {
    const kind = this.#random.below(10);
    if (kind < 6) this.#changeField();
    else if (kind < 7) this.#addMember();
    else if (kind < 8) this.#addEvent();
    else if (kind < 9) this.#addJob();
    else this.#remove();
  }

  #do(...command: string[]): string[] {
    return redisCli(this.#port, ...command);
  }

  #someHash(): string | undefined {
    const keys = this.#do('eval', HASHES, '0').filter((key) => key !== '');
    return keys.length === 0 ? undefined : this.#random.pick(keys);
  }

  #changeField(): void {
    const key = this.#someHash();
    if (key === undefined) return;
    const fields = this.#do('hkeys', key).sort();
    const field = this.#random.pick(fields);
    const text = this.#do('hget', key, field).join('\n');
    redisCliWith(this.#port, this.#changed(text), 'hset', key, field);
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

  #addMember(): void {
    const role = this.#random.pick(['coordinators', 'workers']);
    redisCliWith(this.#port, this.#junk(), 'hset', `tenas:${role}`, `junk-${this.#random.below(5)}`);
  }

  #addEvent(): void {
    const id = (this.#someHash() ?? '').slice('tenas:scores:'.length);
    const event = this.#random.pick(['completed', 'failed', 'progress', 'stalled', '']);
    const fields = ['event', event, 'jobId', id, 'returnvalue', 'x', 'data'];
    redisCliWith(this.#port, this.#junk(), 'xadd', 'tenas:scores:events', '*', ...fields);
  }

  #addJob(): void {
    plantJob(this.#port, `junk-${this.#random.below(1000)}`, this.#junk());
  }

  #remove(): void {
    const key = this.#someHash();
    if (key !== undefined) this.#do('del', key);
  }
}
