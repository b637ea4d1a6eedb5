import type { Fail, Literal, LiteralEntry } from '../literal.js';
import { DARTS_CONCAT, type DartsArchitecture, type DartsInput, expectedOp } from './genotype.js';
import {
  DARTS_CELL_TYPES,
  DARTS_INPUTS_PER_NODE,
  DARTS_OPS,
  DARTS_STEPS,
  type DartsOp,
} from './operations.js';

/** Keys of NNI's model hub: `normal/op_2_0`, `normal/input_2_0`. */
const CHOICE = /^(?:\w+\/)*(?:normal|reduce)\/(?:op|input)_[2-5]_[01]$/;
/** Keys of NNI's DARTS example: `normal_n2_p0` has an operation, `normal_n2_switch` the keys that are kept. */
const EDGE = /^(?:normal|reduce)_n[2-5]_(?:p[0-4]|switch)$/;
/** Sizes of the network, which NNI writes beside the cells. */
const SIZE = /^(?:\w+\/)*(?:width|depth|num_cells|reduce_size|auxiliary_loss|drop_path_prob)$/;

/** Names of operations in NNI's DARTS example. */
const EXAMPLE_NAMES: ReadonlyMap<string, DartsOp> = new Map([
  ['maxpool', 'max_pool_3x3'],
  ['avgpool', 'avg_pool_3x3'],
  ['skipconnect', 'skip_connect'],
  ['sepconv3x3', 'sep_conv_3x3'],
  ['sepconv5x5', 'sep_conv_5x5'],
  ['dilconv3x3', 'dil_conv_3x3'],
  ['dilconv5x5', 'dil_conv_5x5'],
]);

type Fields = ReadonlyMap<string, LiteralEntry>;

/** Whether a record has the keys that NNI exports a DARTS architecture with. */
export function isNniArchitecture(entries: readonly LiteralEntry[]): boolean {
  const known = entries.filter(({ key }) => !SIZE.test(key));
  return (
    known.length > 0 &&
    (known.every(({ key }) => CHOICE.test(key)) || known.every(({ key }) => EDGE.test(key)))
  );
}

/**
 * Reads the JSON that NNI exports for DARTS: of its model hub, or of its DARTS example. NNI concatenates all inner nodes.
 *
 * @param whole the place of an error that no field has
 * @throws GenotypeSyntaxError
 */
export function readNniArchitecture(
  entries: readonly LiteralEntry[],
  whole: { readonly at: number; readonly token: string },
  fail: Fail,
): DartsArchitecture {
  const fields = new Map<string, LiteralEntry>();
  for (const entry of entries) {
    if (SIZE.test(entry.key)) continue;
    const key = entry.key.replace(/^.*\/(?=(?:normal|reduce)\/)/, '');
    if (fields.has(key)) fail({ at: entry.at, token: key }, `each field once, ${key} is repeated`);
    fields.set(key, entry);
  }
  const isExample = [...fields.keys()].some((key) => EDGE.test(key));
  const [normal, reduce] = DARTS_CELL_TYPES.map((type) => ({
    inputs: Array.from({ length: DARTS_STEPS }, (_, node) =>
      isExample
        ? keptEdges(type, node + 2, { fields, whole, fail })
        : choices(type, node + 2, { fields, whole, fail }),
    ).flat(),
    concat: DARTS_CONCAT,
  }));
  return { space: 'darts', normal: normal!, reduce: reduce! };
}

interface Reading {
  readonly fields: Fields;
  readonly whole: { readonly at: number; readonly token: string };
  readonly fail: Fail;
}

function fieldOf(key: string, { fields, whole, fail }: Reading): Literal {
  return fields.get(key)?.value ?? fail(whole, `the field ${key}`);
}

function choices(type: string, state: number, reading: Reading): DartsInput[] {
  return Array.from({ length: DARTS_INPUTS_PER_NODE }, (_, place) => {
    const op = opOf(single(fieldOf(`${type}/op_${state}_${place}`, reading)), reading.fail);
    const from = single(fieldOf(`${type}/input_${state}_${place}`, reading));
    if (from.kind !== 'integer' || from.value >= state)
      return reading.fail(from, `a state from 0 to ${state - 1}`);
    return { op, state: from.value };
  });
}

function keptEdges(type: string, state: number, reading: Reading): DartsInput[] {
  const kept = fieldOf(`${type}_n${state}_switch`, reading);
  const keys = kept.kind === 'list' ? kept.items : [];
  if (keys.length !== DARTS_INPUTS_PER_NODE)
    return reading.fail(kept, `a list of ${DARTS_INPUTS_PER_NODE} edges, such as ${type}_n${state}_p0`);
  const inputs = keys.map((key): DartsInput => {
    const from = key.kind === 'string' ? /^(\w+)_n(\d)_p(\d)$/.exec(key.value) : null;
    if (from === null || from[1] !== type || Number(from[2]) !== state || Number(from[3]) >= state)
      return reading.fail(key, `an edge of ${type}_n${state}: p0 to p${state - 1}`);
    const op = opOf(single(fieldOf(from[0], reading)), reading.fail);
    return { op, state: Number(from[3]) };
  });
  return inputs.toSorted((a, b) => a.state - b.state);
}

/** A choice of one is a value or a list of it. */
function single(value: Literal): Literal {
  return value.kind === 'list' && value.items.length === 1 ? value.items[0]! : value;
}

function opOf(name: Literal, fail: Fail): DartsOp {
  const text = name.kind === 'string' ? name.value : undefined;
  return DARTS_OPS.find((op) => op === text) ?? EXAMPLE_NAMES.get(text ?? '') ?? fail(name, expectedOp());
}
