import type { Shape } from '@tenas/graph';
import type { DatasetShape } from '../dataset-shape.js';
import { cellCount, checkSizeFields, imageShape, positiveInteger, supernetFrame } from '../size-fields.js';
import type { SpaceSizes } from '../space.js';

/** Size of the network of one architecture. Unknown fields are refused. */
export interface NasBench201Size {
  /** Channels of the first stage (default 16); later stages have 2C and 4C. */
  readonly C?: number | undefined;
  /** Cells of a stage (default 5). */
  readonly N?: number | undefined;
  /** Classes (default 10). */
  readonly numClasses?: number | undefined;
  /** Channels, height and width of an image (default 3x32x32). */
  readonly inputShape?: Shape | undefined;
}

/** Size of the supernet, in the letters of the reference. Unknown fields are refused. */
export interface NasBench201SupernetSize {
  /** Channels of the first stage; later stages have 2C and 4C. */
  readonly C: number;
  /** Cells of a stage (default 1). */
  readonly N?: number | undefined;
  /** Cells and residual blocks to build, counted from the input, -1 for all (default -1). */
  readonly depth?: number | undefined;
  /** Whether the image passes a 3x3 convolution and batch norm first (default true); if not it must have C channels. */
  readonly useStem?: boolean | undefined;
  /** Classes (default 10). */
  readonly numClasses?: number | undefined;
  /**
   * Channels, height and width of an image (default 3x32x32 with a stem, else Cx3x3). The stem reads as many channels
   * as the image has; that of the reference reads min(3, C).
   */
  readonly inputShape?: Shape | undefined;
}

/** Fills in the defaults. @throws TenasError `CONFIG_INVALID` naming the field. */
export function nasBench201Size(size: NasBench201Size) {
  checkSizeFields(size, ['C', 'N', 'numClasses', 'inputShape']);
  return {
    C: positiveInteger('C', size.C ?? 16),
    N: cellCount('N', size.N ?? 5),
    numClasses: positiveInteger('numClasses', size.numClasses ?? 10),
    inputShape: imageShape('inputShape', size.inputShape ?? [3, 32, 32]),
  };
}

/** Fills in the defaults. @throws TenasError `CONFIG_INVALID` naming the field. */
export function nasBench201SupernetSize(size: NasBench201SupernetSize) {
  checkSizeFields(size, ['C', 'N', 'depth', 'useStem', 'numClasses', 'inputShape']);
  const C = positiveInteger('C', size.C);
  return {
    C,
    N: cellCount('N', size.N ?? 1),
    numClasses: positiveInteger('numClasses', size.numClasses ?? 10),
    ...supernetFrame(size, C),
  };
}

/** A network on whole images. */
function sized(C: number, N: number): SpaceSizes<NasBench201Size>['proxy'] {
  return ({ classes, height, width }) => ({
    C,
    N,
    numClasses: classes,
    inputShape: [3, height, width],
  });
}

/** The benchmark's network, the same narrow and short, and narrow with three cells per stage. */
export const NAS_BENCH_201_SIZES: SpaceSizes<NasBench201Size> = {
  proxy: sized(3, 1),
  deep: sized(4, 3),
  final: sized(16, 5),
};

/** All cells of a supernet on whole images. */
function whole(C: number, N: number) {
  return ({ classes, height, width }: DatasetShape): NasBench201SupernetSize => ({
    C,
    N,
    depth: -1,
    useStem: true,
    numClasses: classes,
    inputShape: [3, height, width],
  });
}

/** Five cells of three channels, three cells per stage of four channels; one cell on crops of one channel. */
export const NAS_BENCH_201_SUPERNET_SIZES = {
  proxy: whole(3, 1),
  deep: whole(4, 3),
  stemless: ({ classes }: DatasetShape): NasBench201SupernetSize => ({
    C: 1,
    N: 1,
    depth: 1,
    useStem: false,
    numClasses: classes,
    inputShape: [1, 3, 3],
  }),
};
