import type { DividedSize } from '../divided-size.js';
import type { SpaceSizes } from '../space.js';

/** Size of the network of one architecture; it divides height and width of an image by 32. */
export type MnasnetSize = DividedSize;

/** A quarter of the channels for metrics, an eighth on crops of one channel; ImageNet is trained at 224x224. */
export const MNASNET_SIZES: Required<SpaceSizes<MnasnetSize>> = {
  proxy: ({ classes, height, width }) => ({
    divisor: 4,
    numClasses: classes,
    inputShape: [3, height, width],
  }),
  stemless: ({ classes }) => ({ divisor: 8, numClasses: classes, inputShape: [1, 4, 4] }),
  final: ({ name, classes, height, width }) => ({
    numClasses: classes,
    inputShape: name === 'imagenet-1k' ? [3, 224, 224] : [3, height, width],
  }),
};
