import { TenasError } from '@tenas/base';
import {
  callGlobal,
  type Global,
  globalNamed,
  type Limits,
  PickledArray,
  type PickleValue,
  setArrayState,
  setDtypeState,
} from './pickle-numpy.js';

const MARK = Symbol('mark');
type StackItem = PickleValue | typeof MARK;

/** Reads bytes in order; running past the end is an error, never a wrong value. */
class Cursor {
  position = 0;
  readonly #view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  #take(count: number): number {
    if (count > this.bytes.length - this.position)
      fail(this.position, `it ends in the middle of a value (truncated file?)`);
    const at = this.position;
    this.position += count;
    return at;
  }
  u8 = () => this.#view.getUint8(this.#take(1));
  u16 = () => this.#view.getUint16(this.#take(2), true);
  u32 = () => this.#view.getUint32(this.#take(4), true);
  i32 = () => this.#view.getInt32(this.#take(4), true);
  f64 = () => this.#view.getFloat64(this.#take(8), false);
  u64(): number {
    const value = this.#view.getBigUint64(this.#take(8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) fail(this.position, `a length of ${value} bytes is absurd`);
    return Number(value);
  }
  slice(count: number): Uint8Array {
    const at = this.#take(count);
    return this.bytes.subarray(at, at + count);
  }
  text = (count: number) => new TextDecoder().decode(this.slice(count));
  line(): string {
    const end = this.bytes.indexOf(10, this.position);
    if (end < 0) fail(this.position, 'a line does not end (truncated file?)');
    const text = this.text(end - this.position);
    this.position++;
    return text;
  }
}

function fail(position: number, problem: string): never {
  throw new TenasError('PICKLE_INVALID', `pickle: at byte ${position}: ${problem}`, {
    field: 'pickle',
    value: position,
  });
}

/**
 * Reads a pickle (protocols 0 binary to 5) that holds nothing but dicts, lists, tuples, strings, bytes, numbers, booleans, None
 * and NumPy arrays of numbers. Nothing is executed: any other global, and any opcode that builds objects, is refused. Work and
 * memory are bounded by the file's size: copies of bytes (a hostile pickle can name the same bytes again and again) may come
 * to twice the file in all. Throws TenasError PICKLE_INVALID with the byte's position.
 */
export function unpickle(bytes: Uint8Array): PickleValue {
  return new Unpickler(new Cursor(bytes)).run();
}

class Unpickler {
  readonly #in: Cursor;
  readonly #stack: StackItem[] = [];
  readonly #memo = new Map<number, PickleValue>();
  /** Bytes that arrays and encoded text may still take. */
  #copies: number;

  constructor(cursor: Cursor) {
    this.#in = cursor;
    this.#copies = 2 * cursor.bytes.length;
  }

  /** Refuses what a global or state is given, with the place. */
  readonly #refuse = (problem: string): never => fail(this.#in.position, problem);

  readonly #limits: Limits = {
    refuse: this.#refuse,
    take: (bytes) => {
      this.#copies -= bytes;
      if (this.#copies < 0) this.#refuse('its arrays are larger than the file could hold');
    },
  };

  run(): PickleValue {
    for (;;) {
      const at = this.#in.position;
      const opcode = this.#in.u8();
      if (opcode === 0x2e) return this.#pop(); // STOP
      if (!this.#scalar(opcode) && !this.#container(opcode) && !this.#object(opcode)) {
        fail(
          at,
          `opcode 0x${opcode.toString(16)} is not allowed; only arrays, dicts, lists, strings and numbers are`,
        );
      }
    }
  }

