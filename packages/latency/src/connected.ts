import { liveNodes } from '@tenas/graph';
import type { Space } from '@tenas/spaces';

const IMAGES = { classes: 10, height: 32, width: 32 };

/**
 * Whether the output of an architecture's network depends on its input. If it does not, its latency is that of nearly
 * nothing, and says nothing about the choices: a runtime leaves out what computes constants.
 */
export function isConnected(space: Space, architecture: object): boolean {
  const graph = space.network(architecture, space.sizes.proxy(IMAGES));
  return liveNodes(graph, undefined, [graph.output])[graph.input] ?? false;
}
