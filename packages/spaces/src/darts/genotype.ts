import { TenasError } from '@tenas/base';
import { GenotypeSyntaxError } from '../genotype-syntax-error.js';
import { type Literal, type LiteralEntry, parseLiteral } from '../literal.js';
import {
  DARTS_CELL_TYPES,
  DARTS_GENOTYPE_OPS,
  DARTS_INPUTS_PER_NODE,
  DARTS_STEPS,
  type DartsCellType,
  type DartsGenotypeOp,
} from './operations.js';

/** One input of a node: the operation and the state that it reads. */
export interface DartsInput {
  readonly op: DartsGenotypeOp;
  readonly state: number;
}

/** A cell: two inputs for each of the four inner nodes in turn, and the states whose channels make its output. */
export interface DartsCell {
  readonly inputs: readonly DartsInput[];
  readonly concat: readonly number[];
}

/** A DARTS architecture: the cell that keeps the resolution and the one that halves it. */
export interface DartsArchitecture {
  readonly space: 'darts';
  readonly normal: DartsCell;
  readonly reduce: DartsCell;
}

const INPUTS = DARTS_STEPS * DARTS_INPUTS_PER_NODE;
const FIELDS = ['normal', 'normal_concat', 'reduce', 'reduce_concat'] as const;
const WHAT = 'DARTS genotype';

/** The inner node that the input at a position belongs to. */
function nodeOf(position: number): number {
  return Math.floor(position / DARTS_INPUTS_PER_NODE);
}

/** The error in a cell, if any: the path below the cell, the value, and what would be right. */
function cellProblem(cell: DartsCell): { path: string; value: unknown; right: string } | undefined {
  if (cell.inputs.length !== INPUTS) {
    return {
      path: 'inputs',
      value: cell.inputs,
      right: `${INPUTS} inputs, ${DARTS_INPUTS_PER_NODE} for each node`,
    };
  }
  for (const [position, { op, state }] of cell.inputs.entries()) {
    if (!DARTS_GENOTYPE_OPS.includes(op)) {
      return { path: `inputs[${position}].op`, value: op, right: expectedOp() };
    }
    if (!Number.isInteger(state) || state < 0 || state > nodeOf(position) + 1) {
      return { path: `inputs[${position}].state`, value: state, right: expectedState(position) };
    }
  }
  if (cell.concat.length === 0) return { path: 'concat', value: cell.concat, right: 'at least one state' };
  for (const [position, state] of cell.concat.entries()) {
    if (!isConcatState(state) || cell.concat.indexOf(state) < position) {
      return { path: `concat[${position}]`, value: state, right: expectedConcat() };
    }
  }
  return undefined;
}

function isConcatState(state: number): boolean {
  return Number.isInteger(state) && state >= 2 && state < 2 + DARTS_STEPS;
}

function expectedOp(): string {
  return `one of ${DARTS_GENOTYPE_OPS.join(', ')}`;
}

function expectedState(position: number): string {
  const node = nodeOf(position);
  return `a state from 0 to ${node + 1} (what node ${node} can read)`;
}

function expectedConcat(): string {
  return `an inner state from 2 to ${DARTS_STEPS + 1}, each at most once`;
}

/**
 * Checks an architecture built by hand.
 *
 * @throws TenasError `ARCHITECTURE_INVALID` naming the cell and place.
 */
export function dartsArchitecture(cells: Readonly<Record<DartsCellType, DartsCell>>): DartsArchitecture {
  for (const type of DARTS_CELL_TYPES) {
    const problem = cellProblem(cells[type]);
    if (problem !== undefined) {
      const field = `${type}.${problem.path}`;
      throw new TenasError(
        'ARCHITECTURE_INVALID',
        `${field} must be ${problem.right}, got ${JSON.stringify(problem.value)}`,
        { field, value: problem.value },
      );
    }
  }
  return { space: 'darts', normal: cells.normal, reduce: cells.reduce };
}

/** The DARTS community's text: `Genotype(normal=[('sep_conv_3x3', 1), ...], normal_concat=[2, 3, 4, 5], reduce=...)`. */
export function formatDarts(architecture: DartsArchitecture): string {
  const fields = DARTS_CELL_TYPES.flatMap((type) => {
    const { inputs, concat } = architecture[type];
    const pairs = inputs.map(({ op, state }) => `('${op}', ${state})`);
    return [`${type}=[${pairs.join(', ')}]`, `${type}_concat=[${concat.join(', ')}]`];
  });
  return `Genotype(${fields.join(', ')})`;
}

