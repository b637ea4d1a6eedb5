import type { DatasetShape } from '@tenas/spaces';
import type { PruningSettings } from '../settings.js';

/**
 * Which search to run.
 * - `paper`: as the paper describes it (Chen, Gong, Wang, ICLR 2021, arXiv 2102.11535).
 * - `repo`: as the authors' published code runs (VITA-Group/TENAS, commit 9df78ff), with what it does unawares: its
 *   Kaiming initialisation is never reached, so that weights are PyTorch's defaults, drawn when networks are built.
 * - `te-nas-finals`: ours. Constant batch statistics in the kernel, logarithms of kappa, and common random numbers; on
 *   NAS-Bench-201 each of the last thousand architectures is scored. This name keeps this meaning.
 * - `fast`: the default. On NAS-Bench-201 it scores every architecture without `none`, in stages, by regions and the
 *   Zen-score; elsewhere it is `te-nas-finals`. A later version may mean something faster by it.
 */
export type Protocol = 'paper' | 'repo' | 'te-nas-finals' | 'fast';

/** Sizes of the supernets that a pruning search evaluates. */
export interface ProtocolNetworks {
  /** For the neural tangent kernel. */
  ntk(images: DatasetShape): object;
  /** For the linear regions of the rounds: crops of one channel. */
  regions(images: DatasetShape): object;
  /** For the linear regions of the final ranking: all cells of the network of the rounds, on square crops. */
  wholeRegions(images: DatasetShape, crop: number): object;
}

/** How the protocols search one space. */
export interface ProtocolTable {
  readonly networks: ProtocolNetworks;
  /**
   * The settings of a protocol on this space.
   * @param general those of the protocol on any space
   * @param dataset name of the dataset
   */
  settings(protocol: Protocol, general: PruningSettings, dataset: string): PruningSettings;
}

/** The networks of the published code, which differ between spaces in their sizes alone. */
export function publishedNetworks(sizes: {
  readonly ntk: object;
  readonly regions: object;
}): ProtocolNetworks {
  const { ntk, regions } = sizes;
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
