import { RandomStream } from '@tenas/base';

type Change = (bytes: Buffer, random: RandomStream) => Buffer;

const at = (bytes: Buffer, random: RandomStream) => random.below(Math.max(bytes.length, 1));

/** Ways to damage a file; fields that say how long something is are hit by most of them. */
const CHANGES: readonly Change[] = [
  // Single bits.
  (bytes, random) => {
    const changed = Buffer.from(bytes);
    for (let left = 1 + random.below(4); left > 0 && bytes.length > 0; left--)
      changed[at(bytes, random)]! ^= 1 << random.below(8);
    return changed;
  },
  // Bytes that are numbers of their own: 0, the largest, those that say that another byte follows.
  (bytes, random) => {
    const changed = Buffer.from(bytes);
    const value = [0, 1, 0x7f, 0x80, 0xff][random.below(5)]!;
    const start = at(bytes, random);
    changed.fill(value, start, Math.min(start + 1 + random.below(10), changed.length));
    return changed;
  },
  (bytes, random) => bytes.subarray(0, at(bytes, random)),
  // A part that is left out, twice there, or somewhere else.
  (bytes, random) => {
    const start = at(bytes, random);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + 1 + random.below(100))]);
  },
  (bytes, random) => {
    const start = at(bytes, random);
    const part = bytes.subarray(start, start + 1 + random.below(200));
    return Buffer.concat([bytes.subarray(0, start), part, bytes.subarray(start)]);
  },
  (bytes, random) => {
    const [from, to] = [at(bytes, random), at(bytes, random)];
    const changed = Buffer.from(bytes);
    bytes.copy(changed, to, from, from + 1 + random.below(60));
    return changed;
  },
  // A number that ends nowhere.
  (bytes, random) => {
    const start = at(bytes, random);
    return Buffer.concat([
      bytes.subarray(0, start),
      Buffer.alloc(9, 0xff),
      Buffer.of(0x7f),
      bytes.subarray(start),
    ]);
  },
];

/** A file that is damaged in one to three places, the same one for the same number. */
export function mutatedBytes(bytes: Uint8Array, number: number): Buffer {
  const random = new RandomStream('mutated model', number);
  let changed = Buffer.from(bytes);
  for (let left = 1 + random.below(3); left > 0; left--)
    changed = Buffer.from(CHANGES[random.below(CHANGES.length)]!(changed, random));
  return changed;
}
