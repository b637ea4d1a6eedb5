import type { Shape } from '@tenas/graph';
import { checkSizeFields, imageShape, positiveInteger, sizeError } from './size-fields.js';
import type { SizesWithCrops } from './space.js';

/** Size of the network of one architecture whose channels the space itself decides. Unknown fields are refused. */
export interface DividedSize {
  /** 1, 2, 4 or 8: all numbers of channels are divided by it (default 1). Keeps their order in small networks. */
  readonly divisor?: 1 | 2 | 4 | 8 | undefined;
  /** Classes (default 10). */
  readonly numClasses?: number | undefined;
  /** Channels, height and width of an image (default 3x32x32). */
  readonly inputShape?: Shape | undefined;
}

/** Fills in the defaults. @throws TenasError `CONFIG_INVALID` naming the field. */
export function dividedSize(size: DividedSize) {
  checkSizeFields(size, ['divisor', 'numClasses', 'inputShape']);
  const { divisor = 1 } = size;
  if (![1, 2, 4, 8].includes(divisor)) throw sizeError('divisor', divisor, '1, 2, 4 or 8');
  return {
    divisor,
    numClasses: positiveInteger('numClasses', size.numClasses ?? 10),
    inputShape: imageShape('inputShape', size.inputShape ?? [3, 32, 32]),
  };
}

/**
 * The sizes of a space of MobileNets: divided channels for metrics and on crops of one channel; ImageNet is trained at
 * 224x224.
 */
export function dividedSizes(divisors: {
  readonly proxy: DividedSize['divisor'];
  readonly stemless: DividedSize['divisor'];
}): SizesWithCrops<DividedSize> {
  return {
    proxy: ({ classes, height, width }) => ({
      divisor: divisors.proxy,
      numClasses: classes,
      inputShape: [3, height, width],
    }),
    stemless: ({ classes }) => ({
      divisor: divisors.stemless,
      numClasses: classes,
      inputShape: [1, 4, 4],
    }),
    final: ({ name, classes, height, width }) => ({
      numClasses: classes,
      inputShape: name === 'imagenet-1k' ? [3, 224, 224] : [3, height, width],
    }),
  };
}
