import type { Graph, GraphBuilder, NodeId } from '@tenas/graph';
import type { ActiveOps, OpGrid } from './active-ops.js';
import { checkActive } from './active-ops.js';

/**
 * A network that holds every operation of a space on every edge. The graph is built once; which operations take part
 * is said by the mixing coefficients of a request.
 */
export interface Supernet {
  /** Its slots are named `<cell type>/<edge>/<op>`, are shared by all cells of a type, and leave out `none`. */
  readonly graph: Graph;
  /**
   * Mixing coefficients of an active set, one for each of the graph's slots: 1 / (active operations of the edge) where
   * the operation is active, else 0. `none` has no slot (it adds zeros) but counts among the active operations.
   *
   * @throws TenasError `ACTIVE_OPS_INVALID` if the set does not fit the space.
   */
  coefficients(active: ActiveOps): Float64Array;
}

/** Name of the mixing slot of an operation on an edge. */
export function slotName(cell: string, edge: string, op: string): string {
  return `${cell}/${edge}/${op}`;
}

/** A supernet from its graph, whose slots are named by {@link slotName}. */
export function supernetOf(grid: OpGrid, graph: Graph): Supernet {
  return {
    graph,
    coefficients(active) {
      const checked = checkActive(grid, active);
      return Float64Array.from(graph.slots, (slot) => {
        const [cell, edge, op] = slot.split('/') as [string, string, string];
        const ops = checked[cell]![edge]!;
        return ops.includes(op) ? 1 / ops.length : 0;
      });
    },
  };
}

/** An edge of a cell as the mixing code needs it. */
export interface MixedEdge {
  readonly edge: string;
  /** The output of an operation on the edge's input, or undefined for `none`. */
  readonly apply: (op: string) => NodeId | undefined;
}

/** The node of a cell that adds all operations of its incoming edges, each times its slot's coefficient. */
export function mixEdges(
  graph: GraphBuilder,
  options: { name: string; cell: string; ops: readonly string[]; edges: readonly MixedEdge[] },
): NodeId {
  const { name, cell, ops, edges } = options;
  const terms = edges.flatMap(({ edge, apply }) =>
    ops.flatMap((op) => {
      const input = apply(op);
      return input === undefined ? [] : [{ input, slot: graph.slot(slotName(cell, edge, op)) }];
    }),
  );
  return graph.mix(terms, { name });
}
