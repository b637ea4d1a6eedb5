import type { DatasetShape, SpaceSupernet } from '@tenas/spaces';

/** Sizes of the supernets that a pruning search evaluates. */
export interface ProtocolNetworks {
  /** For the neural tangent kernel. */
  ntk(images: DatasetShape): object;
  /** For the linear regions of the rounds: crops of one channel. */
  regions(images: DatasetShape): object;
  /** For the linear regions of the finals: all cells of the network of the rounds, on square crops. */
  wholeRegions(images: DatasetShape, crop: number): object;
}

/** The networks of the published code (VITA-Group/TENAS, commit 9df78ff), by space. */
const PUBLISHED: Readonly<Record<string, ProtocolNetworks>> = {
  'nas-bench-201': published({
    ntk: { C: 3, N: 1, depth: -1, useStem: true },
    regions: { C: 1, N: 1, depth: 1, useStem: false },
  }),
  darts: published({
    ntk: { C: 1, N: 1, depth: 2, useStem: true, stemMultiplier: 1 },
    regions: { C: 1, N: 1, depth: 2, useStem: false, stemMultiplier: 1 },
  }),
};

function published({ ntk, regions }: { readonly ntk: object; readonly regions: object }): ProtocolNetworks {
  return {
    ntk: ({ classes, height, width }) => ({ ...ntk, numClasses: classes, inputShape: [3, height, width] }),
    regions: ({ classes }) => ({ ...regions, numClasses: classes, inputShape: [1, 3, 3] }),
    wholeRegions: ({ classes }, crop) => ({
      ...regions,
      depth: -1,
      numClasses: classes,
      inputShape: [1, crop, crop],
    }),
  };
}

/** The networks of a space: the published ones, or the small supernets that the space itself has. */
export function protocolNetworks(space: string, { sizes }: Pick<SpaceSupernet, 'sizes'>): ProtocolNetworks {
  if (Object.hasOwn(PUBLISHED, space)) return PUBLISHED[space]!;
  return {
    ntk: (images) => sizes.proxy(images),
    regions: (images) => sizes.stemless(images),
    wholeRegions: (images, crop) => ({ ...sizes.stemless(images), inputShape: [1, crop, crop] }),
  };
}
