import { TenasError } from '@tenas/base';
import { type ActiveOps, type OpChoice, type PrunableSpace, withoutOp } from '@tenas/spaces';

/** An operation that a round may prune. */
export interface Candidate extends OpChoice {
  /** Place among all operations of all edges of the space, whatever is active. */
  readonly slot: number;
}

/** Operations of all edges of a space. */
export function slotCount(space: PrunableSpace): number {
  return space.cellTypes.length * space.edges.length * space.ops.length;
}

/** Active operations of the given edges of a cell type, in the order edge, operation. */
function operationsOf(
  space: PrunableSpace,
  active: ActiveOps,
  cell: string,
  edges: readonly string[],
): Candidate[] {
  const { cellTypes, ops } = space;
  return edges.flatMap((edge) => {
    const edgeIndex = cellTypes.indexOf(cell) * space.edges.length + space.edges.indexOf(edge);
    return active[cell]![edge]!.map((op) => ({
      cell,
      edge,
      op,
      slot: edgeIndex * ops.length + ops.indexOf(op),
    }));
  });
}

/** Every operation of every edge that has more than one, in the order cell type, edge, operation. */
export function operationCandidates(space: PrunableSpace, active: ActiveOps): Candidate[] {
  return space.cellTypes.flatMap((cell) =>
    operationsOf(
      space,
      active,
      cell,
      space.edges.filter((edge) => active[cell]![edge]!.length > 1),
    ),
  );
}

/** The inputs of one node, which compete for being kept. */
export interface EdgeGroup {
  readonly cell: string;
  readonly edges: readonly string[];
}

/** Node groups that have more inputs than are to be kept, in the order cell type, node. */
export function edgeGroups(space: PrunableSpace): EdgeGroup[] {
  const { edgePruning } = space;
  if (edgePruning === null) return [];
  return space.cellTypes.flatMap((cell) =>
    edgePruning.groups
      .filter(([start, end]) => end - start > edgePruning.keep)
      .map(([start, end]) => ({ cell, edges: space.edges.slice(start, end) })),
  );
}

/** The one operation of each edge of a group. */
export function edgeCandidates(
  space: PrunableSpace,
  active: ActiveOps,
  { cell, edges }: EdgeGroup,
): Candidate[] {
  return operationsOf(space, active, cell, edges);
}

/** The active set without all of these operations. */
export function withoutAll(active: ActiveOps, pruned: readonly OpChoice[]): ActiveOps {
  return pruned.reduce(withoutOp, active);
}

/** How many architectures the active operations make: one operation an edge. */
export function countArchitectures(active: ActiveOps): number {
  return Object.values(active)
    .flatMap((edges) => Object.values(edges))
    .reduce((product, ops) => product * ops.length, 1);
}

/** Every choice of one operation an edge, in the order of the space's operations, the last edge's changing fastest. */
export function choicesOf(active: ActiveOps): ActiveOps[] {
  const decided = Object.entries(active).map(([cell, edges]) =>
    Object.entries(edges)
      .reduce<Record<string, readonly string[]>[]>(
        (some, [edge, ops]) => some.flatMap((choice) => ops.map((op) => ({ ...choice, [edge]: [op] }))),
        [{}],
      )
      .map((choice) => [cell, choice] as const),
  );
  return decided
    .reduce<(readonly [string, Record<string, readonly string[]>])[][]>(
      (some, cells) => some.flatMap((chosen) => cells.map((cell) => [...chosen, cell])),
      [[]],
    )
    .map((cells) => Object.fromEntries(cells));
}

/** Active operations of all edges together. */
export function countActive(active: ActiveOps): number {
  return Object.values(active)
    .flatMap((edges) => Object.values(edges))
    .reduce((sum, ops) => sum + ops.length, 0);
}

/**
 * Checks the operations that a search starts from: each edge has one, or, where edges are pruned too, each node keeps
 * enough inputs.
 * @throws TenasError `ACTIVE_OPS_INVALID`
 */
export function checkStart(space: PrunableSpace, given: unknown): ActiveOps {
  const active = space.checkActive(given);
  const groups = space.edgePruning?.groups ?? space.edges.map((_, index) => [index, index + 1] as const);
  for (const cell of space.cellTypes) {
    for (const [start, end] of groups) {
      const edges = space.edges.slice(start, end);
      const needed = Math.min(space.edgePruning?.keep ?? 1, edges.length);
      const usable = edges.filter((edge) => active[cell]![edge]!.length > 0).length;
      if (usable >= needed) continue;
      throw new TenasError(
        'ACTIVE_OPS_INVALID',
        `active.${cell}: ${edges.join(', ')} must have operations on at least ${needed} of ${edges.length} edges, not on ${usable}`,
        { field: `active.${cell}`, value: active[cell] },
      );
    }
  }
  return active;
}
