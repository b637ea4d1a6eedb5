import type { Graph } from '@tenas/graph/definitions';

/** The nodes that rectify. ReLU6 is one of them by its sign alone, as in the codes of `naswot` and `regions`. */
export function reluNodes({ nodes }: Graph) {
  return nodes.flatMap((node) =>
    node.op === 'relu' || (node.op === 'activation' && node.function === 'relu6') ? [node] : [],
  );
}
