import type { Progressive, ProgressiveBlock } from '@tenas/spaces';
import type { CompletableCells } from './completable-cells.js';
import type { Ensemble } from './ensemble.js';
import type { Cell } from './predictor.js';

/** A cell that comes into the beam. */
export interface Candidate {
  readonly cell: Cell;
  readonly predicted: number;
}

/** Cells above a bound that are looked at for each one that comes into the beam. */
const REFUSALS_PER_CELL = 20;
const REFUSALS_PER_PAUSE = 20;

/** The cells of the first level: each block by itself, of those that make the same network the first. */
export function firstCells({ blocks, key }: Progressive): Cell[] {
  const cells = new Map<string, Cell>();
  for (const block of blocks(1)) {
    const cell = [block];
    const name = key(cell);
    if (!cells.has(name)) cells.set(name, cell);
  }
  return [...cells.values()];
}

/**
 * The most promising cells of the next level: every cell of the present one with every block behind it, by prediction, the
 * best first, of equals the earlier one. Of cells that differ in the order of their blocks alone the best counts.
 *
 * @param level of the cells that are made, from 2
 * @param pause is called after each cell that is extended
 */
export async function nextCells(
  { blocks: blocksOf, key }: Progressive,
  cells: readonly Cell[],
  options: {
    readonly level: number;
    readonly beam: number;
    readonly ensemble: Pick<Ensemble, 'predictNext'>;
    readonly pause: () => Promise<void>;
    /** null: any cell may come. */
    readonly completable: CompletableCells | null;
  },
): Promise<{ readonly chosen: readonly Candidate[]; readonly candidates: number }> {
  const { level, beam, ensemble, pause, completable } = options;
  const blocks = blocksOf(level);
  const predicted = new Float64Array(cells.length * blocks.length);
  for (const [place, cell] of cells.entries()) {
    predicted.set(ensemble.predictNext(cell, blocks), place * blocks.length);
    await pause();
  }
  const order = Uint32Array.from(predicted, (_, candidate) => candidate);
  order.sort((one, other) => predicted[other]! - predicted[one]! || one - other);
  const cellOf = (candidate: number): ProgressiveBlock[] => [
    ...cells[Math.floor(candidate / blocks.length)]!,
    blocks[candidate % blocks.length]!,
  ];
  const keys = new Set<string>();
  const chosen: Candidate[] = [];
  const choose = (candidate: number, cell: Cell): void => {
    keys.add(key(cell));
    chosen.push({ cell, predicted: predicted[candidate]! });
  };
  let refused = 0;
  for (const candidate of order) {
    if (chosen.length === beam || refused > REFUSALS_PER_CELL * beam) break;
    const cell = cellOf(candidate);
    if (keys.has(key(cell))) continue;
    if (completable === null || completable.fits(cell)) {
      choose(candidate, cell);
      continue;
    }
    if (++refused % REFUSALS_PER_PAUSE === 0) await pause();
  }
  // Where few fit, each cell goes on with a block that does.
  for (const [place, cell] of chosen.length < beam && completable !== null ? cells.entries() : []) {
    const next = completable?.next(cell) ?? null;
    if (next === null || keys.has(key(next)) || chosen.length === beam) continue;
    choose(place * blocks.length + blocks.findIndex((block) => String(block) === String(next.at(-1))), next);
  }
  return { chosen, candidates: order.length };
}
