/** A block as whole numbers, one for each field. */
export type ProgressiveBlock = readonly number[];

/** One thing that a block says, such as what it reads or which operation it applies. */
export interface BlockField {
  /** Fields of one vocabulary say the same kind of thing: a number means the same in each. */
  readonly vocabulary: string;
  /** Numbers are from 0 up to, without, this. */
  readonly size: number;
}

/**
 * Architectures that are built block by block: those of a level are those of the level before with one more block. For
 * searches that go from few blocks to many, as PNAS (Liu et al., ECCV 2018, arXiv 1712.00559).
 */
export interface Progressive<A extends object = object> {
  /** Blocks of a whole architecture. */
  readonly levels: number;
  /** What each block says. */
  readonly fields: readonly BlockField[];
  /** The blocks that may come at a level, from 1, whatever stands before; each once. */
  blocks(level: number): readonly ProgressiveBlock[];
  /** The architecture of so many blocks, the first of level 1, the next of level 2 and so on. */
  architecture(blocks: readonly ProgressiveBlock[]): A;
  /** A text that lists of blocks share which make the same architectures whatever comes next, and no others. */
  key(blocks: readonly ProgressiveBlock[]): string;
}

/** Unordered pairs of items, an item with itself included. */
export function unorderedPairs<T>(items: readonly T[]): (readonly [T, T])[] {
  return items.flatMap((first, place) => items.slice(place).map((second) => [first, second] as const));
}
