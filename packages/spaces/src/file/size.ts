import type { Shape } from '@tenas/graph';
import type { DatasetShape } from '../dataset-shape.js';
import { cellCount, checkSizeFields, imageShape, positiveInteger } from '../size-fields.js';
import type { SizesWithCrops } from '../space.js';
import type { SpacePlan } from './plan.js';
import type { SpaceFile } from './schema.js';

/** Size of a network of a space from a file. Unknown fields are refused. */
export interface FileSize {
  /** Channels of the stem (default: as the file has it); all others are in proportion. */
  readonly C?: number | undefined;
  /** Layers of the stages that say N; refused where none does. Default: as the file has it. */
  readonly N?: number | undefined;
  /** Classes (default 10). */
  readonly numClasses?: number | undefined;
  /** Channels, height and width of an image (default 3x32x32). */
  readonly inputShape?: Shape | undefined;
}

/** Fills in the defaults. @throws TenasError `CONFIG_INVALID` naming the field. */
export function fileSize({ channels, N }: SpacePlan, size: FileSize) {
  checkSizeFields(size, ['C', ...(N === null ? [] : ['N']), 'numClasses', 'inputShape']);
  return {
    C: positiveInteger('C', size.C ?? channels),
    N: cellCount('N', size.N ?? N ?? 1),
    numClasses: positiveInteger('numClasses', size.numClasses ?? 10),
    inputShape: imageShape('inputShape', size.inputShape ?? [3, 32, 32]),
  };
}

/** Small networks have so much fewer channels, but not fewer than so many. */
const PROXY = { divisor: 4, least: 4 };
const STEMLESS = { divisor: 8, least: 2 };
/** Crops that regions are counted on. */
const CROP: Shape = [1, 3, 3];
/** ImageNet is trained at this height and width. */
const IMAGENET = { name: 'imagenet-1k', side: 224 };

/** Layers of a stage that has N, in the network `deep`. */
const DEEP_LAYERS = 3;

/**
 * A quarter of the channels for metrics, an eighth on crops of one channel, one layer where a stage has N; three of them
 * in the network `deep`, which a space without such stages does not have.
 */
export function fileSizes({ channels, N }: SpacePlan, { sizes = {} }: SpaceFile): SizesWithCrops<FileSize> {
  const small = (
    { divisor, least }: typeof PROXY,
    given: { readonly C?: number | undefined; readonly N?: number | undefined } = {},
    layers = 1,
  ): FileSize => ({
    C: given.C ?? Math.max(Math.min(channels, least), Math.round(channels / divisor)),
    ...(N === null ? {} : { N: given.N ?? layers }),
  });
  const inputShape = ({ height, width }: DatasetShape): Shape => [3, height, width];
  const onImages = (size: FileSize) => (images: DatasetShape) => ({
    ...size,
    numClasses: images.classes,
    inputShape: inputShape(images),
  });
  return {
    proxy: onImages(small(PROXY, sizes.proxy)),
    ...(N === null && sizes.deep === undefined
      ? {}
      : { deep: onImages(small(PROXY, sizes.deep, DEEP_LAYERS)) }),
    stemless: ({ classes }) => ({
      ...small(STEMLESS, sizes.stemless),
      numClasses: classes,
      inputShape: CROP,
    }),
    final: (images) => ({
      C: channels,
      ...(N === null ? {} : { N }),
      numClasses: images.classes,
      inputShape: images.name === IMAGENET.name ? [3, IMAGENET.side, IMAGENET.side] : inputShape(images),
    }),
  };
}
