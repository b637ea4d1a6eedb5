import type { DatasetShape, SpaceSizes } from '@tenas/spaces';
import type { NetworkRole } from './metric.js';

/** The sizes of the networks of a space, or of its supernet. */
type Sizes = Partial<SpaceSizes>;

/**
 * The network that stands for a role in a space: `proxy` for `deep` where the space has no deep one. Metrics that look at
 * it then share its pass.
 */
export function roleIn({ deep }: { readonly deep?: unknown }, role: NetworkRole): NetworkRole {
  return role === 'deep' && deep === undefined ? 'proxy' : role;
}

/** The size of the network of a role; undefined if the space has none. */
export function sizeOfRole(sizes: Sizes, role: NetworkRole, images: DatasetShape): object | undefined {
  return sizes[roleIn(sizes, role)]?.(images);
}
