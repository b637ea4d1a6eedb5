import type { Shape } from '@tenas/graph';
import { cellCount, checkSizeFields, imageShape, positiveInteger, sizeError } from '../size-fields.js';
import type { SizesWithCrops, SpaceSizes } from '../space.js';

/** Stacks of modules; between two of them the image is halved and the channels double. */
export const NAS_BENCH_101_STACKS = 3;

/** Most vertices that an output joins: each needs a channel. */
const LEAST_CHANNELS = 5;

/** Size of the network of one architecture. Unknown fields are refused. */
export interface NasBench101Size {
  /** Channels of the stem and of the first stack, at least 5 (default 128); later stacks have 2C and 4C. */
  readonly C?: number | undefined;
  /** Modules of a stack (default 3). */
  readonly N?: number | undefined;
  /** Classes (default 10). */
  readonly numClasses?: number | undefined;
  /** Channels, height and width of an image, the latter multiples of 4 (default 3x32x32). */
  readonly inputShape?: Shape | undefined;
}

/** Fills in the defaults. @throws TenasError `CONFIG_INVALID` naming the field. */
export function nasBench101Size(size: NasBench101Size) {
  checkSizeFields(size, ['C', 'N', 'numClasses', 'inputShape']);
  const C = positiveInteger('C', size.C ?? 128);
  if (C < LEAST_CHANNELS)
    throw sizeError('C', C, `at least ${LEAST_CHANNELS}: a module may divide it by as much`);
  const inputShape = imageShape('inputShape', size.inputShape ?? [3, 32, 32]);
  if (inputShape[1] % 4 !== 0 || inputShape[2] % 4 !== 0) {
    throw sizeError(
      'inputShape',
      inputShape,
      'a height and a width that can be halved twice (multiples of 4)',
    );
  }
  return {
    C,
    N: cellCount('N', size.N ?? 3),
    numClasses: positiveInteger('numClasses', size.numClasses ?? 10),
    inputShape,
  };
}

/** A narrow network with so many modules per stack. */
function narrow(N: number): SpaceSizes<NasBench101Size>['proxy'] {
  return ({ classes, height, width }) => ({
    C: 8,
    N,
    numClasses: classes,
    inputShape: [3, height, width],
  });
}

/** The benchmark's network, narrow ones with one and with three modules per stack, and a tiny one on crops of one channel. */
export const NAS_BENCH_101_SIZES: SizesWithCrops<NasBench101Size> = {
  proxy: narrow(1),
  deep: narrow(3),
  stemless: ({ classes }) => ({ C: 5, N: 1, numClasses: classes, inputShape: [1, 4, 4] }),
  final: ({ classes, height, width }) => ({
    C: 128,
    N: 3,
    numClasses: classes,
    inputShape: [3, height, width],
  }),
};
