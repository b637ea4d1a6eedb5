/** The few NumPy objects that a pickle may hold, as plain data. */

import { COST, type PickleBudget, type Refuse } from './pickle-budget.js';

const EMPTY = new Uint8Array(0);

/** Element type of an array. */
export class PickledDtype {
  constructor(
    /** e.g. `u1`, `i8`, `f4`. */
    readonly code: string,
    public bigEndian = false,
  ) {}
}

/** An array of numbers; `data` is in the file's order. */
export class PickledArray {
  shape: readonly number[] = [0];
  data: NumericArray = EMPTY;
}

/** A callable that a pickle may name. */
export class Global {
  constructor(
    readonly kind: 'reconstruct' | 'ndarray' | 'dtype' | 'scalar' | 'encode' | 'frombuffer' | 'ordered-dict',
  ) {}
}

export type NumericArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;
export type PickleValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | PickleValue[]
  | Map<string | number, PickleValue>
  | PickledArray
  | PickledDtype
  | Global;

/** How a call or a state is refused, and what it may take. */
export interface Limits {
  readonly refuse: Refuse;
  readonly budget: PickleBudget;
}

const ARRAYS: Readonly<Record<string, new (buffer: ArrayBuffer) => NumericArray>> = {
  u1: Uint8Array,
  i1: Int8Array,
  b1: Uint8Array,
  u2: Uint16Array,
  i2: Int16Array,
  u4: Uint32Array,
  i4: Int32Array,
  i8: BigInt64Array,
  u8: BigUint64Array,
  f4: Float32Array,
  f8: Float64Array,
};

const GLOBALS = new Map<string, Global>([
  ...['numpy.core', 'numpy._core'].flatMap((core): [string, Global][] => [
    [`${core}.multiarray._reconstruct`, new Global('reconstruct')],
    [`${core}.multiarray.scalar`, new Global('scalar')],
    [`${core}.numeric._frombuffer`, new Global('frombuffer')],
  ]),
  ['numpy.ndarray', new Global('ndarray')],
  ['numpy.dtype', new Global('dtype')],
  ['_codecs.encode', new Global('encode')],
  ['collections.OrderedDict', new Global('ordered-dict')],
]);

/** The allowed global of that name, if it is one. */
export function globalNamed(name: string): Global | undefined {
  return GLOBALS.get(name);
}

/** Longest name of an element type, byte order or encoding. */
const MAX_WORD = 32;

/** A short word, which Python 2 writes as bytes. Long ones are refused before they are converted. */
function wordOf(value: PickleValue | undefined): string | null {
  if (value instanceof Uint8Array && value.length <= MAX_WORD) return Buffer.from(value).toString('latin1');
  return typeof value === 'string' && value.length <= MAX_WORD ? value : null;
}

function bytesOf(value: PickleValue | undefined, { refuse, budget }: Limits): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== 'string') return refuse('bytes are expected');
  return latin1(value, { refuse, budget });
}

/** The bytes that a text was made of. */
function latin1(text: string, { refuse, budget }: Limits): Uint8Array {
  budget.take(text.length);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) refuse(`character ${i} of a text is no byte`);
    bytes[i] = code;
  }
  return bytes;
}

const SWAPS: Readonly<Record<number, (bytes: Buffer) => Buffer>> = {
  2: (bytes) => bytes.swap16(),
  4: (bytes) => bytes.swap32(),
  8: (bytes) => bytes.swap64(),
};

/** Values of an element type from their bytes. */
export function numericArray(
  dtype: PickleValue | undefined,
  bytes: Uint8Array,
  { refuse, budget }: Limits,
): NumericArray {
  if (!(dtype instanceof PickledDtype)) return refuse('an element type is expected');
  const type = Object.hasOwn(ARRAYS, dtype.code)
    ? ARRAYS[dtype.code]!
    : refuse(`arrays of '${dtype.code}' are not allowed`);
  const width = Number(dtype.code.slice(1));
  if (bytes.length % width !== 0) refuse(`${bytes.length} bytes are not a whole number of '${dtype.code}'`);
  budget.take(bytes.length);
  const copy = new Uint8Array(bytes);
  if (dtype.bigEndian) SWAPS[width]?.(Buffer.from(copy.buffer));
  return new type(copy.buffer);
}

function shapeOf(value: PickleValue | undefined, refuse: Refuse): number[] {
  if (
    !Array.isArray(value) ||
    value.length > 8 ||
    !value.every((x) => Number.isSafeInteger(x) && (x as number) >= 0)
  ) {
    return refuse('an array shape is expected');
  }
  return value as number[];
}

function fill(array: PickledArray, shape: readonly number[], data: NumericArray, refuse: Refuse): void {
  const size = shape.reduce((product, x) => product * x, 1);
  if (size !== data.length) refuse(`an array of shape [${shape.join(', ')}] has ${data.length} values`);
  array.shape = shape;
  array.data = data;
}

/** A number without loss: a file's 64-bit integers need not fit. */
export function exact(value: number | bigint, refuse: Refuse): number {
  const number = Number(value);
  if (typeof value === 'bigint' && !Number.isSafeInteger(number))
    refuse(`the whole number ${value} is too large to be held exactly`);
  return number;
}

/** Calls an allowed global; anything else is refused. */
export function callGlobal(callable: PickleValue, args: PickleValue, limits: Limits): PickleValue {
  const { refuse, budget } = limits;
  if (!(callable instanceof Global) || !Array.isArray(args)) return refuse('only NumPy arrays may be built');
  budget.take(COST.call);
  switch (callable.kind) {
    case 'reconstruct':
      return new PickledArray();
    case 'dtype': {
      const code = wordOf(args[0]);
      if (code === null || !/^[<>|=]?[a-zA-Z]\d{0,3}$/.test(code))
        return refuse('an element type is expected');
      return new PickledDtype(code.replace(/^[<>|=]/, ''), code.startsWith('>'));
    }
    case 'scalar': {
      const values = numericArray(args[0], bytesOf(args[1], limits), limits);
      return values.length === 1 ? exact(values[0]!, refuse) : refuse('a scalar has one value');
    }
    case 'encode': {
      // How Python 3 writes bytes in protocol 2.
      if (typeof args[0] !== 'string' || wordOf(args[1]) !== 'latin1')
        return refuse("text to be encoded in 'latin1' is expected");
      return latin1(args[0], limits);
    }
    case 'frombuffer': {
      const array = new PickledArray();
      fill(array, shapeOf(args[2], refuse), numericArray(args[1], bytesOf(args[0], limits), limits), refuse);
      return array;
    }
    case 'ordered-dict':
      budget.take(COST.dict);
      return args.length === 0 ? new Map() : refuse('an ordered dict is made empty');
    case 'ndarray':
      return refuse('ndarray is not called directly');
  }
}

/** State of an array: (version, shape, dtype, is Fortran order, bytes). */
export function setArrayState(array: PickledArray, state: PickleValue, limits: Limits): void {
  const refuse: Refuse = limits.refuse;
  if (!Array.isArray(state) || state.length !== 5) refuse('an array state of five parts is expected');
  if (state[3] === true || state[3] === 1) refuse('arrays in Fortran order are not supported');
  fill(array, shapeOf(state[1], refuse), numericArray(state[2], bytesOf(state[4], limits), limits), refuse);
}

/** State of an element type: (version, byte order, ...). */
export function setDtypeState(dtype: PickleValue, state: PickleValue, refuse: Refuse): void {
  if (!(dtype instanceof PickledDtype) || !Array.isArray(state))
    refuse('only arrays and element types have a state');
  dtype.bigEndian = wordOf(state[1]) === '>';
}
