import { GenotypeSyntaxError } from '../genotype-syntax-error.js';
import { type Fail, type Literal, type LiteralEntry, parseLiteral } from '../literal.js';
import { isNasBench201Op, NAS_BENCH_201_EDGES, NAS_BENCH_201_OPS, type NasBench201Op } from './operations.js';

/** NASLib's numbers of the operations. */
const NUMBERED_OPS: readonly NasBench201Op[] = [
  'skip_connect',
  'none',
  'nor_conv_3x3',
  'nor_conv_1x1',
  'avg_pool_3x3',
];

/** The edges in NASLib's order: by the node that they leave. */
const NASLIB_EDGES = ['1<-0', '2<-0', '3<-0', '2<-1', '3<-1', '3<-2'];

const SIX_NUMBERS = /^\s*[([]\s*\d(?:\s*,\s*\d){5}[\s,]*[)\]]\s*$/;
/** NNI's names. */
const OTHER_NAMES: ReadonlyMap<string, NasBench201Op> = new Map([
  ['conv_1x1', 'nor_conv_1x1'],
  ['conv_3x3', 'nor_conv_3x3'],
]);

const BRACKET = /^\s*(?:\w+\s*=\s*)?[([{]/;
const OPERATION = /['"](?:none|skip_connect|(?:nor_)?conv_(?:1x1|3x3)|avg_pool_3x3)['"]/;
/** Words that such cells never have: others are left to the spaces that do. */
const FOREIGN = /normal|reduce|(?:sep|dil)_|max_pool|matrix/;

/** Whether a text is a cell as a Python literal or as JSON, to be read by {@link readLiteralCell}. */
export function isLiteralCell(text: string): boolean {
  return SIX_NUMBERS.test(text) || (BRACKET.test(text) && OPERATION.test(text) && !FOREIGN.test(text));
}

/**
 * Reads a cell that is written as a list or tuple of nodes, each of pairs (operation, input) (`Structure.tolist` of
 * AutoDL-Projects), as six operations edge by edge, as six numbers of NASLib, or as a dictionary from edge to operation:
 * `1<-0`, `(0, 1)` or, where some edge ends in 4, `(1, 2)`, or `0_1` and `cell/0_1` (NNI).
 *
 * @returns the operations in the order of {@link NAS_BENCH_201_EDGES}
 * @throws GenotypeSyntaxError (a TenasError, code `GENOTYPE_SYNTAX`) at the offending place
 */
export function readLiteralCell(text: string, what: string): NasBench201Op[] {
  const fail: Fail = ({ at: position, token }, expected) => {
    throw new GenotypeSyntaxError({ text, position, token, expected, what });
  };
  const root = parseLiteral(text, what);
  if (root.kind === 'record') return fromEdges(root, fail);
  if (root.kind !== 'list') return fail(root, 'a list of nodes or of operations');
  const { items } = root;
  if (items.length === 6 && items.every(({ kind }) => kind === 'integer')) {
    const numbered = items.map((item) => numberedOp(item, fail));
    return NAS_BENCH_201_EDGES.map((edge) => numbered[NASLIB_EDGES.indexOf(edge)]!);
  }
  if (items.length === 6) return items.map((item) => operationOf(item, fail));
  if (items.length !== 3) return fail(root, `3 nodes or 6 operations; there are ${items.length}`);
  return items.flatMap((node, place) => fromNode(node, place + 1, fail));
}

/** The operations of a node: pairs with the inputs 0, 1 and so on, or operations alone. */
function fromNode(node: Literal, number: number, fail: Fail): NasBench201Op[] {
  if (node.kind !== 'list' || node.items.length !== number) {
    // Python writes a tuple of one with a comma, which is easily forgotten.
    const pair = node.kind === 'list' && number === 1 && node.items.length === 2 ? [node] : undefined;
    if (pair === undefined) return fail(node, `the ${number} inputs of node ${number}`);
    return pair.map((item) => fromPair(item, 0, fail));
  }
  return node.items.map((item, input) =>
    item.kind === 'list' ? fromPair(item, input, fail) : operationOf(item, fail),
  );
}

function fromPair(pair: Literal, input: number, fail: Fail): NasBench201Op {
  const [op, from, ...more] = pair.kind === 'list' ? pair.items : [];
  const [weight] = more;
  const isWeighted = more.length === 1 && (weight?.kind === 'number' || weight?.kind === 'integer');
  if (op === undefined || from === undefined || (more.length > 0 && !isWeighted))
    return fail(pair, 'a pair (operation, input), or the same with a weight');
  if (from.kind !== 'integer' || from.value !== input)
    return fail(from, `input ${input}: inputs stand in order`);
  return operationOf(op, fail);
}

function operationOf(item: Literal, fail: Fail): NasBench201Op {
  if (item.kind === 'string' && isNasBench201Op(item.value)) return item.value;
  const other = item.kind === 'string' ? OTHER_NAMES.get(item.value) : undefined;
  if (other !== undefined) return other;
  return fail(item, `one of ${NAS_BENCH_201_OPS.join(', ')}`);
}

function numberedOp(item: Literal, fail: Fail): NasBench201Op {
  const op = item.kind === 'integer' ? NUMBERED_OPS[item.value] : undefined;
  return op ?? fail(item, `a number from 0 to ${NUMBERED_OPS.length - 1}`);
}

function fromEdges(root: Extract<Literal, { kind: 'record' }>, fail: Fail): NasBench201Op[] {
  const fromOne = root.entries.some(({ key }) => /[,_]4$/.test(key)) ? 1 : 0;
  const edges = new Map<string, LiteralEntry>();
  for (const entry of root.entries) {
    const pair = /^(\d),(\d)$/.exec(entry.key) ?? /^(?:\w+\/)*(\d)_(\d)$/.exec(entry.key);
    const edge = pair === null ? entry.key : `${Number(pair[2]) - fromOne}<-${Number(pair[1]) - fromOne}`;
    const place = { at: entry.at, token: entry.key };
    if (!(NAS_BENCH_201_EDGES as readonly string[]).includes(edge)) {
      fail(place, `an edge: ${NAS_BENCH_201_EDGES.join(', ')}`);
    }
    if (edges.has(edge)) fail(place, `each edge once, ${edge} is repeated`);
    edges.set(edge, entry);
  }
  return NAS_BENCH_201_EDGES.map((edge) => {
    const entry = edges.get(edge) ?? fail({ at: root.end, token: '' }, `the edge ${edge}`);
    return operationOf(entry.value, fail);
  });
}
