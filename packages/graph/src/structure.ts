import { describeValue, isRecord, plural } from '@tenas/base';
import { refuse, refuseParam } from './infer-shape.js';
import { type Graph, type OpName, PARAM_KINDS, type ParamKind } from './types.js';

type Fields = Readonly<Record<string, unknown>>;

interface FieldType {
  readonly wanted: string;
  readonly fits: (value: unknown) => boolean;
}

const whole = (value: unknown): boolean => Number.isSafeInteger(value);
// Spread, since `every` and `forEach` pass over the holes of a sparse array.
const wholes = (value: unknown): value is unknown[] => Array.isArray(value) && [...value].every(whole);

const INDEX: FieldType = { wanted: 'an index', fits: (x) => whole(x) && (x as number) >= 0 };
const INDEX_OR_NULL: FieldType = { wanted: 'an index or null', fits: (x) => x === null || INDEX.fits(x) };
const PAIR: FieldType = { wanted: 'two whole numbers', fits: (x) => wholes(x) && x.length === 2 };
const INTEGER: FieldType = { wanted: 'a whole number', fits: whole };
const INTEGERS: FieldType = { wanted: 'a list of whole numbers', fits: wholes };
const NUMBER: FieldType = { wanted: 'a number', fits: (x) => typeof x === 'number' };
const FLAG: FieldType = { wanted: 'true or false', fits: (x) => typeof x === 'boolean' };
const TEXT: FieldType = { wanted: 'a non-empty string', fits: (x) => typeof x === 'string' && x !== '' };
const SHAPE: FieldType = { wanted: '[channels, height, width]', fits: (x) => wholes(x) && x.length === 3 };

const WINDOW = { input: INDEX, kernel: PAIR, stride: PAIR, padding: PAIR };

/** Fields that each operation has beside id, name and shape. */
const OP_FIELDS: Readonly<Record<OpName, Readonly<Record<string, FieldType>>>> = {
  input: {},
  conv2d: { ...WINDOW, weight: INDEX, bias: INDEX_OR_NULL, dilation: PAIR, groups: INTEGER },
  batchNorm: {
    input: INDEX,
    weight: INDEX_OR_NULL,
    bias: INDEX_OR_NULL,
    runningMean: INDEX,
    runningVar: INDEX,
    eps: NUMBER,
  },
  relu: { input: INDEX },
  activation: { input: INDEX, function: TEXT },
  avgPool2d: { ...WINDOW, countIncludePad: FLAG },
  maxPool2d: WINDOW,
  pad2d: { input: INDEX, top: INTEGER, bottom: INTEGER, left: INTEGER, right: INTEGER },
  mix: { inputs: INTEGERS, slots: INTEGERS },
  concat: { inputs: INTEGERS },
  globalAvgPool: { input: INDEX },
  scale: { input: INDEX, factor: INDEX },
  selectChannels: { input: INDEX, channels: INTEGERS },
  linear: { input: INDEX, weight: INDEX, bias: INDEX_OR_NULL },
};

/** Number of dimensions of a parameter of that kind. */
export const dimensionsOf = (kind: ParamKind): number =>
  kind === 'convWeight' ? 4 : kind === 'linearWeight' ? 2 : 1;

function list(graph: Fields, field: string): readonly unknown[] {
  const value = graph[field];
  return Array.isArray(value) ? [...value] : refuse('graph', field, value, 'a list');
}

function checkFields(name: string, record: Fields, fields: Readonly<Record<string, FieldType>>): void {
  for (const [field, { fits, wanted }] of Object.entries(fields)) {
    if (!fits(record[field])) refuse(name, field, record[field], wanted);
  }
}

function checkNode(node: unknown, index: number): void {
  if (!isRecord(node)) refuse(`#${index}`, 'record', node, 'an object');
  const name = typeof node.name === 'string' && node.name !== '' ? node.name : `#${index}`;
  checkFields(name, node, { id: INDEX, name: TEXT, shape: SHAPE, op: TEXT });
  const op = String(node.op);
  if (!Object.hasOwn(OP_FIELDS, op)) refuse(name, 'op', op, `one of ${Object.keys(OP_FIELDS).join(', ')}`);
  checkFields(name, node, OP_FIELDS[op as OpName]);
}

function checkParam(param: unknown, index: number): void {
  if (!isRecord(param)) refuseParam(`#${index}`, 'record', param, 'an object');
  const { id, name, kind, shape } = param;
  const label = typeof name === 'string' && name !== '' ? name : `#${index}`;
  if (!TEXT.fits(name)) refuseParam(label, 'name', name, TEXT.wanted);
  if (!INDEX.fits(id)) refuseParam(label, 'id', id, INDEX.wanted);
  const known = PARAM_KINDS.find((k) => k === kind);
  if (!known) refuseParam(label, 'kind', kind, `one of ${PARAM_KINDS.join(', ')}`);
  const dimensions = dimensionsOf(known);
  if (!wholes(shape) || shape.length !== dimensions) {
    refuseParam(label, 'shape', shape, `${plural(dimensions, 'whole number')} for a ${known}`);
  }
}

/**
 * Checks that a value from outside (e.g. JSON) has the fields of a graph, each of the right type. What the fields say is for
 * `validateGraph`. Throws TenasError GRAPH_INVALID naming the node, the field and what would be right.
 */
export function checkStructure(value: unknown): asserts value is Graph {
  if (!isRecord(value))
    refuse('graph', 'value', value, 'an object with nodes, params, input, output, observed and slots');
  list(value, 'nodes').forEach(checkNode);
  list(value, 'params').forEach(checkParam);
  checkFields('graph', value, { input: INDEX, output: INDEX, observed: INTEGERS });
  if (value.blocks !== undefined) checkFields('graph', value, { blocks: INTEGERS });
  const names = new Set<unknown>();
  list(value, 'slots').forEach((slot, index) => {
    if (!TEXT.fits(slot)) refuse('graph', `slots[${index}]`, slot, TEXT.wanted);
    if (names.has(slot)) refuse('graph', `slots[${index}]`, slot, `unique (${describeValue(slot)} is taken)`);
    names.add(slot);
  });
}
