import { liveNodes } from '@tenas/graph/definitions';
import type { Space } from './space.js';

const IMAGES = { classes: 10, height: 32, width: 32 };

/**
 * Whether the output of an architecture's network depends on its input. If it does not, its costs are those of nearly
 * nothing, and say nothing about its choices: a runtime leaves out what computes constants.
 */
export function isConnected(space: Pick<Space, 'network' | 'sizes'>, architecture: object): boolean {
  const graph = space.network(architecture, space.sizes.proxy(IMAGES));
  return liveNodes(graph, undefined, [graph.output])[graph.input] ?? false;
}
