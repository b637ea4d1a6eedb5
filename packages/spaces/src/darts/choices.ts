import { TenasError } from '@tenas/base';
import { type Choices, checkChoices, type Decision } from '../domain.js';
import {
  DARTS_CONCAT,
  type DartsArchitecture,
  type DartsCell,
  type DartsInput,
  dartsArchitecture,
} from './genotype.js';
import {
  DARTS_CELL_TYPES,
  DARTS_GENOTYPE_OPS,
  DARTS_INPUTS_PER_NODE,
  DARTS_STEPS,
  type DartsCellType,
} from './operations.js';

/** Pairs of different states that a node can read: `0,1`, `0,2`, `1,2` and so on. */
function pairsOf(node: number): string[] {
  return Array.from({ length: node + 2 }, (_, second) =>
    Array.from({ length: second }, (_, first) => `${first},${second}`),
  ).flat();
}

function namesOf(type: DartsCellType, node: number) {
  const place = `${type}/${node}`;
  return { inputs: `${place}/inputs`, ops: [`${place}/op1`, `${place}/op2`] } as const;
}

/**
 * The decisions of one cell: for each inner node the pair of states that it reads, and the operation on the lower and on
 * the higher of them.
 */
export function cellDecisions(type: DartsCellType): readonly Decision[] {
  return Array.from({ length: DARTS_STEPS }, (_, node) => {
    const { inputs, ops } = namesOf(type, node);
    return [
      { name: inputs, choices: pairsOf(node), group: type },
      ...ops.map((name) => ({ name, choices: DARTS_GENOTYPE_OPS, group: type })),
    ];
  }).flat();
}

/** The decisions of the space: those of both cells. */
export const DARTS_DECISIONS: readonly Decision[] = DARTS_CELL_TYPES.flatMap(cellDecisions);

function notChosen(field: string, value: unknown, message: string): TenasError {
  return new TenasError('ARCHITECTURE_INVALID', `${field}: ${message}`, { field, value });
}

/** Whether the output of a cell is that of every cell of the search space, in whatever order. */
export function joinsAllNodes({ concat }: DartsCell): boolean {
  return concat.length === DARTS_CONCAT.length && DARTS_CONCAT.every((state) => concat.includes(state));
}

/** The two inputs of a node, the one of the lower state first. */
function inputsOf(cell: DartsCell, type: DartsCellType, node: number): readonly [DartsInput, DartsInput] {
  const start = node * DARTS_INPUTS_PER_NODE;
  const [first, second] = cell.inputs
    .slice(start, start + DARTS_INPUTS_PER_NODE)
    .toSorted((a, b) => a.state - b.state) as [DartsInput, DartsInput];
  if (first.state < second.state) return [first, second];
  throw notChosen(
    `${type}.inputs`,
    first.state,
    `node ${node} reads state ${first.state} twice, which cannot be chosen`,
  );
}

/**
 * The choices that make a cell; one that lists a node's inputs the other way round has the same.
 *
 * @throws TenasError `ARCHITECTURE_INVALID` if a node reads a state twice or has the operation `none`, or the output is not
 * that of all inner nodes: such cells can be written and built, but there is no choice for them.
 */
export function cellChoices(type: DartsCellType, cell: DartsCell): Choices {
  if (!joinsAllNodes(cell)) {
    throw notChosen(
      `${type}.concat`,
      cell.concat,
      'does not join the four nodes alone, which cannot be chosen',
    );
  }
  const none = cell.inputs.findIndex(({ op }) => op === 'none');
  if (none >= 0) {
    throw notChosen(`${type}.inputs[${none}].op`, 'none', 'none adds nothing, which cannot be chosen');
  }
  const entries = Array.from({ length: DARTS_STEPS }, (_, node) => {
    const { inputs, ops } = namesOf(type, node);
    const [first, second] = inputsOf(cell, type, node);
    return [
      [inputs, `${first.state},${second.state}`],
      [ops[0], first.op],
      [ops[1], second.op],
    ];
  }).flat();
  return Object.fromEntries(entries);
}

/** The cell of checked choices. */
export function chosenCell(type: DartsCellType, checked: Choices): DartsCell {
  const inputs = Array.from({ length: DARTS_STEPS }, (_, node) => {
    const names = namesOf(type, node);
    const states = checked[names.inputs]!.split(',').map(Number);
    return states.map((state, place) => {
      const op = DARTS_GENOTYPE_OPS.find((known) => known === checked[names.ops[place]!])!;
      return { op, state };
    });
  }).flat();
  return { inputs, concat: DARTS_CONCAT };
}

/**
 * The choices that make an architecture; a genotype that lists a node's inputs the other way round has the same.
 *
 * @throws TenasError `ARCHITECTURE_INVALID` if a node reads a state twice or has the operation `none`, the output is not
 * that of all inner nodes, or the reduction cell is fixed: such genotypes can be written and built, but the space has no
 * choice for them.
 */
export function dartsChoices(architecture: DartsArchitecture): Choices {
  const choices = DARTS_CELL_TYPES.map((type) => {
    const cell = architecture[type];
    if (cell === null) throw notChosen(type, cell, 'is a fixed cell, which cannot be chosen');
    return cellChoices(type, cell);
  });
  return Object.assign({}, ...choices);
}

/** The architecture of one choice for each decision. @throws TenasError `CHOICES_INVALID` naming the decision. */
export function dartsFromChoices(choices: Choices): DartsArchitecture {
  const checked = checkChoices(DARTS_DECISIONS, choices);
  return dartsArchitecture({
    normal: chosenCell('normal', checked),
    reduce: chosenCell('reduce', checked),
  });
}
