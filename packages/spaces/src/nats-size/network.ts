import { type Graph, GraphBuilder } from '@tenas/graph';
import { dividedSize } from '../divided-size.js';
import { batchNormClassifier, convStem } from '../layers.js';
import { parseNasBench201 } from '../nas-bench-201/genotype.js';
import { addInferCell } from '../nas-bench-201/infer-cell.js';
import { addResidualBlock } from '../nas-bench-201/stages.js';
import type { NatsSizeSize } from './size.js';
import type { NatsSizeArchitecture } from './widths.js';

/** The cell of every network of the space: the best of NAS-Bench-201 by validation accuracy on CIFAR-100. */
export const NATS_SIZE_CELL =
  '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|';

/** Layers that are residual blocks at stride 2; the others are cells. */
const REDUCTIONS: readonly number[] = [1, 3];

/**
 * The network of one architecture: stem, cell, residual block, cell, residual block, cell, batch norm, ReLU, global
 * average, classifier. Parameters are named as the benchmark's `DynamicShapeTinyNet` (D-X-Y/AutoDL-Projects), e.g.
 * `cells.2.layers.0.op.1.weight`; where a cell changes the width, its `skip_connect` is a 1x1 convolution with batch
 * norm, `cells.2.layers.3.conv.weight` and `cells.2.layers.3.bn.weight`.
 *
 * @throws TenasError `CONFIG_INVALID` naming the field.
 */
export function natsSizeNetwork({ widths }: NatsSizeArchitecture, size: NatsSizeSize = {}): Graph {
  const { divisor, numClasses, inputShape } = dividedSize(size);
  const cell = parseNasBench201(NATS_SIZE_CELL);
  const graph = new GraphBuilder();
  let last = convStem(graph, graph.input(inputShape), widths[0] / divisor);
  for (const [index, width] of widths.entries()) {
    const name = `cells.${index}`;
    const channels = width / divisor;
    last = REDUCTIONS.includes(index)
      ? addResidualBlock(graph, last, { name, outChannels: channels, inputShape })
      : addInferCell(graph, last, cell, { name, channels });
    graph.markBlock(last);
  }
  return graph.build(batchNormClassifier(graph, last, numClasses));
}
