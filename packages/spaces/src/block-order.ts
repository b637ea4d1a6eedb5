/** An operation of a block and the state that it reads: 0 and 1 are the inputs of the cell, 2 is the first block. */
export interface BlockPart {
  readonly op: string;
  readonly state: number;
}

/** A block: the operations whose outputs it adds. */
export type BlockParts = readonly BlockPart[];

/** States of a cell that are no blocks. */
const INPUTS = 2;

/**
 * The order of blocks, by their places, that stands for all orders in which each block reads earlier ones alone: cells that
 * differ in the order of their blocks, or in the order of the parts of a block, have the same text in this order.
 */
export function canonicalOrder(blocks: readonly BlockParts[]): number[] {
  // What a block computes, as a formula. It is longer than those of the blocks that it reads, so they come before it.
  const formulas: string[] = [];
  for (const parts of blocks) {
    const terms = parts.map(
      ({ op, state }) => `${op}(${state < INPUTS ? state : formulas[state - INPUTS]!})`,
    );
    formulas.push(terms.sort().join('+'));
  }
  const before = (one: number, other: number): number => {
    const [a, b] = [formulas[one]!, formulas[other]!];
    return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
  };
  const sorted = [...blocks.keys()].sort(before);
  // Blocks of one formula can still be read by different ones.
  let orders: number[][] = [[]];
  for (let start = 0; start < sorted.length; ) {
    let end = start + 1;
    while (end < sorted.length && formulas[sorted[end]!] === formulas[sorted[start]!]) end += 1;
    const alike = permutations(sorted.slice(start, end));
    orders = orders.flatMap((order) => alike.map((some) => [...order, ...some]));
    start = end;
  }
  let [best] = orders;
  let bestText = orderedText(blocks, best!);
  for (const order of orders.slice(1)) {
    const text = orderedText(blocks, order);
    if (text < bestText) [best, bestText] = [order, text];
  }
  return best!;
}

/** A text of the blocks in an order: their parts sorted, states renumbered. */
export function orderedText(blocks: readonly BlockParts[], order: readonly number[]): string {
  return reordered(blocks, order)
    .map((parts) =>
      parts
        .map(({ op, state }) => `${state}${op}`)
        .sort()
        .join('+'),
    )
    .join('|');
}

/** Blocks in another order, their states renumbered. */
export function reordered<Part extends BlockPart>(
  blocks: readonly (readonly Part[])[],
  order: readonly number[],
): Part[][] {
  return order.map((place) =>
    blocks[place]!.map((part) =>
      part.state < INPUTS ? part : { ...part, state: INPUTS + order.indexOf(part.state - INPUTS) },
    ),
  );
}

function permutations(items: readonly number[]): number[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}
