import type { Graph, NodeId } from '@tenas/graph';
import type { TrainerOptions } from '@tenas/native';
import type { TrainingNetwork, TrainingRecipe } from '@tenas/spaces';

/** A network with what a recipe adds to it in training. */
export interface NetworkInTraining
  extends Required<{ [K in 'heads' | 'dropPath' | 'dropout']: NonNullable<TrainerOptions[K]> }> {
  /** Begins with the nodes and parameters of the network itself. */
  readonly graph: Graph;
  /** What of the recipe is left out, one sentence each, for people. */
  readonly notes: readonly string[];
}

/**
 * Adds to a network what a recipe wants of it: drop path and an auxiliary head where its space has them, dropout before a
 * last linear layer.
 *
 * @param additions what the space adds; without, its networks have neither drop path nor auxiliary head
 */
export function networkInTraining(
  network: Graph,
  recipe: TrainingRecipe,
  additions: TrainingNetwork | undefined,
): NetworkInTraining {
  const { dropPath, dropout, auxiliary } = recipe;
  const operations = dropPath > 0 ? (additions?.dropPath ?? []) : [];
  const features = dropout > 0 ? featuresOf(network) : null;
  const head = auxiliary > 0 ? (additions?.auxiliary ?? null) : null;
  return {
    graph: head === null || additions === undefined ? network : additions.graph,
    heads: head === null ? [] : [{ node: head, weight: auxiliary }],
    dropPath: operations,
    dropout: features === null ? [] : [features],
    notes: [
      ...(dropPath > 0 && operations.length === 0
        ? [`drop path ${dropPath} of the recipe is left out: the network has no operations for it`]
        : []),
      ...(dropout > 0 && features === null
        ? [`dropout ${dropout} of the recipe is left out: the network does not end in a linear layer`]
        : []),
      ...(auxiliary > 0 && head === null
        ? [
            additions === undefined
              ? `the auxiliary head (weight ${auxiliary}) of the recipe is left out: the space has none`
              : `the auxiliary head (weight ${auxiliary}) of the recipe is left out: it does not fit the size of the images`,
          ]
        : []),
    ],
  };
}

/** The node that the last linear layer reads; null where a network ends in another way. */
function featuresOf({ nodes, output }: Graph): NodeId | null {
  const last = nodes[output]!;
  if (last.op !== 'linear') return null;
  const { op } = nodes[last.input]!;
  return op === 'globalAvgPool' || op === 'avgPool2d' || op === 'maxPool2d' ? last.input : null;
}
