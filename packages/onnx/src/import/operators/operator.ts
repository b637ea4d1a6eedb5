import type { NetworkReading } from '../network-reading.js';
import type { OnnxNode } from '../onnx-node.js';

/** An ONNX operator that can be read. */
export interface Operator {
  /** Names of the attributes that it reads, or that change nothing for an image. Others are refused. */
  readonly attributes: readonly string[];
  /** Builds what the node computes. @throws TenasError ONNX_INVALID, ONNX_UNSUPPORTED, GRAPH_INVALID */
  read(node: OnnxNode, reading: NetworkReading): void;
}
