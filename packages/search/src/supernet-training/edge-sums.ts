import type { Graph, Node, NodeId } from '@tenas/graph';

/** The value of hard sigmoid at 0. */
const CONSTANT = 0.5;
/** Far below what single precision keeps beside any output of a network. */
const VANISHING = 1e-30;

/**
 * A supernet that can tell the sum of the gradient at each mix: the mix has one more term, a constant with a coefficient that
 * vanishes beside the others, and the gradient by this coefficient is the sum of the mix's gradient times the constant.
 * Mixes whose first slot is the same, those of an edge in all cells, share the coefficient. Parameters are the same.
 */
export class EdgeSums {
  readonly graph: Graph;
  /** By slot of the supernet: that of the constant in its mix. */
  readonly #sums: Int32Array;

  constructor(supernet: Graph) {
    const { nodes, slots } = supernet;
    const mixed = nodes.filter((node) => node.op === 'mix' && node.slots.some((slot) => slot >= 0));
    const constants = constantsOf(mixed);
    const added = new Map<number, number>();
    this.#sums = new Int32Array(slots.length);
    const withSums = nodes.map((node): Node => {
      const moved = shifted(node, constants.nodes.length);
      if (moved.op !== 'mix' || !mixed.includes(node)) return moved;
      const [first] = moved.slots.filter((slot) => slot >= 0);
      const sum = added.get(first!) ?? slots.length + added.size;
      added.set(first!, sum);
      for (const slot of moved.slots) if (slot >= 0) this.#sums[slot] = sum;
      const constant = constants.of(moved);
      return { ...moved, inputs: [...moved.inputs, constant], slots: [...moved.slots, sum] };
    });
    const shift = (id: NodeId) => id + constants.nodes.length;
    this.graph = {
      ...supernet,
      nodes: [...constants.nodes, ...withSums],
      input: shift(supernet.input),
      output: shift(supernet.output),
      // A mix that not everything needs has to be observed.
      observed: [...constants.zeros, ...supernet.observed.map(shift)],
      blocks: supernet.blocks?.map(shift),
      slots: [...slots, ...[...added.keys()].map((slot) => `sum of ${slots[slot]}`)],
    };
  }

  /** Coefficients of the supernet for this graph. @param sums whether the constants run; without, they cost nothing */
  coefficients(own: Float64Array, { sums }: { readonly sums: boolean }): Float64Array {
    const all = new Float64Array(this.graph.slots.length).fill(sums ? VANISHING : 0);
    all.set(own);
    return all;
  }

  /**
   * Takes a gradient by these coefficients apart.
   *
   * @returns by slot of the supernet: the gradient, and the sum of the gradient at the output of the slot's mixes
   */
  split(gradient: Float64Array): { readonly gradient: Float64Array; readonly sums: Float64Array } {
    return {
      gradient: gradient.slice(0, this.#sums.length),
      sums: Float64Array.from(this.#sums, (slot) => gradient[slot]! / CONSTANT),
    };
  }
}

/** Constants of the shapes of some nodes, as the first nodes of a graph. */
function constantsOf(mixed: readonly Node[]) {
  const nodes: Node[] = [];
  const found = new Map<string, NodeId>();
  for (const { shape } of mixed) {
    const key = shape.join();
    if (found.has(key)) continue;
    const zeros = nodes.length;
    nodes.push(
      { id: zeros, name: `sums.${key}.zeros`, shape, op: 'mix', inputs: [], slots: [] },
      { id: zeros + 1, name: `sums.${key}`, shape, op: 'activation', input: zeros, function: 'hardSigmoid' },
    );
    found.set(key, zeros + 1);
  }
  const zeros = nodes.flatMap(({ op, id }) => (op === 'mix' ? [id] : []));
  return { nodes, zeros, of: ({ shape }: Node): NodeId => found.get(shape.join())! };
}

/** A node behind `count` new ones. */
function shifted(node: Node, count: number): Node {
  const id = node.id + count;
  switch (node.op) {
    case 'input':
      return { ...node, id };
    case 'mix':
    case 'concat':
      return { ...node, id, inputs: node.inputs.map((input) => input + count) };
    case 'scale':
      return { ...node, id, input: node.input + count, factor: node.factor + count };
    default:
      return { ...node, id, input: node.input + count };
  }
}
