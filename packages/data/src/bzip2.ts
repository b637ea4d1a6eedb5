import { TenasError } from '@tenas/base';

const BLOCK = 0x314159265359;
const END = 0x177245385090;
/** Symbols that one table decodes before the next one is selected. */
const GROUP = 50;
const LONGEST_CODE = 20;

function fail(problem: string): never {
  throw new TenasError('BZIP2_INVALID', `bzip2: ${problem}`, { field: 'bzip2' });
}

/** Bits of a file, the highest of each byte first. */
class Bits {
  #at = 0;
  #held = 0;
  #count = 0;
  constructor(readonly bytes: Uint8Array) {}

  /** The next `count` bits, 24 at most. */
  take(count: number): number {
    while (this.#count < count) {
      if (this.#at >= this.bytes.length) fail('it ends in the middle of a block (truncated file?)');
      this.#held = ((this.#held << 8) | this.bytes[this.#at++]!) & 0xffffffff;
      this.#count += 8;
    }
    this.#count -= count;
    return (this.#held >>> this.#count) & ((1 << count) - 1);
  }
  take32 = () => ((this.take(16) << 16) | this.take(16)) >>> 0;
  take48 = () => this.take(24) * 2 ** 24 + this.take(24);
  /** Drops what is left of a byte; whether another stream follows. */
  nextStream(): boolean {
    this.#count -= this.#count % 8;
    this.#at -= this.#count / 8;
    this.#count = 0;
    return this.#at < this.bytes.length;
  }
}

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc >>> 0;
});

/** What is unpacked, up to a limit. */
class Output {
  #bytes = new Uint8Array(1 << 16);
  #length = 0;
  #crc = 0xffffffff;
  constructor(readonly maxBytes: number) {}

