import { GenotypeSyntaxError } from '../genotype-syntax-error.js';
import { type Fail, type Literal, parseLiteral } from '../literal.js';
import {
  moduleProblem,
  NAS_BENCH_101_OPS,
  NAS_BENCH_101_VERTICES,
  type NasBench101Architecture,
  type NasBench101Op,
  nasBench101Architecture,
} from './spec.js';

const WHAT = 'NAS-Bench-101 architecture';
const ROOT = "ModelSpec(matrix=[[0, 1, ...], ...], ops=['input', ..., 'output']) or the same as JSON";

/** Short names that are in use. */
const OTHER_NAMES: ReadonlyMap<string, NasBench101Op> = new Map([
  ['conv3x3', 'conv3x3-bn-relu'],
  ['conv1x1', 'conv1x1-bn-relu'],
  ['maxpool', 'maxpool3x3'],
]);

/** NASLib's numbers of operations; 0 is the input, 1 the output. */
const NUMBERED_OPS: ReadonlyMap<number, NasBench101Op> = new Map([
  [2, 'maxpool3x3'],
  [3, 'conv1x1-bn-relu'],
  [4, 'conv3x3-bn-relu'],
]);

/** A module path before the name of the class, such as `api.`. */
const MODULE = /(?:\w+\s*\.\s*)+(?=ModelSpec\b)/;

/** The text of the benchmark's own code: `ModelSpec(matrix=[[0, 1], [0, 0]], ops=['input', 'output'])`. */
export function formatNasBench101({ matrix, ops }: NasBench101Architecture): string {
  const rows = matrix.map((row) => `[${row.join(', ')}]`);
  const names = ['input', ...ops, 'output'].map((name) => `'${name}'`);
  return `ModelSpec(matrix=[${rows.join(', ')}], ops=[${names.join(', ')}])`;
}

/**
 * Reads a module and prunes it: `ModelSpec(matrix=..., ops=...)`, also without names of fields and as `api.ModelSpec`; a
 * dictionary or JSON with `matrix` and `ops` or the benchmark's `module_adjacency` and `module_operations`; a pair of
 * both; NASLib's numbers, the matrix row by row and then a number for each vertex; and NNI's dictionaries,
 * `{'op1': 'maxpool3x3', 'input1': [0], ...}`.
 *
 * @throws GenotypeSyntaxError (a TenasError, code `GENOTYPE_SYNTAX`) with position, token, what was expected, and a
 * caret line.
 */
export function parseNasBench101(text: string): NasBench101Architecture {
  const fail: Fail = ({ at: position, token }, expected) => {
    throw new GenotypeSyntaxError({ text, position, token, expected, what: WHAT });
  };
  // Blanks of the same length keep the positions of errors.
  const plain = text.length > 1000 ? text : text.replace(MODULE, (path) => ' '.repeat(path.length));
  const root = parseLiteral(plain, WHAT, ['matrix', 'ops']);
  if (root.kind === 'list') return fromList(root, fail);
  if (root.kind !== 'record' || !['ModelSpec', '{'].includes(root.token)) return fail(root, ROOT);
  const fields = new Map(root.entries.map(({ key, value }) => [key, value]));
  const matrix = fields.get('matrix') ?? fields.get('module_adjacency');
  const ops = fields.get('ops') ?? fields.get('module_operations');
  if (matrix === undefined && fields.has('input1')) return fromInputs(fields, root, fail);
  const missing = { at: root.end, token: text[root.end] ?? '' };
  return checked(
    readMatrix(matrix ?? fail(missing, 'the field matrix'), fail),
    readOps(ops ?? fail(missing, 'the field ops'), fail),
    { place: root, fail },
  );
}

function checked(
  matrix: readonly (readonly number[])[],
  ops: readonly string[],
  { place, fail }: { readonly place: Literal; readonly fail: Fail },
): NasBench101Architecture {
  const problem = moduleProblem(matrix, ops);
  if (problem === undefined) return nasBench101Architecture(matrix, ops);
  return fail(place, `${problem.field} ${problem.right}, not ${JSON.stringify(problem.value)}`);
}

function fromList(root: Extract<Literal, { kind: 'list' }>, fail: Fail): NasBench101Architecture {
  const { items } = root;
  const [matrix, ops] = items;
  if (items.length === 2 && matrix?.kind === 'list' && ops?.kind === 'list') {
    return checked(readMatrix(matrix, fail), readOps(ops, fail), { place: root, fail });
  }
  // n rows of n, and n operations.
  const size = Math.floor(Math.sqrt(items.length));
  const fits = size >= 2 && size * (size + 1) === items.length && size <= NAS_BENCH_101_VERTICES;
  if (!fits || !items.every(({ kind }) => kind === 'integer')) return fail(root, ROOT);
  const rows = Array.from({ length: size }, (_, row) =>
    items.slice(row * size, (row + 1) * size).map((item) => bitOf(item, fail)),
  );
  const numbers = items.slice(size * size);
  return checked(rows, readOps({ ...root, items: numbers }, fail), { place: root, fail });
}

function readMatrix(value: Literal, fail: Fail): number[][] {
  if (value.kind !== 'list') return fail(value, 'a list of rows');
  return value.items.map((row) => {
    if (row.kind !== 'list') return fail(row, 'a row: a list of 0 and 1');
    return row.items.map((item) => bitOf(item, fail));
  });
}

function bitOf(item: Literal, fail: Fail): number {
  return item.kind === 'integer' && item.value <= 1 ? item.value : fail(item, '0 or 1');
}

/** The operations of the inner vertices; the first and the last name are those of input and output, or are left out. */
function readOps(value: Literal, fail: Fail): NasBench101Op[] {
  if (value.kind !== 'list') return fail(value, 'a list of operations');
  const { items } = value;
  const whole = isName(items[0], 'input', 0) && isName(items.at(-1), 'output', 1);
  return (whole ? items.slice(1, -1) : items).map((item) => opOf(item, fail));
}

function isName(item: Literal | undefined, name: string, number: number): boolean {
  return (
    (item?.kind === 'string' && item.value.toLowerCase() === name) ||
    (item?.kind === 'integer' && item.value === number)
  );
}

function opOf(item: Literal, fail: Fail): NasBench101Op {
  const op =
    item.kind === 'string'
      ? (NAS_BENCH_101_OPS.find((known) => known === item.value) ?? OTHER_NAMES.get(item.value))
      : item.kind === 'integer'
        ? NUMBERED_OPS.get(item.value)
        : undefined;
  return op ?? fail(item, `one of ${NAS_BENCH_101_OPS.join(', ')}`);
}

/** NNI's form: an operation and a list of vertices to read for each vertex, the inputs of the output last. */
function fromInputs(
  fields: ReadonlyMap<string, Literal>,
  root: Literal,
  fail: Fail,
): NasBench101Architecture {
  const last = [...fields.keys()].filter((key) => /^input\d$/.test(key)).length;
  const numbers = Array.from({ length: last }, (_, index) => index + 1);
  const rows = Array.from({ length: last + 1 }, () => Array<number>(last + 1).fill(0));
  for (const number of numbers) {
    const inputs = fields.get(`input${number}`);
    if (inputs?.kind !== 'list') return fail(inputs ?? root, `the list input${number}`);
    for (const from of inputs.items) {
      if (from.kind !== 'integer' || from.value >= number) return fail(from, `a vertex before ${number}`);
      rows[from.value]![number] = 1;
    }
  }
  const ops = numbers.slice(0, -1).map((number) => opOf(fields.get(`op${number}`) ?? root, fail));
  return checked(rows, ops, { place: root, fail });
}
