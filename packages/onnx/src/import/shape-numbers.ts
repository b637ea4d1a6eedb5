import type { OnnxNode } from './onnx-node.js';
import { BATCH_SIZE, type NumbersValue, type ShapeNumber } from './value.js';

/** Most numbers that a model may compute. Shapes and paddings have some ten; each operator may double them. */
const MOST_NUMBERS = 1024;

/** Numbers of known dimensions. @throws TenasError ONNX_UNSUPPORTED for too many */
function numbers(
  node: OnnxNode,
  dims: readonly number[],
  values: readonly ShapeNumber[],
  integer: boolean,
): NumbersValue {
  if (values.length > MOST_NUMBERS)
    node.refuse('the number of computed values', values.length, `at most ${MOST_NUMBERS}`);
  return { kind: 'numbers', dims, values, integer };
}

function requireSize(node: OnnxNode, dims: readonly number[]): number {
  const size = dims.reduce((product, dim) => product * dim, 1);
  if (!(size <= MOST_NUMBERS) || dims.some((dim) => !(Number.isInteger(dim) && dim >= 0)))
    node.refuse('the shape of computed values', dims, `one of at most ${MOST_NUMBERS} values`);
  return size;
}

/** A whole axis from 0; negative ones count from the end. */
export function axisOf(node: OnnxNode, axis: number, rank: number): number {
  const place = axis < 0 ? axis + rank : axis;
  if (place < 0 || place >= Math.max(rank, 1)) node.invalid(`has the axis ${axis} of ${rank}`);
  return place;
}

/** Known numbers as they are: a batch size is none. */
export function plainNumbers(node: OnnxNode, { values }: NumbersValue): number[] {
  return values.map((value) =>
    value === BATCH_SIZE ? node.refuse('an operand', 'the size of the batch', 'a fixed number') : value,
  );
}

/** `start`, `end` and `step` of a slice within an axis of some size, as in Python. */
export function sliced(size: number, start: number, end: number, step: number): number[] {
  const clamp = (at: number, least: number, most: number) => Math.min(Math.max(at, least), most);
  const from = start < 0 ? start + size : start;
  const to = end < 0 ? end + size : end;
  const places: number[] = [];
  if (step > 0) {
    for (let at = clamp(from, 0, size); at < clamp(to, 0, size); at += step) places.push(at);
  } else {
    for (let at = clamp(from, -1, size - 1); at > clamp(to, -1, size - 1); at += step) places.push(at);
  }
  return places;
}

/** The values at some places of an axis. */
function taken(
  node: OnnxNode,
  { dims, values, integer }: NumbersValue,
  axis: number,
  places: readonly number[],
): NumbersValue {
  const outer = dims.slice(0, axis).reduce((product, dim) => product * dim, 1);
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const size = dims[axis] ?? 1;
  const found = dims.with(axis, places.length);
  requireSize(node, found);
  const picked: ShapeNumber[] = [];
  for (let o = 0; o < outer; o++) {
    for (const place of places) {
      for (let i = 0; i < inner; i++) picked.push(values[(o * size + place) * inner + i]!);
    }
  }
  return numbers(node, found, picked, integer);
}

function operated(
  node: OnnxNode,
  operate: (a: number, b: number, integer: boolean) => number,
  [a, b]: readonly NumbersValue[],
): NumbersValue {
  if (a === undefined || b === undefined) return node.invalid('needs two inputs');
  const [long, short] = a.values.length >= b.values.length ? [a, b] : [b, a];
  if (short.values.length !== 1 && short.dims.join() !== long.dims.join())
    node.refuse('the shapes of two computed values', [a.dims, b.dims], 'equal ones, or a single number');
  const [left, right] = [plainNumbers(node, a), plainNumbers(node, b)];
  const integer = a.integer && b.integer;
  const at = (list: readonly number[], place: number) => list[list.length === 1 ? 0 : place]!;
  const values = long.values.map((_, place) => operate(at(left, place), at(right, place), integer));
  return numbers(node, long.dims, values, integer);
}

const divide = (a: number, b: number, integer: boolean) => (integer ? Math.trunc(a / b) : a / b);

type Compute = (node: OnnxNode, inputs: readonly NumbersValue[]) => NumbersValue | undefined;

