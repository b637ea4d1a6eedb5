import { RandomStream } from '@tenas/base';
import { type Graph, type NodeId, sizeOf } from '@tenas/graph';
import type { DropFactors } from '@tenas/native';

/** Probabilities and places of what a step leaves out. */
export interface Dropping {
  readonly graph: Graph;
  /** Nodes that drop path leaves out, and with which probability. */
  readonly dropPath: { readonly nodes: readonly NodeId[]; readonly probability: number };
  /** Nodes whose values dropout leaves out, and with which probability. */
  readonly dropout: { readonly nodes: readonly NodeId[]; readonly probability: number };
}

/**
 * Draws what a step leaves out. A factor is a function of (seed, step, node, sample) and, for dropout, of the value: 0 with
 * the given probability p, else 1 / (1 - p). Undefined where nothing is left out.
 *
 * @param step of the whole training, from 0
 */
export function dropFactors(
  { graph, dropPath, dropout }: Dropping,
  { seed, step, samples }: { readonly seed: number; readonly step: number; readonly samples: number },
): DropFactors {
  const draw = (
    kind: string,
    { nodes, probability }: Dropping['dropPath'],
    valuesOf: (node: NodeId) => number,
  ): Float32Array | undefined => {
    if (probability === 0 || nodes.length === 0) return undefined;
    const kept = 1 / (1 - probability);
    const parts = nodes.map((node) => {
      const random = new RandomStream(kind, seed, step, node);
      return Float32Array.from({ length: samples * valuesOf(node) }, () =>
        random.unit() < probability ? 0 : kept,
      );
    });
    const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
    let place = 0;
    for (const part of parts) {
      all.set(part, place);
      place += part.length;
    }
    return all;
  };
  return {
    dropPath: draw('drop path', dropPath, () => 1),
    dropout: draw('dropout', dropout, (node) => sizeOf(graph.nodes[node]!.shape)),
  };
}
