import type { RandomStream } from '@tenas/base';

const LONGEST = 1 << 18;
const at = (length: number, random: RandomStream) => random.below(Math.max(length, 1));
const one = <T>(list: readonly T[], random: RandomStream): T => list[random.below(list.length)]!;

/** Numbers at the edges of types. */
const INTEGERS = [
  0,
  1,
  -1,
  2,
  3,
  7,
  127,
  128,
  255,
  256,
  65_535,
  65_536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 53,
  -(2 ** 53),
];
const NUMBERS = [
  '0',
  '-0',
  '-1',
  '1.5',
  '1e308',
  '1e999',
  '-1e999',
  'NaN',
  'Infinity',
  '1e-320',
  '00',
  '0x10',
  '9007199254740993',
  '16000000',
  '99999999999999999999',
  '1,5',
  '1_000',
  '٣',
];
const STRANGE = [
  '\u0000',
  '\u001b[2J',
  '\u202e',
  '\ufeff',
  '\ud800',
  '\u{1f600}',
  'é',
  '\r',
  '\n',
  '\t',
  '=1+1',
  "'",
  '"',
  '`',
  '\\',
  '%s',
  '__proto__',
  'constructor',
  'toString',
  '../../x',
  '#',
  '//',
];

type ByteChange = (bytes: Buffer, random: RandomStream, others: readonly Uint8Array[]) => Buffer;

const BYTE_CHANGES: readonly ByteChange[] = [
  (bytes, random) => {
    for (let left = 1 + random.below(4); left > 0 && bytes.length > 0; left--)
      bytes[at(bytes.length, random)]! ^= 1 << random.below(8);
    return bytes;
  },
  (bytes, random) => {
    const start = at(bytes.length, random);
    const end = Math.min(start + 1 + random.below(9), bytes.length);
    return bytes.fill(one([0, 1, 0x7f, 0x80, 0xff], random), start, end);
  },
  // Lengths and counts, of either order.
  (bytes, random) => {
    const size = one([2, 4, 8], random);
    if (bytes.length < size) return bytes;
    const start = at(bytes.length - size + 1, random);
    const value = BigInt.asUintN(8 * size, BigInt(one(INTEGERS, random)));
    for (let place = 0; place < size; place++)
      bytes[start + place] = Number((value >> BigInt(8 * place)) & 255n);
    if (random.below(3) === 0) bytes.subarray(start, start + size).reverse();
    return bytes;
  },
  (bytes, random) => bytes.subarray(0, at(bytes.length, random)),
  (bytes, random) => {
    const start = at(bytes.length, random);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + 1 + random.below(100))]);
  },
  (bytes, random) => {
    const start = at(bytes.length, random);
    const part = bytes.subarray(start, start + 1 + random.below(200));
    const copies = Array.from({ length: one([1, 1, 1, 2, 50], random) }, () => part);
    return Buffer.concat([bytes.subarray(0, start), ...copies, bytes.subarray(start)]);
  },
  (bytes, random) => {
    const [from, to] = [at(bytes.length, random), at(bytes.length, random)];
    Buffer.from(bytes).copy(bytes, to, from, from + 1 + random.below(60));
    return bytes;
  },
  (bytes, random, others) => {
    const other = one(others, random);
    const [start, from] = [at(bytes.length, random), at(other.length, random)];
    return Buffer.concat([bytes.subarray(0, start), other.subarray(from)]);
  },
];

/** A file that is damaged in one to four places. @param others files whose parts may be put in */
export function mutatedBytes(
  bytes: Uint8Array,
  others: readonly Uint8Array[],
  random: RandomStream,
): Uint8Array {
  let changed = Buffer.from(bytes);
  for (let left = 1 + random.below(4); left > 0; left--)
    changed = Buffer.from(one(BYTE_CHANGES, random)(changed, random, others).subarray(0, LONGEST));
  return changed;
}

interface TextContext {
  readonly tokens: readonly string[];
  readonly others: readonly string[];
  readonly random: RandomStream;
}

type TextChange = (text: string, context: TextContext) => string;

/** Replaces a match of a pattern, if there is any. */
function replaceOne(text: string, pattern: RegExp, by: string, random: RandomStream): string {
  const found = [...text.matchAll(pattern)];
  if (found.length === 0) return text;
  const match = one(found, random);
  return text.slice(0, match.index) + by + text.slice(match.index + match[0].length);
}

