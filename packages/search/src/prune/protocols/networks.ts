import type { SpaceSupernet } from '@tenas/spaces';
import type { ProtocolNetworks } from './table.js';
import { tableOf } from './tables.js';

/** The networks of a space: the published ones, or the small supernets that the space itself has. */
export function protocolNetworks(space: string, { sizes }: Pick<SpaceSupernet, 'sizes'>): ProtocolNetworks {
  return (
    tableOf(space)?.networks ?? {
      ntk: (images) => sizes.proxy(images),
      regions: (images) => sizes.stemless(images),
      wholeRegions: (images, crop) => ({ ...sizes.stemless(images), inputShape: [1, crop, crop] }),
    }
  );
}
