import { countText, plural } from '@tenas/base';
import type { Graph } from '@tenas/graph';
import { type ExportOptions, exportOnnx, foldBatchNorms, summarizeModel } from '@tenas/onnx';

/** What folding changed: batch norms folded and left, nodes of the model before and after. */
export interface FoldedBatchNorms {
  readonly folded: number;
  readonly left: number;
  readonly nodesBefore: number;
  readonly nodes: number;
}

/** The bytes of a model, with batch norms folded if asked for. */
export function writtenModel(
  graph: Graph,
  weights: Float32Array,
  fold: boolean,
  options: ExportOptions,
): { readonly bytes: Uint8Array; readonly batchNorms?: FoldedBatchNorms } {
  const bytes = exportOnnx(graph, weights, options);
  if (!fold) return { bytes };
  const { folded, left, ...network } = foldBatchNorms(graph, weights);
  const smaller = exportOnnx(network.graph, network.weights, options);
  return {
    bytes: smaller,
    batchNorms: { folded, left, nodesBefore: nodesIn(bytes), nodes: nodesIn(smaller) },
  };
}

/** For people: how many were folded, and what that saved. */
export function foldedLine({ folded, left, nodesBefore, nodes }: FoldedBatchNorms): string {
  const rest =
    left === 0 ? '' : `; ${countText(left)} stayed, without a convolution before that only they read`;
  return `${plural(folded, 'batch norm')}: ${countText(nodesBefore)} nodes became ${countText(nodes)}${rest}`;
}

function nodesIn(model: Uint8Array): number {
  return summarizeModel(model).nodes.length;
}
