import { TenasError } from '@tenas/base';
import {
  DARTS_CELL_TYPES,
  DARTS_INPUTS_PER_NODE,
  DARTS_OPS,
  DARTS_STEPS,
  type DartsCellType,
  type DartsOp,
} from './operations.js';

/** One input of a node: the operation and the state that it reads. `none` adds zeros, whatever it reads. */
export interface DartsInput {
  readonly op: DartsOp;
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
  /** null: the fixed reduction cell of GDAS (Dong and Yang, CVPR 2019). */
  readonly reduce: DartsCell | null;
}

/** Number of a cell's inputs: two for each node. */
export const DARTS_INPUTS = DARTS_STEPS * DARTS_INPUTS_PER_NODE;

/** The states that make the output of every cell of the search space: all inner nodes. */
export const DARTS_CONCAT: readonly number[] = Array.from({ length: DARTS_STEPS }, (_, node) => node + 2);

/** The inner node that the input at a position belongs to. */
export function nodeOf(position: number): number {
  return Math.floor(position / DARTS_INPUTS_PER_NODE);
}

/** Whether the output of a cell can join a state. The inputs of a reduction cell are larger than its nodes. */
export function isConcatState(type: DartsCellType, state: number): boolean {
  return Number.isInteger(state) && state >= (type === 'normal' ? 0 : 2) && state < 2 + DARTS_STEPS;
}

/** Words for errors: the operations. */
export function expectedOp(): string {
  return `one of ${DARTS_OPS.join(', ')}`;
}

/** Words for errors: what the node of an input can read. */
export function expectedState(position: number): string {
  const node = nodeOf(position);
  return `a state from 0 to ${node + 1} (what node ${node} can read)`;
}

/** Words for errors: what a cell's output can join. */
export function expectedConcat(type: DartsCellType): string {
  const first = type === 'normal' ? 'a state from 0' : 'an inner state from 2';
  return `${first} to ${DARTS_STEPS + 1}, each at most once`;
}

/** The error in a cell, if any: the path below the cell, the value, and what would be right. */
function cellProblem(
  type: DartsCellType,
  cell: DartsCell,
): { path: string; value: unknown; right: string } | undefined {
  if (cell.inputs.length !== DARTS_INPUTS) {
    return {
      path: 'inputs',
      value: cell.inputs,
      right: `${DARTS_INPUTS} inputs, ${DARTS_INPUTS_PER_NODE} for each node`,
    };
  }
  for (const [position, { op, state }] of cell.inputs.entries()) {
    if (!DARTS_OPS.includes(op)) return { path: `inputs[${position}].op`, value: op, right: expectedOp() };
    if (!Number.isInteger(state) || state < 0 || state > nodeOf(position) + 1) {
      return { path: `inputs[${position}].state`, value: state, right: expectedState(position) };
    }
  }
  if (cell.concat.length === 0) return { path: 'concat', value: cell.concat, right: 'at least one state' };
  for (const [position, state] of cell.concat.entries()) {
    if (!isConcatState(type, state) || cell.concat.indexOf(state) < position) {
      return { path: `concat[${position}]`, value: state, right: expectedConcat(type) };
    }
  }
  return undefined;
}

/**
 * Checks an architecture built by hand.
 *
 * @throws TenasError `ARCHITECTURE_INVALID` naming the cell and place.
 */
export function dartsArchitecture({
  normal,
  reduce,
}: Pick<DartsArchitecture, 'normal' | 'reduce'>): DartsArchitecture {
  for (const [type, cell] of [['normal', normal] as const, ['reduce', reduce] as const]) {
    const problem = cell === null ? undefined : cellProblem(type, cell);
    if (problem !== undefined) {
      const field = `${type}.${problem.path}`;
      throw new TenasError(
        'ARCHITECTURE_INVALID',
        `${field} must be ${problem.right}, got ${JSON.stringify(problem.value)}`,
        { field, value: problem.value },
      );
    }
  }
  return { space: 'darts', normal, reduce };
}

/** The cells of an architecture that are not fixed, with their types. */
export function dartsCells(architecture: DartsArchitecture): (readonly [DartsCellType, DartsCell])[] {
  return DARTS_CELL_TYPES.flatMap((type) => {
    const cell = architecture[type];
    return cell === null ? [] : [[type, cell] as const];
  });
}

/** The fields of a cell in the DARTS community's text; `normal=None` and so on of a fixed one. */
export function formatCell(type: DartsCellType, cell: DartsCell | null): string {
  const pairs = cell?.inputs.map(({ op, state }) => `('${op}', ${state})`).join(', ');
  const concat = cell?.concat ?? DARTS_CONCAT;
  return `${type}=${pairs === undefined ? 'None' : `[${pairs}]`}, ${type}_concat=[${concat.join(', ')}]`;
}

/**
 * The DARTS community's text: `Genotype(normal=[('sep_conv_3x3', 1), ...], normal_concat=[2, 3, 4, 5], reduce=...)`. A
 * fixed reduction cell reads `reduce=None`, as its authors write it.
 */
export function formatDarts(architecture: DartsArchitecture): string {
  return `Genotype(${DARTS_CELL_TYPES.map((type) => formatCell(type, architecture[type])).join(', ')})`;
}

/** A genotype as plain JSON data, with the field names of the community's text. */
export interface DartsGenotypeJson {
  readonly normal: readonly (readonly [op: DartsOp, state: number])[];
  readonly normal_concat: readonly number[];
  /** null: the fixed reduction cell of GDAS. */
  readonly reduce: readonly (readonly [op: DartsOp, state: number])[] | null;
  readonly reduce_concat: readonly number[];
}

/** The JSON form of an architecture; `JSON.stringify` of it is read back by `parseDarts`. */
export function dartsToJson({ normal, reduce }: DartsArchitecture): DartsGenotypeJson {
  const pairs = (cell: DartsCell) => cell.inputs.map(({ op, state }) => [op, state] as const);
  return {
    normal: pairs(normal),
    normal_concat: normal.concat,
    reduce: reduce && pairs(reduce),
    reduce_concat: reduce?.concat ?? DARTS_CONCAT,
  };
}
