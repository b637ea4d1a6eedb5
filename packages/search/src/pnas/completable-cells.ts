import { TenasError } from '@tenas/base';
import type { Progressive, ProgressiveBlock } from '@tenas/spaces';
import type { Ask } from '../ask.js';
import { amountText, constraintText } from '../constraints/read-constraint.js';
import type { Cell } from './predictor.js';

/** Tells which cells of few blocks can still become whole cells within the constraints. */
export interface CompletableCells {
  /** Whether one of the cheapest completions of a cell is within the constraints. */
  fits(cell: Cell): boolean;
  /** A cell with one more block that fits, as the cell does; null: there is none. */
  next(cell: Cell): Cell | null;
}

/**
 * The cells that can be completed within the constraints of a search; null: there are no constraints. A cell is completed
 * by blocks that cost the least: one list of blocks for each constraint.
 *
 * @throws TenasError `BUDGET_INFEASIBLE` where no such list is a cell within the constraints by itself
 */
export function completableCells(ask: Ask, progressive: Progressive): CompletableCells | null {
  const { constraints } = ask;
  if (constraints.length === 0) return null;
  const cheapest = constraints.map(({ costOf }) => cheapestCell(progressive, costOf));
  const completions = (cell: Cell): Cell[] =>
    cheapest.map((blocks) => [...cell, ...blocks.slice(cell.length)]);
  const fits = (cell: Cell): boolean =>
    completions(cell).some((whole) => ask.allowed(progressive.architecture(whole)));
  if (!fits([])) throw infeasible(ask, progressive.architecture(cheapest[0]!));
  const next = (cell: Cell): Cell | null =>
    completions(cell)
      .map((whole) => whole.slice(0, cell.length + 1))
      .find(fits) ?? null;
  return { fits, next };
}

/** The whole cell of each level's cheapest block, the others being the first ones or already chosen. */
function cheapestCell(progressive: Progressive, costOf: (architecture: object) => number): Cell {
  const levels = Array.from({ length: progressive.levels }, (_, place) => progressive.blocks(place + 1));
  let blocks: ProgressiveBlock[] = levels.map(([first]) => first!);
  for (const [place, open] of levels.entries()) {
    const costs = open.map((block) => costOf(progressive.architecture(blocks.with(place, block))));
    blocks = blocks.with(place, open[costs.indexOf(Math.min(...costs))]!);
  }
  return blocks;
}

function infeasible({ constraints, space }: Ask, cheapest: object): TenasError {
  const bounds = constraints.map(constraintText).join(', ');
  const costs = constraints.map(({ name, unit, costOf }) => `${name} ${amountText(costOf(cheapest), unit)}`);
  return new TenasError(
    'BUDGET_INFEASIBLE',
    `constraints: got ${bounds}; the cheapest architecture that grows block by block is ${space.format(cheapest)} with ${costs.join(', ')}`,
    { field: 'constraints', value: bounds },
  );
}