const TEXT_CHANGES: readonly TextChange[] = [
  (text, { random }) => {
    const start = at(text.length, random);
    return text.slice(0, start) + text.slice(start + 1 + random.below(12));
  },
  (text, { random, tokens }) => {
    const start = at(text.length, random);
    return text.slice(0, start) + one([...tokens, ...STRANGE], random) + text.slice(start + random.below(6));
  },
  (text, { random }) => replaceOne(text, /-?\d+(\.\d+)?/g, one(NUMBERS, random), random),
  (text, { random, tokens }) =>
    replaceOne(text, /[A-Za-z_]\w*/g, one([...tokens, ...STRANGE], random), random),
  // Something twice, or very often.
  (text, { random }) => {
    const start = at(text.length, random);
    const part = text.slice(start, start + 1 + random.below(40));
    return text.slice(0, start) + part.repeat(one([2, 2, 2, 3, 40, 2000], random)) + text.slice(start);
  },
  (text, { random, tokens }) => {
    const start = at(text.length, random);
    return (
      text.slice(0, start) + one(tokens, random).repeat(one([2, 3, 200, 5000], random)) + text.slice(start)
    );
  },
  (text, { random }) => text.slice(0, at(text.length, random)),
  (text, { random, others }) => {
    const other = one(others, random);
    return text.slice(0, at(text.length, random)) + other.slice(at(other.length, random));
  },
  // Lines change places.
  (text, { random }) => {
    const lines = text.split('\n');
    const [from, to] = [at(lines.length, random), at(lines.length, random)];
    [lines[from], lines[to]] = [lines[to]!, lines[from]!];
    return lines.join('\n');
  },
  (text) => text.replaceAll('\n', '\r\n'),
];

/** A text that is damaged in one to four places. */
export function mutatedText(text: string, context: TextContext): string {
  let changed = text;
  for (let left = 1 + context.random.below(4); left > 0; left--)
    changed = one(TEXT_CHANGES, context.random)(changed, context).slice(0, LONGEST);
  return changed;
}

/** A copy of JSON; other values are made of JSON alone. */
const copyOf = <T>(value: T): T => (value === undefined ? value : JSON.parse(JSON.stringify(value)));

/** A list or object in a value, with one of its keys. */
interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

function placesIn(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return found;
  for (const key of Object.keys(value)) {
    found.push({ holder: value as Record<string, unknown>, key });
    placesIn((value as Record<string, unknown>)[key], found);
  }
  return found;
}

function strangeValue(random: RandomStream): unknown {
  const kind = random.below(8);
  if (kind === 0) return one(INTEGERS, random);
  if (kind === 1) return one([1e308, -1e308, 1e-320, 0.1, 1.5, -2.5], random);
  if (kind === 2) return one([...STRANGE, ''], random);
  if (kind === 3) return one([null, true, false], random);
  if (kind === 4) return Array.from({ length: one([0, 1, 3, 5000], random) }, () => 0);
  if (kind === 5) return one([{}, { a: 1 }, JSON.parse('{"__proto__": {"x": 1}}')], random);
  if (kind === 6) return 'x'.repeat(one([1, 300, 100_000], random));
  let deep: unknown = 0;
  for (let depth = one([3, 30, 800], random); depth > 0; depth--)
    deep = random.below(2) === 0 ? [deep] : { a: deep };
  return deep;
}

/** A value that says something else in one to four places. @param others values whose parts may be put in */
export function mutatedJson(value: unknown, others: readonly unknown[], random: RandomStream): unknown {
  const changed = copyOf(value);
  for (let left = 1 + random.below(4); left > 0; left--) {
    const places = placesIn(changed);
    if (places.length === 0) return strangeValue(random);
    const { holder, key } = one(places, random);
    const kind = random.below(6);
    if (kind === 0) {
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
    } else if (kind === 1) {
      const foreign = placesIn(one(others, random));
      if (foreign.length > 0) {
        const from = one(foreign, random);
        holder[key] = copyOf(from.holder[from.key]);
      }
    } else if (kind === 2 && Array.isArray(holder)) holder.push(copyOf(holder[Number(key)]));
    else if (kind === 2) holder[`${key}${one(STRANGE, random)}`] = copyOf(holder[key]);
    else holder[key] = strangeValue(random);
  }
  return changed;
}
