import type { Graph } from '@tenas/graph';
import { type CheckResult, checkOnnx, type ExportOptions, exportOnnx } from '../../src/index.js';
import { plainForward } from './plain-forward.js';
import { randomWeights } from './random-weights.js';

/** Exports a graph with random weights and compares onnxruntime with the plain forward pass. */
export async function checkAgainstPlain(
  graph: Graph,
  options: ExportOptions & {
    readonly seed?: number;
    readonly batchSizes?: readonly number[];
    readonly tolerance?: number;
  } = {},
): Promise<CheckResult & { readonly bytes: Uint8Array }> {
  const { coefficients, seed = 1, batchSizes = [1, 3], tolerance = 2e-6 } = options;
  const weights = randomWeights(graph, seed);
  const bytes = exportOnnx(graph, weights, options);
  const result = await checkOnnx(bytes, {
    graph,
    weights,
    coefficients,
    batchSizes,
    seed,
    threads: 1,
    tolerance,
    reference: async (inputs, batch) => plainForward(graph, weights, inputs, batch, coefficients),
  });
  return { ...result, bytes };
}
