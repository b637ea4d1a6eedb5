import { TenasError } from '@tenas/base';
import { COST, PickleBudget } from './pickle-budget.js';
import {
  callGlobal,
  exact,
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

/** Bytes of the longest text; a string of JavaScript ends at twice as many. */
const MAX_TEXT = 1 << 28;
/** Characters of the longest module and the longest name in it. */
const MAX_NAME = 100;
/** Parts of a tuple that is a key. */
const MAX_KEY_PARTS = 8;
/** Bytes of the longest whole number. */
const MAX_INTEGER_BYTES = 8;

/** Reads bytes in order; running past the end is an error, never a wrong value. */
class Cursor {
  position = 0;
  readonly #view: DataView;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

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
  decode(bytes: Uint8Array): string {
    if (bytes.length > MAX_TEXT) fail(this.position, `a text of ${bytes.length} bytes is too long`);
    try {
      return this.#decoder.decode(bytes);
    } catch {
      return fail(this.position, 'a text is not valid UTF-8');
    }
  }
  /** A line of a text opcode: the part of a name. */
  line(): string {
    const start = this.bytes.subarray(this.position, this.position + MAX_NAME + 1);
    const length = start.indexOf(10);
    if (length < 0 && start.length <= MAX_NAME) fail(this.position, 'a line does not end (truncated file?)');
    if (length < 0) fail(this.position, `a name does not end within ${MAX_NAME} bytes`);
    const text = this.decode(this.slice(length));
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
 * Reads a pickle (protocols 0 binary to 5) that holds nothing but dicts, lists, tuples, sets, strings, bytes, numbers,
 * booleans, None and NumPy arrays of numbers. Sets become lists, ordered dicts dicts, and a key that is a tuple of words
 * and numbers is these joined by commas. Nothing is executed: any other global, and any opcode that builds objects, is refused.
 *
 * Work and memory are counted and bounded by the file's size, since a hostile pickle can name the same bytes again and
 * again: 32 MiB and 4 bytes per byte of the file, 4,194,304 values. What is returned has no value inside itself, 32 levels
 * and as many values at most, also once shared parts are spelled out. Numbers are exact: whole numbers from 2^53 on are
 * refused. Throws TenasError PICKLE_INVALID with the byte's position.
 */
export function unpickle(bytes: Uint8Array): PickleValue {
  return new Unpickler(new Cursor(bytes)).run();
}

class Unpickler {
  readonly #in: Cursor;
  readonly #stack: StackItem[] = [];
  readonly #memo = new Map<number, PickleValue>();
  readonly #limits: Limits;
  readonly #budget: PickleBudget;

  constructor(cursor: Cursor) {
    this.#in = cursor;
    this.#budget = new PickleBudget(cursor.bytes.length, this.#refuse);
    this.#limits = { refuse: this.#refuse, budget: this.#budget };
  }

  /** Refuses what is read here, with the place. */
  readonly #refuse = (problem: string): never => fail(this.#in.position, problem);

  run(): PickleValue {
    for (;;) {
      const at = this.#in.position;
      const opcode = this.#in.u8();
      // STOP
      if (opcode === 0x2e) {
        const value = this.#pop();
        this.#budget.checkTree(value);
        return value;
      }
      if (!this.#scalar(opcode) && !this.#container(opcode) && !this.#object(opcode)) {
        fail(
          at,
          `opcode 0x${opcode.toString(16)} is not allowed; only arrays, dicts, lists, strings and numbers are`,
        );
      }
    }
  }

  /** Pushes a value that costs `bytes` beside its place; they are counted as it is made, a moment before. */
  #push(value: StackItem, bytes = 0): true {
    this.#budget.takeValues(1, COST.place + bytes);
    this.#stack.push(value);
    return true;
  }
  #text(length: number): true {
    const bytes = this.#in.slice(length);
    // Two bytes for each character where one of them is not Latin.
    this.#budget.take(COST.text + 2 * length);
    return this.#push(this.#in.decode(bytes));
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
        return this.#push(input.i32(), COST.number);
      case 0x8a: // LONG1
        return this.#push(this.#long(input.slice(input.u8())), COST.number);
      case 0x47: // BINFLOAT
        return this.#push(input.f64(), COST.number);
      case 0x8c: // SHORT_BINUNICODE
        return this.#text(input.u8());
      case 0x58: // BINUNICODE
        return this.#text(input.u32());
      case 0x8d: // BINUNICODE8
        return this.#text(input.u64());
      case 0x55: // SHORT_BINSTRING (Python 2 str)
      case 0x43: // SHORT_BINBYTES
        return this.#push(input.slice(input.u8()), COST.bytes);
      case 0x54: // BINSTRING
      case 0x42: // BINBYTES
        return this.#push(input.slice(input.u32()), COST.bytes);
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        return this.#push(input.slice(input.u64()), COST.bytes);
      default:
        return false;
    }
  }

  #long(bytes: Uint8Array): number {
    if (bytes.length > MAX_INTEGER_BYTES)
      this.#refuse(`a whole number has ${bytes.length} bytes; at most ${MAX_INTEGER_BYTES} are read`);
    let value = 0n;
    bytes.forEach((byte, i) => {
      value |= BigInt(byte) << BigInt(8 * i);
    });
    return exact(BigInt.asIntN(8 * bytes.length, value), this.#refuse);
  }

  #container(opcode: number): boolean {
    const input = this.#in;
    switch (opcode) {
      case 0x28: // MARK
        return this.#push(MARK);
      case 0x5d: // EMPTY_LIST
      case 0x8f: // EMPTY_SET
        return this.#push([], COST.list);
      case 0x7d: // EMPTY_DICT
        return this.#push(new Map(), COST.dict);
      case 0x29: // EMPTY_TUPLE
        return this.#push([], COST.list);
      case 0x74: // TUPLE
      case 0x6c: // LIST
      case 0x91: // FROZENSET
        return this.#push(this.#toMark(), COST.list);
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: {
        // TUPLE3
        const items = Array.from({ length: opcode - 0x84 }, () => this.#pop());
        return this.#push(items.reverse(), COST.list);
      }
      case 0x61: // APPEND
        return this.#append([this.#pop()]);
      case 0x65: // APPENDS
      case 0x90: // ADDITEMS
        return this.#append(this.#toMark());
      case 0x73: {
        // SETITEM
        const value = this.#pop();
        return this.#set([this.#pop(), value]);
      }
      case 0x75: // SETITEMS
        return this.#set(this.#toMark());
      case 0x71: // BINPUT
        return this.#remember(input.u8());
      case 0x72: // LONG_BINPUT
        return this.#remember(input.u32());
      case 0x94: // MEMOIZE
        return this.#remember(this.#memo.size);
      case 0x68: // BINGET
        return this.#get(input.u8());
      case 0x6a: // LONG_BINGET
        return this.#get(input.u32());
      default:
        return false;
    }
  }

  #remember(key: number): true {
    this.#budget.takeValues(1, COST.entry);
    this.#memo.set(key, this.#top());
    return true;
  }

  #get(key: number): true {
    const value = this.#memo.get(key);
    if (value === undefined) fail(this.#in.position, `memo ${key} was never stored`);
    return this.#push(value);
  }

  #append(items: readonly PickleValue[]): true {
    const list = this.#top();
    if (!Array.isArray(list)) return fail(this.#in.position, 'only lists are appended to');
    this.#budget.take(items.length * COST.place);
    for (const item of items) list.push(item);
    return true;
  }

  #set(items: readonly PickleValue[]): true {
    const map = this.#top();
    if (!(map instanceof Map)) return fail(this.#in.position, 'only dicts take items');
    if (items.length % 2 !== 0) fail(this.#in.position, 'a key has no value');
    this.#budget.takeValues(items.length / 2, COST.entry);
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i]!;
      // Counted each time: bytes are converted, and texts of equal hash are compared.
      if (key instanceof Uint8Array || typeof key === 'string') this.#budget.take(key.length);
      const name = key instanceof Uint8Array ? Buffer.from(key).toString('latin1') : this.#tupleKey(key);
      if (typeof name !== 'string' && typeof name !== 'number')
        fail(this.#in.position, 'dict keys must be strings or numbers');
      map.set(name, items[i + 1]!);
    }
    return true;
  }

  /** A tuple of a few words and numbers as a key: joined by commas. Other values stay as they are. */
  #tupleKey(key: PickleValue): PickleValue {
    if (!Array.isArray(key) || key.length > MAX_KEY_PARTS) return key;
    const isPart = (part: PickleValue) =>
      typeof part === 'number' || (typeof part === 'string' && part.length <= MAX_NAME);
    return key.every(isPart) ? key.join() : key;
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
    const isName = (value: PickleValue) => typeof value === 'string' && value.length <= MAX_NAME;
    if (!isName(module) || !isName(name))
      return this.#refuse(`a global must be named by two strings of at most ${MAX_NAME} characters`);
    const found = globalNamed(`${module}.${name}`);
    return (
      found ?? this.#refuse(`global '${module}.${name}' is not allowed; only NumPy arrays of numbers are`)
    );
  }
}
