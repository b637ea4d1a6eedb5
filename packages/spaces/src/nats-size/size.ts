import type { DividedSize } from '../divided-size.js';
import type { SizesWithCrops } from '../space.js';

/** Size of the network of one architecture, beside its widths. */
export type NatsSizeSize = DividedSize;

/**
 * The network that the benchmark trains; the proxy is the same, for widths are what is searched and the images decide
 * the resolution. On crops of one channel the widths are an eighth: with all channels almost every input would have a
 * region of its own.
 */
export const NATS_SIZE_SIZES: SizesWithCrops<NatsSizeSize> = {
  proxy: ({ classes, height, width }) => ({ numClasses: classes, inputShape: [3, height, width] }),
  stemless: ({ classes }) => ({ divisor: 8, numClasses: classes, inputShape: [1, 4, 4] }),
  final: ({ classes, height, width }) => ({ numClasses: classes, inputShape: [3, height, width] }),
};
