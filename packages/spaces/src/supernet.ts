import type { Graph, GraphBuilder, NodeId } from '@tenas/graph';
import { checkDomain, type Decision, type Domain } from './domain.js';

/**
 * A network that holds every choice of every decision. The graph is built once; which choices take part is said by the
 * mixing coefficients of a request.
 */
export interface Supernet {
  /** Its slots are named `<decision>/<choice>`, are shared by all cells of a type, and leave out `none`. */
  readonly graph: Graph;
  /**
   * Mixing coefficients of a domain, one for each of the graph's slots: 1 / (open choices of the decision) where the
   * choice is open, else 0. `none` has no slot (it adds zeros) but counts among the open choices.
   *
   * @throws TenasError `DOMAIN_INVALID` if the domain does not fit the space.
   */
  coefficients(domain: Domain): Float64Array;
}

/** Name of the mixing slot of a decision's choice. */
export function slotName(decision: string, choice: string): string {
  return `${decision}/${choice}`;
}

/** A supernet from its graph, whose slots are named by {@link slotName}. */
export function supernetOf(decisions: readonly Decision[], graph: Graph): Supernet {
  const slots = graph.slots.map((slot) => {
    const end = slot.lastIndexOf('/');
    return { decision: slot.slice(0, end), choice: slot.slice(end + 1) };
  });
  return {
    graph,
    coefficients(domain) {
      const checked = checkDomain(decisions, domain);
      return Float64Array.from(slots, ({ decision, choice }) => {
        const open = checked[decision]!;
        return open.includes(choice) ? 1 / open.length : 0;
      });
    },
  };
}

/** An edge of a cell as the mixing code needs it. */
export interface MixedEdge {
  readonly decision: string;
  /** The output of an operation on the edge's input, or undefined for `none`. */
  readonly apply: (op: string) => NodeId | undefined;
}

/** The node of a cell that adds all operations of its incoming edges, each times its slot's coefficient. */
export function mixEdges(
  graph: GraphBuilder,
  options: { name: string; ops: readonly string[]; edges: readonly MixedEdge[] },
): NodeId {
  const { name, ops, edges } = options;
  const terms = edges.flatMap(({ decision, apply }) =>
    ops.flatMap((op) => {
      const input = apply(op);
      return input === undefined ? [] : [{ input, slot: graph.slot(slotName(decision, op)) }];
    }),
  );
  return graph.mix(terms, { name, observed: true });
}
