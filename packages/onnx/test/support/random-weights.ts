import { type Graph, paramOffsets, sizeOf } from '@tenas/graph';
import { normalInputs } from '../../src/random-inputs.js';

/** Weights that exercise every parameter: scaled normal values, running variances between about 0.2 and 2. */
export function randomWeights(graph: Graph, seed = 1): Float32Array {
  const { offsets, total } = paramOffsets(graph);
  const weights = new Float32Array(total);
  for (const param of graph.params) {
    const values = normalInputs(sizeOf(param.shape), seed * 1000 + param.id);
    const fan = sizeOf(param.shape.slice(1));
    for (const [index, value] of values.entries()) {
      weights[offsets[param.id]! + index] =
        param.kind === 'bnRunningVar' ? 0.2 + Math.abs(value) : value / Math.sqrt(fan);
    }
  }
  return weights;
}