/** A genotype as plain JSON data, with the field names of the community's text. */
export interface DartsGenotypeJson {
  readonly normal: readonly (readonly [op: DartsGenotypeOp, state: number])[];
  readonly normal_concat: readonly number[];
  readonly reduce: readonly (readonly [op: DartsGenotypeOp, state: number])[];
  readonly reduce_concat: readonly number[];
}

/** The JSON form of an architecture; `JSON.stringify` of it is read back by {@link parseDarts}. */
export function dartsToJson(architecture: DartsArchitecture): DartsGenotypeJson {
  const pairs = (cell: DartsCell) => cell.inputs.map(({ op, state }) => [op, state] as const);
  return {
    normal: pairs(architecture.normal),
    normal_concat: architecture.normal.concat,
    reduce: pairs(architecture.reduce),
    reduce_concat: architecture.reduce.concat,
  };
}

/**
 * Reads a genotype: the community's text (`range(2, 6)` for a concat and an assignment `NAME = ` before it are
 * understood) or the JSON form.
 *
 * @throws GenotypeSyntaxError (a TenasError, code `GENOTYPE_SYNTAX`) with position, token, what was expected, and a
 * caret line.
 */
export function parseDarts(text: string): DartsArchitecture {
  const fail = (place: { at: number; token: string }, expected: string): never => {
    throw new GenotypeSyntaxError({ text, position: place.at, token: place.token, expected, what: WHAT });
  };
  const root = parseLiteral(text, WHAT);
  if (root.kind !== 'record' || !['Genotype', '{'].includes(root.token)) {
    return fail(
      root,
      'Genotype(normal=..., normal_concat=..., reduce=..., reduce_concat=...) or the same as JSON',
    );
  }
  const fields = new Map<string, LiteralEntry>();
  for (const entry of root.entries) {
    const place = { at: entry.at, token: entry.key };
    if (!(FIELDS as readonly string[]).includes(entry.key))
      fail(place, `one of the fields ${FIELDS.join(', ')}`);
    if (fields.has(entry.key)) fail(place, `each field once, ${entry.key} is repeated`);
    fields.set(entry.key, entry);
  }
  const list = (field: string) => {
    const entry = fields.get(field);
    if (entry === undefined) return fail({ at: root.end, token: text[root.end] ?? '' }, `the field ${field}`);
    return entry.value.kind === 'list' ? entry.value : fail(entry.value, `a list for ${field}`);
  };
  const readCell = (type: DartsCellType): DartsCell => {
    const inputs = list(type);
    const concat = list(`${type}_concat`);
    const extra = inputs.items[INPUTS] ?? inputs;
    if (inputs.items.length !== INPUTS) {
      return fail(
        extra,
        `${INPUTS} pairs (operation, state), ${DARTS_INPUTS_PER_NODE} for each node; there are ${inputs.items.length}`,
      );
    }
    if (concat.items.length === 0) return fail(concat, 'at least one state');
    return {
      inputs: inputs.items.map((item, position) => readInput(item, position, fail)),
      concat: readConcat(concat.items, fail),
    };
  };
  return { space: 'darts', normal: readCell('normal'), reduce: readCell('reduce') };
}

type Fail = (place: Literal, expected: string) => never;

function readInput(pair: Literal, position: number, fail: Fail): DartsInput {
  if (pair.kind !== 'list' || pair.items.length !== 2) return fail(pair, 'a pair (operation, state)');
  const [name, state] = pair.items as [Literal, Literal];
  const op = name.kind === 'string' ? DARTS_GENOTYPE_OPS.find((known) => known === name.value) : undefined;
  if (op === undefined) return fail(name, expectedOp());
  if (state.kind !== 'integer' || state.value > nodeOf(position) + 1)
    return fail(state, expectedState(position));
  return { op, state: state.value };
}

function readConcat(items: readonly Literal[], fail: Fail): number[] {
  const states: number[] = [];
  for (const item of items) {
    if (item.kind !== 'integer' || !isConcatState(item.value) || states.includes(item.value)) {
      return fail(item, expectedConcat());
    }
    states.push(item.value);
  }
  return states;
}