  #push(value: PickleValue): true {
    this.#stack.push(value);
    return true;
  }
  #pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined || value === MARK) return fail(this.#in.position, 'the stack is empty');
    return value;
  }
  #top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined || value === MARK) return fail(this.#in.position, 'the stack is empty');
    return value;
  }
  #toMark(): PickleValue[] {
    const mark = this.#stack.lastIndexOf(MARK);
    if (mark < 0) return fail(this.#in.position, 'a mark is missing');
    const items = this.#stack.splice(mark) as PickleValue[];
    return items.slice(1);
  }

  #scalar(opcode: number): boolean {
    const input = this.#in;
    switch (opcode) {
      case 0x80: // PROTO
        if (input.u8() > 5) fail(input.position, 'the protocol is newer than 5');
        return true;
      case 0x95: // FRAME
        input.u64();
        return true;
      case 0x4e: // NONE
        return this.#push(null);
      case 0x88: // NEWTRUE
      case 0x89: // NEWFALSE
        return this.#push(opcode === 0x88);
      case 0x4b: // BININT1
        return this.#push(input.u8());
      case 0x4d: // BININT2
        return this.#push(input.u16());
      case 0x4a: // BININT
        return this.#push(input.i32());
      case 0x8a: // LONG1
        return this.#push(this.#long(input.slice(input.u8())));
      case 0x47: // BINFLOAT
        return this.#push(input.f64());
      case 0x8c: // SHORT_BINUNICODE
        return this.#push(input.text(input.u8()));
      case 0x58: // BINUNICODE
        return this.#push(input.text(input.u32()));
      case 0x8d: // BINUNICODE8
        return this.#push(input.text(input.u64()));
      case 0x55: // SHORT_BINSTRING (Python 2 str)
      case 0x43: // SHORT_BINBYTES
        return this.#push(input.slice(input.u8()));
      case 0x54: // BINSTRING
      case 0x42: // BINBYTES
        return this.#push(input.slice(input.u32()));
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        return this.#push(input.slice(input.u64()));
      default:
        return false;
    }
  }

  #long(bytes: Uint8Array): number {
    let value = 0n;
    bytes.forEach((byte, i) => {
      value |= BigInt(byte) << BigInt(8 * i);
    });
    return Number(BigInt.asIntN(8 * bytes.length, value));
  }

  #container(opcode: number): boolean {
    const input = this.#in;
    switch (opcode) {
      case 0x28: // MARK
        this.#stack.push(MARK);
        return true;
      case 0x5d: // EMPTY_LIST
        return this.#push([]);
      case 0x7d: // EMPTY_DICT
        return this.#push(new Map());
      case 0x29: // EMPTY_TUPLE
        return this.#push([]);
      case 0x74: // TUPLE
      case 0x6c: // LIST
        return this.#push(this.#toMark());
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: {
        // TUPLE3
        const items = Array.from({ length: opcode - 0x84 }, () => this.#pop());
        return this.#push(items.reverse());
      }
      case 0x61: // APPEND
        return this.#append([this.#pop()]);
      case 0x65: // APPENDS
        return this.#append(this.#toMark());
      case 0x73: {
        // SETITEM
        const value = this.#pop();
        return this.#set([this.#pop(), value]);
      }
      case 0x75: // SETITEMS
        return this.#set(this.#toMark());
      case 0x71: // BINPUT
        this.#memo.set(input.u8(), this.#top());
        return true;
      case 0x72: // LONG_BINPUT
        this.#memo.set(input.u32(), this.#top());
        return true;
      case 0x94: // MEMOIZE
        this.#memo.set(this.#memo.size, this.#top());
        return true;
      case 0x68: // BINGET
        return this.#get(input.u8());
      case 0x6a: // LONG_BINGET
        return this.#get(input.u32());
      default:
        return false;
    }
  }

  #get(key: number): true {
    const value = this.#memo.get(key);
    if (value === undefined) fail(this.#in.position, `memo ${key} was never stored`);
    return this.#push(value);
  }

  #append(items: readonly PickleValue[]): true {
    const list = this.#top();
    if (!Array.isArray(list)) return fail(this.#in.position, 'only lists are appended to');
    for (const item of items) list.push(item);
    return true;
  }

  #set(items: readonly PickleValue[]): true {
    const map = this.#top();
    if (!(map instanceof Map)) return fail(this.#in.position, 'only dicts take items');
    if (items.length % 2 !== 0) fail(this.#in.position, 'a key has no value');
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i]!;
      const name = key instanceof Uint8Array ? Buffer.from(key).toString('latin1') : key;
      if (typeof name !== 'string' && typeof name !== 'number')
        fail(this.#in.position, 'dict keys must be strings or numbers');
      map.set(name, items[i + 1]!);
    }
    return true;
  }

  #object(opcode: number): boolean {
    switch (opcode) {
      case 0x63: // GLOBAL
        return this.#push(this.#global(this.#in.line(), this.#in.line()));
      case 0x93: {
        // STACK_GLOBAL
        const name = this.#pop();
        return this.#push(this.#global(this.#pop(), name));
      }
      case 0x52: {
        // REDUCE
        const args = this.#pop();
        const callable = this.#pop();
        return this.#push(callGlobal(callable, args, this.#limits));
      }
      case 0x62: {
        // BUILD
        const state = this.#pop();
        const target = this.#top();
        if (target instanceof PickledArray) setArrayState(target, state, this.#limits);
        else setDtypeState(target, state, this.#refuse);
        return true;
      }
      default:
        return false;
    }
  }

  #global(module: PickleValue, name: PickleValue): Global {
    const found = globalNamed(`${String(module)}.${String(name)}`);
    return (
      found ??
      fail(
        this.#in.position,
        `global '${String(module)}.${String(name)}' is not allowed; only NumPy arrays of numbers are`,
      )
    );
  }
}
