import type { Fail, Literal, LiteralEntry } from '../literal.js';
import { DARTS_INPUTS, type DartsInput, expectedOp, expectedState, nodeOf } from './genotype.js';
import {
  DARTS_EDGE_GROUPS,
  DARTS_INPUTS_PER_NODE,
  DARTS_OPS,
  DARTS_STEPS,
  type DartsOp,
} from './operations.js';

/** Operations by number, in the order of the DARTS repository: NASLib and NAS-Bench-301 count so. */
const NUMBERED_OPS: readonly DartsOp[] = [
  'max_pool_3x3',
  'avg_pool_3x3',
  'skip_connect',
  'sep_conv_3x3',
  'sep_conv_5x5',
  'dil_conv_3x3',
  'dil_conv_5x5',
];

/** Names of AutoDL-Projects. */
const OTHER_NAMES: ReadonlyMap<string, DartsOp> = new Map([
  ['dua_sepc_3x3', 'sep_conv_3x3'],
  ['dua_sepc_5x5', 'sep_conv_5x5'],
  ['dil_sepc_3x3', 'dil_conv_3x3'],
  ['dil_sepc_5x5', 'dil_conv_5x5'],
]);

const PAIR = 'a pair (operation, state)';

/**
 * The inputs of a cell: a list of eight pairs, a list of four nodes of two pairs, or a dictionary from edge to operation.
 */
export function readInputs(value: Literal, fail: Fail): DartsInput[] {
  if (value.kind === 'record') return readEdges(value.entries, value, fail);
  if (value.kind !== 'list') return fail(value, 'a list of inputs');
  const pairs = value.items.every(isNode) ? value.items.flatMap(itemsOf) : value.items;
  if (pairs.length !== DARTS_INPUTS) {
    return fail(
      pairs[DARTS_INPUTS] ?? value,
      `${DARTS_INPUTS} pairs (operation, state), ${DARTS_INPUTS_PER_NODE} for each node; there are ${pairs.length}`,
    );
  }
  return pairs.map((pair, position) => readPair(pair, position, fail));
}

function itemsOf(value: Literal): readonly Literal[] {
  return value.kind === 'list' ? value.items : [];
}

/** A node that is written apart: its two inputs. */
function isNode(value: Literal): boolean {
  const items = itemsOf(value);
  return items.length === DARTS_INPUTS_PER_NODE && items.every(({ kind }) => kind === 'list');
}

/** `('sep_conv_3x3', 1)`, the same the other way round, with a weight, which is passed over, or `(1, 3)`: state first. */
function readPair(pair: Literal, position: number, fail: Fail): DartsInput {
  const [first, second, weight, ...more] = itemsOf(pair);
  const weighed = weight === undefined || weight.kind === 'integer' || weight.kind === 'number';
  if (first === undefined || second === undefined || !weighed || more.length > 0) return fail(pair, PAIR);
  const stateFirst = first.kind === 'integer';
  const [name, state] = stateFirst ? [second, first] : [first, second];
  const op = name.kind === 'integer' && stateFirst ? NUMBERED_OPS[name.value] : opOf(name);
  if (op === undefined) {
    return fail(
      name,
      name.kind === 'integer' ? `a number from 0 to ${NUMBERED_OPS.length - 1}` : expectedOp(),
    );
  }
  if (state.kind !== 'integer' || state.value > nodeOf(position) + 1)
    return fail(state, expectedState(position));
  return { op, state: state.value };
}

function opOf(name: Literal): DartsOp | undefined {
  if (name.kind !== 'string') return undefined;
  return DARTS_OPS.find((known) => known === name.value) ?? OTHER_NAMES.get(name.value);
}

interface Edge extends DartsInput {
  readonly node: number;
  readonly at: number;
  readonly token: string;
}

/**
 * The inputs of a cell whose edges have names: `1<-0` (node 1 reads state 0), `#3` (the place among all edges),
 * `0,3` (from state 0 to state 3, node 1) or, where some edge ends in 6, the same counted from 1 as NASLib does. An edge
 * that is not there, or has `none`, adds nothing; a node may have two others.
 *
 * @param whole the place of an error that no edge has
 */
export function readEdges(entries: readonly LiteralEntry[], whole: Literal, fail: Fail): DartsInput[] {
  const fromOne = entries.some(({ key }) => key.endsWith(`,${DARTS_STEPS + 2}`)) ? 1 : 0;
  const edges: Edge[] = entries.flatMap(({ key, at, value }) => {
    const place = placeOf(key, fromOne) ?? fail({ at, token: key }, 'an edge such as 1<-0 or (0, 3)');
    const values = value.kind === 'list' ? value.items : [value];
    return values.map((one) => ({
      ...place,
      op: opOf(one) ?? fail(one, expectedOp()),
      at: one.at,
      token: one.token,
    }));
  });
  return Array.from({ length: DARTS_STEPS }, (_, node) => {
    const own = edges.filter((edge) => edge.node === node).toSorted((a, b) => a.state - b.state);
    const active = own.filter(({ op }) => op !== 'none');
    const third = active[DARTS_INPUTS_PER_NODE];
    if (third !== undefined) fail(third, `${DARTS_INPUTS_PER_NODE} operations for node ${node}`);
    if (own.length === 0) fail(whole, `an edge of node ${node}`);
    const spare = [...own.filter(({ op }) => op === 'none'), ...Array.from({ length: 2 }, () => own[0]!)];
    const none = spare
      .slice(0, DARTS_INPUTS_PER_NODE - active.length)
      .map(({ state }) => ({ op: 'none' as const, state }));
    return [...active.map(({ op, state }) => ({ op, state })), ...none];
  }).flat();
}

/** The node and the state that the name of an edge says; undefined for none of the cell. */
function placeOf(key: string, fromOne: number): { node: number; state: number } | undefined {
  const match = /^(\d)<-(\d)$|^#(\d{1,2})$|^(\d),(\d)$/.exec(key);
  if (match === null) return undefined;
  const [, to, from, place, source, target] = match;
  const [node, state] =
    place !== undefined
      ? edgeAt(Number(place))
      : source !== undefined
        ? [Number(target) - 2 - fromOne, Number(source) - fromOne]
        : [Number(to), Number(from)];
  return node! >= 0 && node! < DARTS_STEPS && state! >= 0 && state! <= node! + 1
    ? { node: node!, state: state! }
    : undefined;
}

function edgeAt(place: number): number[] {
  const node = DARTS_EDGE_GROUPS.findIndex(([, end]) => place < end);
  return node < 0 ? [-1, -1] : [node, place - DARTS_EDGE_GROUPS[node]![0]];
}
