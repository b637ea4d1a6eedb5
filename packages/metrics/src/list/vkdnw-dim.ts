import { liveNodes, nodeParams } from '@tenas/graph/definitions';
import { z } from 'zod';
import type { CountingMetric } from '../metric.js';

/**
 * Number of the trainable tensors of the network to train: weights and biases of layers and of batch norms. The first of the
 * two numbers that VKDNW ranks by (Tybl and Neumann, CVPR 2025, arXiv 2502.04975).
 */
export const vkdnwDim: CountingMetric = {
  name: 'vkdnw-dim',
  title: 'parameter tensors',
  better: 'higher',
  paper: 'Tybl and Neumann, CVPR 2025, arXiv 2502.04975',
  about:
    'How many weights and biases, as tensors, a network has: in a cell, it grows with the number of convolutions.',
  needs: [],
  settings: z.strictObject({}),
  onDemand: true,
  count({ graph: build, coefficients }) {
    const graph = build();
    const live = liveNodes(graph, coefficients);
    const tensors = new Set(graph.nodes.flatMap((node) => (live[node.id] ? nodeParams(node) : [])));
    return [...tensors].filter((id) => !graph.params[id]!.kind.startsWith('bnRunning')).length;
  },
};
