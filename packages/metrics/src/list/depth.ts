import { liveNodes, nodeInputs } from '@tenas/graph/definitions';
import { z } from 'zod';
import type { CountingMetric } from '../metric.js';

/** Convolutions and linear layers on the longest path from the image to the outputs of the network to train. */
export const depth: CountingMetric = {
  name: 'depth',
  title: 'layers on the longest path',
  better: 'higher',
  paper: '',
  about: 'How many convolutions and linear layers follow each other at most.',
  needs: [],
  settings: z.strictObject({}),
  count({ graph: build, coefficients }) {
    const graph = build();
    const live = liveNodes(graph, coefficients, [graph.output]);
    const layers = new Float64Array(graph.nodes.length);
    for (const node of graph.nodes) {
      const before = nodeInputs(node).map((input) => (live[input] ? layers[input]! : 0));
      const own = node.op === 'conv2d' || node.op === 'linear' ? 1 : 0;
      layers[node.id] = Math.max(0, ...before) + own;
    }
    return layers[graph.output]!;
  },
};
