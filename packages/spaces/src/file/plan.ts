import type { Choices, Decision } from '../domain.js';
import type { FixedOperation } from './operations.js';

/** A block with every open value made a choice between blocks without one. */
export type Block = FixedOperation | SequenceBlock | ChoiceBlock | CellBlock;

/** Blocks, one after the other: the first has the stride. */
export interface SequenceBlock {
  readonly kind: 'sequence';
  readonly blocks: readonly Block[];
  /** Whether the input is added. */
  readonly skip: boolean;
}

/** Blocks of which a decision takes one. */
export interface ChoiceBlock {
  readonly kind: 'choice';
  /** Name of the decision. */
  readonly decision: string;
  /** The field that is open; undefined where whole blocks are. */
  readonly field?: string | undefined;
  /** By choice, in the order of the decision; null: no edge. */
  readonly alternatives: ReadonlyMap<string, Block | null>;
}

/** A cell: nodes that are sums of what their edges bring. */
export interface CellBlock {
  readonly kind: 'cell';
  readonly name: string;
  /** By node, the input not among them: its edges. */
  readonly nodes: readonly (readonly CellEdge[])[];
  readonly output: 'last' | 'concat';
}

/** An edge of a cell. */
export interface CellEdge {
  /** `2<-0`. */
  readonly name: string;
  readonly from: number;
  readonly block: ChoiceBlock;
}

/** A number that is fixed, or what the choices of a decision stand for. */
export type Amount = number | { readonly decision: string };

/** Layers of one width, of which the first has the stride. */
export interface Stage {
  readonly name: string;
  readonly channels: Amount;
  readonly stride: Amount;
  /** `N`: as the size of the network says; null: one layer that is not numbered. */
  readonly layers: Amount | 'N' | null;
  /** One block for all layers, or one for each. */
  readonly blocks: readonly Block[];
}

/** A space as a file describes it, checked and without references. */
export interface SpacePlan {
  readonly decisions: readonly Decision[];
  /** Stem and head among them. */
  readonly stages: readonly Stage[];
  /** Channels of the stem in the network to train. */
  readonly channels: number;
  /** All numbers of channels are multiples of it. */
  readonly multiple: number;
  /** Layers of the stages that say N, in the network to train; null where none does. */
  readonly N: number | null;
}

/** The blocks right inside of a block, cells' among them. */
export function innerBlocks(block: Block): readonly Block[] {
  switch (block.kind) {
    case 'operation':
      return [];
    case 'sequence':
      return block.blocks;
    case 'choice':
      return [...block.alternatives.values()].filter((inner) => inner !== null);
    case 'cell':
      return block.nodes.flatMap((edges) => edges.map((edge) => edge.block));
  }
}

/** The blocks right inside of a block that an architecture has. */
export function chosenBlocks(block: Block, choices: Choices): readonly Block[] {
  if (block.kind !== 'choice') return innerBlocks(block);
  const chosen = block.alternatives.get(choices[block.decision]!) ?? null;
  return chosen === null ? [] : [chosen];
}

/** The decisions inside of a block. */
export function decisionsIn(block: Block): ReadonlySet<string> {
  const inner = innerBlocks(block).flatMap((one) => [...decisionsIn(one)]);
  return new Set(block.kind === 'choice' ? [block.decision, ...inner] : inner);
}

/**
 * Whether a supernet can hold a block: every choice is between blocks without a choice, whose outputs are sums of what the
 * engine can leave out.
 */
export function fitsSupernet(block: Block): boolean {
  if (block.kind !== 'choice') return innerBlocks(block).every(fitsSupernet);
  return innerBlocks(block).every((inner) => decisionsIn(inner).size === 0 && !hasInnerSum(inner));
}

/** Whether something reads a sum inside of a block: the engine runs all sums, even those of what is switched off. */
function hasInnerSum(block: Block): boolean {
  if (block.kind === 'operation') {
    const { op, fields } = block;
    return (op === 'residual' || op === 'bottleneck') && fields.skip && fields.activation !== null;
  }
  if (block.kind !== 'sequence') return true;
  const last = block.blocks.length - 1;
  return block.blocks.some((inner, index) => hasInnerSum(inner) || (index < last && isSum(inner)));
}

/** Whether the output of a block may be a sum. */
function isSum(block: Block): boolean {
  if (block.kind !== 'sequence') return block.kind !== 'operation' || block.fields.skip;
  return block.skip || isSum(block.blocks.at(-1)!);
}

/** Whether a decision only matters for some choices of another. */
export function isConditional(block: Block): boolean {
  const inner = innerBlocks(block);
  if (inner.some(isConditional)) return true;
  if (block.kind !== 'choice') return false;
  const sets = [...block.alternatives.values()].map((one) => (one === null ? [] : [...decisionsIn(one)]));
  return sets.some((set) => set.join() !== sets[0]!.join());
}

/** Operations in a block: of one architecture at most, or of all alternatives together. */
export function operationsIn(block: Block, all: boolean): number {
  const inner = innerBlocks(block).map((one) => operationsIn(one, all));
  if (block.kind === 'operation') return 1;
  if (block.kind === 'choice' && !all) return Math.max(0, ...inner);
  return inner.reduce((sum, count) => sum + count, 0);
}
