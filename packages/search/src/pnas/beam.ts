import type { Progressive, ProgressiveBlock } from '@tenas/spaces';
import type { Ensemble } from './ensemble.js';
import type { Cell } from './predictor.js';

/** A cell that comes into the beam. */
export interface Candidate {
  readonly cell: Cell;
  readonly predicted: number;
}

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
  },
): Promise<{ readonly chosen: readonly Candidate[]; readonly candidates: number }> {
  const { level, beam, ensemble, pause } = options;
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
  for (const candidate of order) {
    if (chosen.length === beam) break;
    const cell = cellOf(candidate);
    const name = key(cell);
    if (keys.has(name)) continue;
    keys.add(name);
    chosen.push({ cell, predicted: predicted[candidate]! });
  }
  return { chosen, candidates: order.length };
}
