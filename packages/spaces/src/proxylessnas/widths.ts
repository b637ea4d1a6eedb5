/** Channels of a ProxylessNAS network. */
export interface ProxylessWidths {
  readonly stem: number;
  /** Of the first block, which is fixed. */
  readonly first: number;
  /** Of the six stages of blocks. */
  readonly stages: readonly [number, number, number, number, number, number];
  /** Features of the classifier. */
  readonly head: number;
}

/**
 * Widths by name: `search` are those of the published search's default settings, the others those of the published
 * networks, which were made wider or narrower.
 */
export const PROXYLESS_WIDTHS: Readonly<Record<string, ProxylessWidths>> = {
  search: { stem: 32, first: 16, stages: [24, 40, 80, 96, 192, 320], head: 1280 },
  mobile: { stem: 32, first: 16, stages: [32, 40, 80, 96, 192, 320], head: 1280 },
  mobile14: { stem: 48, first: 24, stages: [40, 56, 112, 136, 256, 448], head: 1792 },
  cpu: { stem: 40, first: 24, stages: [32, 48, 88, 104, 216, 360], head: 1432 },
  gpu: { stem: 40, first: 24, stages: [32, 56, 112, 128, 256, 432], head: 1728 },
};