  put(byte: number, times: number): void {
    const end = this.#length + times;
    if (end > this.maxBytes) fail(`it unpacks to more than ${this.maxBytes} bytes`);
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.min(Math.max(end, 2 * this.#bytes.length), this.maxBytes));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    for (; this.#length < end; this.#length++) {
      this.#bytes[this.#length] = byte;
      this.#crc = (this.#crc << 8) ^ CRC[(this.#crc >>> 24) ^ byte]!;
    }
  }
  /** The sum of what was put since the last time. */
  sum(): number {
    const sum = ~this.#crc >>> 0;
    this.#crc = 0xffffffff;
    return sum;
  }
  all = () => this.#bytes.subarray(0, this.#length);
}

/** Whether bytes begin as a bzip2 file does. */
export function isBzip2(bytes: Uint8Array): boolean {
  return bytes[0] === 0x42 && bytes[1] === 0x5a && bytes[2] === 0x68;
}

/**
 * Unpacks a bzip2 file (Seward 1996), also one of several streams, to at most `maxBytes`. Sums are checked.
 * @throws TenasError `BZIP2_INVALID`: damaged, truncated, no bzip2, or larger than `maxBytes`
 */
export function unpackBzip2(bytes: Uint8Array, { maxBytes }: { readonly maxBytes: number }): Uint8Array {
  const bits = new Bits(bytes);
  const output = new Output(maxBytes);
  do {
    if (bits.take(24) !== 0x425a68) fail("it does not begin with 'BZh'");
    const level = bits.take(8) - 0x30;
    if (level < 1 || level > 9) fail('its block size is none from 1 to 9');
    let sums = 0;
    for (;;) {
      const mark = bits.take48();
      const sum = bits.take32();
      if (mark === END) {
        if (sum !== sums) fail('the sum of the file is wrong: it is damaged');
        break;
      }
      if (mark !== BLOCK) fail('a block is expected: it is damaged');
      unpackBlock(bits, level * 100_000, output);
      if (output.sum() !== sum) fail('the sum of a block is wrong: it is damaged');
      sums = (((sums << 1) | (sums >>> 31)) ^ sum) >>> 0;
    }
  } while (bits.nextStream());
  return output.all();
}

function unpackBlock(bits: Bits, size: number, output: Output): void {
  if (bits.take(1) === 1) fail('it is of a version before 0.9.5, which is not read');
  const first = bits.take(24);
  const used = usedBytes(bits);
  const groups = bits.take(3);
  if (groups < 2 || groups > 6) fail('its number of code tables is wrong');
  const selectors = readSelectors(bits, groups);
  const codes = Array.from({ length: groups }, () => readCode(bits, used.length + 2));
  const { block, counts } = readSymbols(bits, { used, selectors, codes, size });
  if (first >= block.length) fail('a block begins outside of itself');
  writeBlock(block, counts, first, output);
}

/** Bytes that occur in the block. */
function usedBytes(bits: Bits): number[] {
  const ranges = bits.take(16);
  const used: number[] = [];
  for (let range = 0; range < 16; range++) {
    if (((ranges >> (15 - range)) & 1) === 0) continue;
    const members = bits.take(16);
    for (let byte = 0; byte < 16; byte++) if ((members >> (15 - byte)) & 1) used.push(16 * range + byte);
  }
  if (used.length === 0) fail('a block is empty');
  return used;
}

function readSelectors(bits: Bits, groups: number): Uint8Array {
  const count = bits.take(15);
  if (count === 0) fail('a block has no selectors');
  const recent = Array.from({ length: groups }, (_, group) => group);
  return Uint8Array.from({ length: count }, () => {
    let place = 0;
    while (bits.take(1) === 1) if (++place >= groups) fail('a selector is out of range');
    recent.unshift(...recent.splice(place, 1));
    return recent[0]!;
  });
}

/** A Huffman code: per length the first code, how many there are and where their symbols begin. */
interface Code {
  readonly firsts: Int32Array;
  readonly counts: Int32Array;
  readonly starts: Int32Array;
  readonly symbols: Uint16Array;
}

function readCode(bits: Bits, symbols: number): Code {
  const counts = new Int32Array(LONGEST_CODE + 2);
  let length = bits.take(5);
  const lengths = Array.from({ length: symbols }, () => {
    while (bits.take(1) === 1) length += bits.take(1) === 0 ? 1 : -1;
    if (length < 1 || length > LONGEST_CODE) fail('the length of a code is out of range');
    counts[length]!++;
    return length;
  });
  const firsts = new Int32Array(LONGEST_CODE + 2);
  const starts = new Int32Array(LONGEST_CODE + 2);
  for (let at = 1; at <= LONGEST_CODE; at++) {
    firsts[at + 1] = (firsts[at]! + counts[at]!) << 1;
    starts[at + 1] = starts[at]! + counts[at]!;
  }
  const order = Uint16Array.from(lengths.keys()).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  return { firsts, counts, starts, symbols: order };
}

function readSymbol(bits: Bits, { firsts, counts, starts, symbols }: Code): number {
  let code = 0;
  for (let length = 1; length <= LONGEST_CODE; length++) {
    code = (code << 1) | bits.take(1);
    const place = code - firsts[length]!;
    if (place >= 0 && place < counts[length]!) return symbols[starts[length]! + place]!;
  }
  return fail('a code is unknown');
}

/** The bytes of a block before they are put into their order, and how often each occurs. */
function readSymbols(
  bits: Bits,
  given: {
    readonly used: readonly number[];
    readonly selectors: Uint8Array;
    readonly codes: readonly Code[];
    readonly size: number;
  },
): { readonly block: Uint8Array; readonly counts: Int32Array } {
  const { selectors, codes, size } = given;
  const recent = [...given.used];
  const end = recent.length + 1;
  const block = new Uint8Array(size);
  const counts = new Int32Array(256);
  let length = 0;
  const put = (byte: number, times: number): void => {
    if (length + times > size) fail('a block is larger than the file says');
    block.fill(byte, length, length + times);
    length += times;
    counts[byte]! += times;
  };
  let run = 0;
  let weight = 1;
  for (let read = 0; ; read++) {
    const selected = selectors[Math.floor(read / GROUP)] ?? fail('a block has too few selectors');
    const symbol = readSymbol(bits, codes[selected]!);
    if (symbol <= 1) {
      // Digits of a length, the lowest first, of value 1 and 2.
      run += weight * (symbol + 1);
      weight *= 2;
      if (run > size) fail('a block is larger than the file says');
      continue;
    }
    if (run > 0) put(recent[0]!, run);
    run = 0;
    weight = 1;
    if (symbol === end) return { block: block.subarray(0, length), counts };
    const [byte] = recent.splice(symbol - 1, 1);
    recent.unshift(byte!);
    put(byte!, 1);
  }
}

/** Undoes the Burrows-Wheeler transform and the runs of equal bytes before it. */
function writeBlock(block: Uint8Array, counts: Int32Array, first: number, output: Output): void {
  const next = new Uint32Array(block.length);
  const places = new Int32Array(256);
  let below = 0;
  for (const [byte, count] of counts.entries()) {
    places[byte] = below;
    below += count;
  }
  for (const [at, byte] of block.entries()) next[places[byte]!++] = at;
  let at = next[first]!;
  let last = -1;
  let equal = 0;
  for (let left = block.length; left > 0; left--) {
    const byte = block[at]!;
    at = next[at]!;
    if (equal === 4) {
      output.put(last, byte);
      equal = 0;
      last = -1;
      continue;
    }
    equal = byte === last ? equal + 1 : 1;
    last = byte;
    output.put(byte, 1);
  }
}
