import type { Shape } from '@tenas/graph';
import { checkSizeFields, imageShape, positiveInteger, sizeError } from '../size-fields.js';
import type { SpaceSizes } from '../space.js';

/** Size of the network of one architecture, beside its widths. Unknown fields are refused. */
export interface NatsSizeSize {
  /** 1, 2, 4 or 8: all widths are divided by it (default 1). Keeps their order, and so the space, in small networks. */
  readonly divisor?: 1 | 2 | 4 | 8 | undefined;
  /** Classes (default 10). */
  readonly numClasses?: number | undefined;
  /** Channels, height and width of an image (default 3x32x32). */
  readonly inputShape?: Shape | undefined;
}

/** Fills in the defaults. @throws TenasError `CONFIG_INVALID` naming the field. */
export function natsSizeSize(size: NatsSizeSize) {
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
 * The network that the benchmark trains; the proxy is the same, for widths are what is searched and the images decide
 * the resolution. On crops of one channel the widths are an eighth: with all channels almost every input would have a
 * region of its own.
 */
export const NATS_SIZE_SIZES: Required<SpaceSizes<NatsSizeSize>> = {
  proxy: ({ classes, height, width }) => ({ numClasses: classes, inputShape: [3, height, width] }),
  stemless: ({ classes }) => ({ divisor: 8, numClasses: classes, inputShape: [1, 4, 4] }),
  final: ({ classes, height, width }) => ({ numClasses: classes, inputShape: [3, height, width] }),
};
