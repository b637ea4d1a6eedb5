import type { Shape } from '@tenas/graph';
import type { DatasetShape } from '../dataset-shape.js';
import {
  cellCount,
  checkSizeFields,
  imageShape,
  positiveInteger,
  sizeError,
  supernetFrame,
} from '../size-fields.js';
import type { SpaceSizes } from '../space.js';

/** Size of the network of one architecture. What does not apply to the macro, and unknown fields, are refused. */
export interface DartsSize {
  /** `cifar` (one-step stem, 20 cells) or `imagenet` (two-step stem, 14 cells); default `cifar`. */
  readonly macro?: 'cifar' | 'imagenet' | undefined;
  /** Channels of the first cells, even (default 36; macro `imagenet` 48). */
  readonly C?: number | undefined;
  /** Cells in all (default 20; macro `imagenet` 14); those at 1/3 and 2/3 of the depth reduce. */
  readonly N?: number | undefined;
  /** Macro `cifar` only: channels of the stem over C (default 3). */
  readonly stemMultiplier?: number | undefined;
  /** Classes (default 10; macro `imagenet` 1000). */
  readonly numClasses?: number | undefined;
  /** Channels, height and width of an image (default 3x32x32; macro `imagenet` 3x224x224). */
  readonly inputShape?: Shape | undefined;
}

/** Size of the supernet, in the letters of the reference. Unknown fields are refused. */
export interface DartsSupernetSize {
  /** Channels of the first cells; each reduction doubles them. */
  readonly C: number;
  /** A third of the cells (default 1): cells N and 2N reduce. */
  readonly N?: number | undefined;
  /** Cells to build, counted from the input, -1 for all 3N (default -1). */
  readonly depth?: number | undefined;
  /**
   * Whether the image passes a 3x3 convolution and batch norm first (default true); if not it must have C times
   * `stemMultiplier` channels.
   */
  readonly useStem?: boolean | undefined;
  /** Channels of the stem over C (default 1). */
  readonly stemMultiplier?: number | undefined;
  /** Classes (default 10). */
  readonly numClasses?: number | undefined;
  /** Channels, height and width of an image (default 3x32x32 with a stem, else 3x3 of the channels that are read). */
  readonly inputShape?: Shape | undefined;
}

const CIFAR_DEFAULTS = { C: 36, N: 20, numClasses: 10, inputShape: [3, 32, 32] };
const IMAGENET_DEFAULTS = { C: 48, N: 14, numClasses: 1000, inputShape: [3, 224, 224] };

/** Fills in the defaults. @throws TenasError `CONFIG_INVALID` naming the field. */
export function dartsSize(size: DartsSize) {
  const { macro = 'cifar' } = size;
  if (macro !== 'cifar' && macro !== 'imagenet') throw sizeError('macro', macro, "'cifar' or 'imagenet'");
  const fields = ['macro', 'C', 'N', 'numClasses', 'inputShape'];
  checkSizeFields(size, macro === 'cifar' ? [...fields, 'stemMultiplier'] : fields);
  const defaults = macro === 'cifar' ? CIFAR_DEFAULTS : IMAGENET_DEFAULTS;
  const C = positiveInteger('C', size.C ?? defaults.C);
  if (C % 2 !== 0) throw sizeError('C', C, 'even: half of the channels are computed apart');
  return {
    macro,
    C,
    N: cellCount('N', size.N ?? defaults.N),
    stemMultiplier: positiveInteger('stemMultiplier', size.stemMultiplier ?? 3),
    numClasses: positiveInteger('numClasses', size.numClasses ?? defaults.numClasses),
    inputShape: imageShape('inputShape', size.inputShape ?? defaults.inputShape),
  };
}

/** Fills in the defaults. @throws TenasError `CONFIG_INVALID` naming the field. */
export function dartsSupernetSize(size: DartsSupernetSize) {
  checkSizeFields(size, ['C', 'N', 'depth', 'useStem', 'stemMultiplier', 'numClasses', 'inputShape']);
  const C = positiveInteger('C', size.C);
  const stemMultiplier = positiveInteger('stemMultiplier', size.stemMultiplier ?? 1);
  return {
    C,
    N: cellCount('N', size.N ?? 1),
    stemMultiplier,
    numClasses: positiveInteger('numClasses', size.numClasses ?? 10),
    ...supernetFrame(size, C * stemMultiplier),
  };
}

/** The community's networks, a narrow one of a normal and two reduction cells, and one of four normal and two reduction cells. */
export const DARTS_SIZES: SpaceSizes<DartsSize> = {
  proxy: ({ classes, height, width }) => ({
    macro: 'cifar',
    C: 4,
    N: 3,
    stemMultiplier: 1,
    numClasses: classes,
    inputShape: [3, height, width],
  }),
  deep: ({ classes, height, width }) => ({
    macro: 'cifar',
    C: 4,
    N: 6,
    stemMultiplier: 1,
    numClasses: classes,
    inputShape: [3, height, width],
  }),
  final: ({ name, classes, height, width }) =>
    name === 'imagenet-1k'
      ? { macro: 'imagenet', C: 48, N: 14, numClasses: 1000, inputShape: [3, 224, 224] }
      : {
          macro: 'cifar',
          C: 36,
          N: 20,
          stemMultiplier: 3,
          numClasses: classes,
          inputShape: [3, height, width],
        },
};

/** One normal and one reduction cell of one channel, two and one of four channels twice; a pair on crops of one channel. */
export const DARTS_SUPERNET_SIZES = {
  proxy: ({ classes, height, width }: DatasetShape): DartsSupernetSize => ({
    C: 1,
    N: 1,
    depth: 2,
    useStem: true,
    stemMultiplier: 1,
    numClasses: classes,
    inputShape: [3, height, width],
  }),
  deep: ({ classes, height, width }: DatasetShape): DartsSupernetSize => ({
    C: 4,
    N: 2,
    depth: 6,
    useStem: true,
    stemMultiplier: 1,
    numClasses: classes,
    inputShape: [3, height, width],
  }),
  stemless: ({ classes }: DatasetShape): DartsSupernetSize => ({
    C: 1,
    N: 1,
    depth: 2,
    useStem: false,
    stemMultiplier: 1,
    numClasses: classes,
    inputShape: [1, 3, 3],
  }),
};