/** Operators that shapes are computed with. */
const COMPUTED: Readonly<Record<string, Compute>> = {
  Identity: (_, [x]) => x,
  Add: (node, inputs) => operated(node, (a, b) => a + b, inputs),
  Sub: (node, inputs) => operated(node, (a, b) => a - b, inputs),
  Mul: (node, inputs) => operated(node, (a, b) => a * b, inputs),
  Div: (node, inputs) => operated(node, divide, inputs),
  Floor: (node, [x]) => x && numbers(node, x.dims, plainNumbers(node, x).map(Math.floor), x.integer),
  Ceil: (node, [x]) => x && numbers(node, x.dims, plainNumbers(node, x).map(Math.ceil), x.integer),
  Cast(node, [x]) {
    if (x === undefined) return undefined;
    const integer = [INT32, INT64].includes(node.int('to', 0));
    const values = x.values.map((value) => (integer && value !== BATCH_SIZE ? Math.trunc(value) : value));
    return numbers(node, x.dims, values, integer);
  },
  Concat(node, inputs) {
    if (inputs.some(({ dims }) => dims.length !== 1)) return undefined;
    const values: ShapeNumber[] = [];
    for (const input of inputs) {
      for (const value of input.values) values.push(value);
      requireSize(node, [values.length]);
    }
    return numbers(
      node,
      [values.length],
      values,
      inputs.every(({ integer }) => integer),
    );
  },
  Gather(node, [x, indices]) {
    if (x === undefined || indices === undefined || x.dims.length === 0) return undefined;
    const axis = axisOf(node, node.int('axis', 0), x.dims.length);
    const places = plainNumbers(node, indices).map((index) => axisOf(node, index, x.dims[axis]!));
    const { dims, ...found } = taken(node, x, axis, places);
    return { ...found, dims: [...dims.slice(0, axis), ...indices.dims, ...dims.slice(axis + 1)] };
  },
  Slice(node, [x, starts, ends, axes, steps]) {
    if (x === undefined) return undefined;
    const list = (name: string, input: NumbersValue | undefined) =>
      input === undefined ? node.ints(name) : plainNumbers(node, input);
    const from = list('starts', starts) ?? [];
    const to = list('ends', ends) ?? [];
    const along = list('axes', axes) ?? from.map((_, place) => place);
    const by = list('steps', steps) ?? from.map(() => 1);
    return from.reduce((value, start, place) => {
      const axis = axisOf(node, along[place] ?? 0, value.dims.length);
      const step = by[place] ?? 1;
      if (step === 0) return node.invalid('has the step 0');
      return taken(node, value, axis, sliced(value.dims[axis] ?? 1, start, to[place] ?? 0, step));
    }, x);
  },
  Reshape(node, [x, shape]) {
    if (x === undefined || shape === undefined) return undefined;
    const wanted = plainNumbers(node, shape).map((dim, axis) => (dim === 0 ? (x.dims[axis] ?? 0) : dim));
    const known = wanted.filter((dim) => dim !== -1).reduce((product, dim) => product * dim, 1);
    const dims = wanted.map((dim) => (dim === -1 ? x.values.length / known : dim));
    if (requireSize(node, dims) !== x.values.length) node.invalid(`reshapes [${x.dims}] to [${wanted}]`);
    return numbers(node, dims, x.values, x.integer);
  },
  Transpose(node, [x]) {
    if (x === undefined || x.dims.length !== 2) return undefined;
    const [rows, columns] = x.dims as [number, number];
    const values = x.values.map((_, place) => x.values[(place % rows) * columns + Math.floor(place / rows)]!);
    return numbers(node, [columns, rows], values, x.integer);
  },
  Unsqueeze(node, [x, axes]) {
    if (x === undefined) return undefined;
    const places = axes === undefined ? (node.ints('axes') ?? []) : plainNumbers(node, axes);
    if (x.dims.length + places.length > 8) node.invalid('makes more than 8 dimensions');
    const dims = [...x.dims];
    for (const axis of places
      .map((at) => axisOf(node, at, x.dims.length + places.length))
      .sort((a, b) => a - b))
      dims.splice(axis, 0, 1);
    return numbers(node, dims, x.values, x.integer);
  },
  Squeeze(node, [x, axes]) {
    if (x === undefined) return undefined;
    const given = axes === undefined ? node.ints('axes') : plainNumbers(node, axes);
    const places = given?.map((axis) => axisOf(node, axis, x.dims.length));
    const dims = x.dims.filter((dim, axis) => (places === undefined ? dim !== 1 : !places.includes(axis)));
    if (requireSize(node, dims) !== x.values.length) node.invalid(`squeezes [${x.dims}]`);
    return numbers(node, dims, x.values, x.integer);
  },
};

const INT32 = 6;
const INT64 = 7;

/**
 * What an operator makes of numbers that are known: models compute the shapes that they reshape to.
 * @param inputs all of the node's
 * @returns undefined for an operator that computes no shapes
 */
export function computedNumbers(node: OnnxNode, inputs: readonly NumbersValue[]): NumbersValue | undefined {
  return Object.hasOwn(COMPUTED, node.opType) ? COMPUTED[node.opType]!(node, inputs) : undefined;
}

/** `count` numbers of a shape: what ConstantOfShape makes. */
export function filledNumbers(node: OnnxNode, dims: readonly number[], value: number): NumbersValue {
  const size = requireSize(node, dims);
  return numbers(node, dims, new Array<ShapeNumber>(size).fill(value), true);
}
