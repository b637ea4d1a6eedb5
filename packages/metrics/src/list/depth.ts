import { liveNodes, nodeInputs } from '@tenas/graph/definitions';
import { z } from 'zod';
import type { CountingMetric } from '../metric.js';

/**
 * Convolutions and linear layers on the longest path from the image to the outputs of the network to train; 0 where there is no
 * path.
 */
export const depth: CountingMetric = {
  name: 'depth',
  title: 'layers on the longest path',
  better: 'higher',
  least: 0,
  paper: '',
  about: 'How many convolutions and linear layers follow each other at most.',
  needs: [],
  settings: z.strictObject({}),
  count({ graph: build, coefficients }) {
    const graph = build();
    const live = liveNodes(graph, coefficients, [graph.output]);
    // Of paths that begin at the image: none is longer than a path of no layers.
    const layers = new Float64Array(graph.nodes.length).fill(Number.NEGATIVE_INFINITY);
    layers[graph.input] = 0;
    for (const node of graph.nodes) {
      const own = node.op === 'conv2d' || node.op === 'linear' ? 1 : 0;
      for (const input of nodeInputs(node)) {
        if (live[input]) layers[node.id] = Math.max(layers[node.id]!, layers[input]! + own);
      }
    }
    return Math.max(0, layers[graph.output]!);
  },
};
