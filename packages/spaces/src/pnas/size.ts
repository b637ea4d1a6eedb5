import type { Shape } from '@tenas/graph';
import { cellCount, checkSizeFields, imageShape, positiveInteger, sizeError } from '../size-fields.js';
import type { SizesWithCrops, SpaceSizes } from '../space.js';

/** Stages of the network: at the first cell of the second and third one, images are halved and channels double. */
export const PNAS_STAGES = 3;

/** Size of the network of one architecture. Unknown fields are refused. */
export interface PnasSize {
  /** `cifar` (a convolution as stem) or `imagenet` (a convolution and two cells at stride 2 before); default `cifar`. */
  readonly macro?: 'cifar' | 'imagenet' | undefined;
  /** Channels of each block in the first stage (default 48; macro `imagenet` 216). */
  readonly C?: number | undefined;
  /** Cells of a stage (default 3; macro `imagenet` 4). */
  readonly N?: number | undefined;
  /** Channels of the stem's convolution (default three times C; macro `imagenet` 96). */
  readonly stemChannels?: number | undefined;
  /** The blocks that make a cell's output: all of them (default), or those that no other block reads. */
  readonly concat?: 'all' | 'unread' | undefined;
  /** Classes (default 10; macro `imagenet` 1000). */
  readonly numClasses?: number | undefined;
  /** Channels, height and width of an image (default 3x32x32; macro `imagenet` 3x331x331). */
  readonly inputShape?: Shape | undefined;
}

const DEFAULTS = {
  cifar: { C: 48, N: 3, numClasses: 10, inputShape: [3, 32, 32] },
  imagenet: { C: 216, N: 4, numClasses: 1000, inputShape: [3, 331, 331] },
} as const;

/** Channels of the first of the two cells of the ImageNet stem: a quarter of those of the first stage. */
const STEM_SHARE = 4;

/** Fills in the defaults. @throws TenasError `CONFIG_INVALID` naming the field. */
export function pnasSize(size: PnasSize) {
  checkSizeFields(size, ['macro', 'C', 'N', 'stemChannels', 'concat', 'numClasses', 'inputShape']);
  const { macro = 'cifar', concat = 'all' } = size;
  if (macro !== 'cifar' && macro !== 'imagenet') throw sizeError('macro', macro, "'cifar' or 'imagenet'");
  if (concat !== 'all' && concat !== 'unread') throw sizeError('concat', concat, "'all' or 'unread'");
  const defaults = DEFAULTS[macro];
  const C = positiveInteger('C', size.C ?? defaults.C);
  // Where an image is halved, half of the channels are computed apart.
  const least = macro === 'imagenet' ? 2 * STEM_SHARE : 2;
  if (C < least) throw sizeError('C', C, `at least ${least}`);
  return {
    macro,
    C,
    N: cellCount('N', size.N ?? defaults.N),
    stemChannels: positiveInteger('stemChannels', size.stemChannels ?? (macro === 'cifar' ? 3 * C : 96)),
    concat,
    numClasses: positiveInteger('numClasses', size.numClasses ?? defaults.numClasses),
    inputShape: imageShape('inputShape', size.inputShape ?? defaults.inputShape),
  };
}

/** A narrow network with so many cells per stage. */
function narrow(N: number): SpaceSizes<PnasSize>['proxy'] {
  return ({ classes, height, width }) => ({
    C: 4,
    N,
    stemChannels: 4,
    numClasses: classes,
    inputShape: [3, height, width],
  });
}

/** The published networks, narrow ones of one and of two cells per stage, and one of one cell on crops of one channel. */
export const PNAS_SIZES: SizesWithCrops<PnasSize> = {
  proxy: narrow(1),
  deep: narrow(2),
  stemless: ({ classes }) => ({ C: 2, N: 1, stemChannels: 2, numClasses: classes, inputShape: [1, 4, 4] }),
  final: ({ name, classes, height, width }) =>
    name === 'imagenet-1k'
      ? { macro: 'imagenet', C: 54, N: 3, stemChannels: 32, numClasses: 1000, inputShape: [3, 224, 224] }
      : { C: 48, N: 3, numClasses: classes, inputShape: [3, height, width] },
};
