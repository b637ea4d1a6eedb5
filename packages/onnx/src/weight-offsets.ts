import { TenasError } from '@tenas/base';
import { type Graph, paramOffsets } from '@tenas/graph';

/**
 * Where each parameter of a graph starts in its weights.
 * @throws TenasError WEIGHTS_INVALID for weights of another length
 */
export function offsetsIn(graph: Graph, weights: Float32Array): readonly number[] {
  const { offsets, total } = paramOffsets(graph);
  if (weights.length === total) return offsets;
  throw new TenasError('WEIGHTS_INVALID', `the graph has ${total} parameter values, got ${weights.length}`, {
    field: 'weights',
    value: weights.length,
  });
}
