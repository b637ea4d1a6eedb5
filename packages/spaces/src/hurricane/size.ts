import type { DividedSize } from '../divided-size.js';
import type { SpaceSizes } from '../space.js';

/** Size of the network of one architecture. */
export type HurricaneSize = DividedSize;

/** An eighth of the channels for metrics; ImageNet is trained at 224x224. */
export const HURRICANE_SIZES: Required<SpaceSizes<HurricaneSize>> = {
  proxy: ({ classes, height, width }) => ({
    divisor: 8,
    numClasses: classes,
    inputShape: [3, height, width],
  }),
  stemless: ({ classes }) => ({ divisor: 8, numClasses: classes, inputShape: [1, 4, 4] }),
  final: ({ name, classes, height, width }) => ({
    numClasses: classes,
    inputShape: name === 'imagenet-1k' ? [3, 224, 224] : [3, height, width],
  }),
};
