import { graphCost } from '@tenas/graph';
import type { Space } from '@tenas/spaces';

/** Parameters of the network of full size that an architecture makes for a dataset. */
export function finalParams(
  space: Space,
  architecture: object,
  source: Parameters<Space['sizes']['final']>[0],
): number {
  return graphCost(space.network(architecture, space.sizes.final(source))).params;
}
