import { type ProtocolTable, publishedNetworks } from './table.js';

/** The published code has numbers for CIFAR-10 and ImageNet-1k; other datasets are searched as CIFAR-10 is. */
function published(dataset: string): { readonly pruneNumber: number; readonly batchSize: number } {
  return dataset === 'imagenet-1k' ? { pruneNumber: 2, batchSize: 24 } : { pruneNumber: 3, batchSize: 14 };
}

/** DARTS: the networks and numbers of the published code (VITA-Group/TENAS, commit 9df78ff). */
export const darts: ProtocolTable = {
  networks: publishedNetworks({
    ntk: { C: 1, N: 1, depth: 2, useStem: true, stemMultiplier: 1 },
    regions: { C: 1, N: 1, depth: 2, useStem: false, stemMultiplier: 1 },
  }),
  settings: (protocol, general, dataset) => {
    const { pruneNumber, batchSize } = published(dataset);
    switch (protocol) {
      case 'paper':
        return general;
      case 'repo':
        return { ...general, pruneNumber, ntk: { ...general.ntk, batchSize } };
      case 'te-nas-finals':
      case 'fast':
        // One vector's worth of images and a quarter of the repeats: a round here has six times as many candidates.
        return { ...general, repeats: 3, ntk: { ...general.ntk, batchSize: 16 }, pruneNumber };
    }
  },
};
