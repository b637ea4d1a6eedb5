/** Writes pickles by hand, opcode by opcode, as no pickler would. */
const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');

function withLength(opcode: number, bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head[0] = opcode;
  head.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

const op =
  (...bytes: number[]) =>
  (): Buffer =>
    Buffer.from(bytes);

export const NONE = op(0x4e);
export const MARK = op(0x28);
export const TUPLE = op(0x74);
export const TUPLE1 = op(0x85);
export const TUPLE2 = op(0x86);
export const EMPTY_TUPLE = op(0x29);
export const EMPTY_LIST = op(0x5d);
export const EMPTY_DICT = op(0x7d);
export const APPEND = op(0x61);
export const APPENDS = op(0x65);
export const SETITEM = op(0x73);
export const SETITEMS = op(0x75);
export const MEMOIZE = op(0x94);
export const DUP = op(0x32);
export const REDUCE = op(0x52);
export const BUILD = op(0x62);
export const STACK_GLOBAL = op(0x93);

export const int = (value: number): Buffer => {
  const bytes = Buffer.from([0x4a, 0, 0, 0, 0]);
  bytes.writeInt32LE(value, 1);
  return bytes;
};
export const put = (index: number): Buffer => Buffer.from([0x71, index]);
/** Stores the top of the stack in memos 2^32 - 1 and down. */
export const longPuts = (count: number): Buffer => {
  const puts = Buffer.alloc(5 * count, 0x72);
  for (let i = 0; i < count; i++) puts.writeUInt32LE(0xffff_ffff - i, 5 * i + 1);
  return puts;
};
export const get = (index: number): Buffer => Buffer.from([0x68, index]);
export const word = (text: string): Buffer => Buffer.concat([Buffer.from([0x8c, text.length]), ascii(text)]);
export const text = (value: string): Buffer => withLength(0x58, Buffer.from(value));
export const bytes = (value: Uint8Array): Buffer => withLength(0x42, value);
export const globalOf = (module: string, name: string): Buffer =>
  Buffer.concat([word(module), word(name), STACK_GLOBAL()]);

/** The same part again and again. */
export const times = (count: number, ...parts: Uint8Array[]): Buffer => {
  const part = Buffer.concat(parts);
  return Buffer.alloc(count * part.length, part);
};

/** A pickle of protocol 4 of these parts. */
export const pickle = (...parts: Uint8Array[]): Uint8Array =>
  Buffer.concat([Buffer.from([0x80, 4]), ...parts, Buffer.from([0x2e])]);
