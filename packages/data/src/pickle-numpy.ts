/** The few NumPy objects that a pickle may hold, as plain data. */

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
  data: NumericArray = new Uint8Array(0);
}

/** A callable that a pickle may name. */
export class Global {
  constructor(readonly kind: 'reconstruct' | 'ndarray' | 'dtype' | 'scalar' | 'encode' | 'frombuffer') {}
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

type Refuse = (problem: string) => never;

/** What may be built: `take` counts bytes that are copied and refuses too many. */
export interface Limits {
  readonly refuse: Refuse;
  readonly take: (bytes: number) => void;
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
]);

/** The allowed global of that name, if it is one. */
export function globalNamed(name: string): Global | undefined {
  return GLOBALS.get(name);
}

function bytesOf(value: PickleValue | undefined, refuse: Refuse): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return Uint8Array.from(Buffer.from(value, 'latin1'));
  return refuse('bytes are expected');
}

function makeArray(
  dtype: PickleValue | undefined,
  bytes: Uint8Array,
  { refuse, take }: Limits,
): NumericArray {
  if (!(dtype instanceof PickledDtype)) return refuse('an element type is expected');
  const type = ARRAYS[dtype.code] ?? refuse(`arrays of '${dtype.code}' are not allowed`);
  const width = Number(dtype.code.slice(1));
  if (bytes.length % width !== 0) refuse(`${bytes.length} bytes are not a whole number of '${dtype.code}'`);
  take(bytes.length);
  const copy = new Uint8Array(bytes);
  if (dtype.bigEndian && width > 1) {
    for (let i = 0; i < copy.length; i += width) copy.subarray(i, i + width).reverse();
  }
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

/** Calls an allowed global; anything else is refused. */
export function callGlobal(callable: PickleValue, args: PickleValue, limits: Limits): PickleValue {
  const { refuse, take } = limits;
  if (!(callable instanceof Global) || !Array.isArray(args)) return refuse('only NumPy arrays may be built');
  switch (callable.kind) {
    case 'reconstruct':
      return new PickledArray();
    case 'dtype': {
      const code = args[0] instanceof Uint8Array ? Buffer.from(args[0]).toString('latin1') : args[0];
      if (typeof code !== 'string' || !/^[<>|=]?[a-zA-Z]\d{0,3}$/.test(code))
        return refuse('an element type is expected');
      return new PickledDtype(code.replace(/^[<>|=]/, ''), code.startsWith('>'));
    }
    case 'scalar': {
      const value = makeArray(args[0], bytesOf(args[1], refuse), limits)[0];
      return value === undefined ? refuse('a scalar has no value') : Number(value);
    }
    case 'encode': {
      // How Python 3 writes bytes in protocol 2.
      if (typeof args[0] !== 'string') return refuse('text is expected');
      take(args[0].length);
      return Uint8Array.from(Buffer.from(args[0], 'latin1'));
    }
    case 'frombuffer': {
      const array = new PickledArray();
      fill(array, shapeOf(args[2], refuse), makeArray(args[1], bytesOf(args[0], refuse), limits), refuse);
      return array;
    }
    case 'ndarray':
      return refuse('ndarray is not called directly');
  }
}

/** State of an array: (version, shape, dtype, is Fortran order, bytes). */
export function setArrayState(array: PickledArray, state: PickleValue, limits: Limits): void {
  const refuse: Refuse = limits.refuse;
  if (!Array.isArray(state) || state.length !== 5) refuse('an array state of five parts is expected');
  if (state[3] === true || state[3] === 1) refuse('arrays in Fortran order are not supported');
  fill(array, shapeOf(state[1], refuse), makeArray(state[2], bytesOf(state[4], refuse), limits), refuse);
}

/** State of an element type: (version, byte order, ...). */
export function setDtypeState(dtype: PickleValue, state: PickleValue, refuse: Refuse): void {
  if (!(dtype instanceof PickledDtype) || !Array.isArray(state))
    refuse('only arrays and element types have a state');
  const order = state[1] instanceof Uint8Array ? Buffer.from(state[1]).toString('latin1') : state[1];
  dtype.bigEndian = order === '>';
}
