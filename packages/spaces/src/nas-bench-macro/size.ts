import type { Shape } from '@tenas/graph';
import { checkSizeFields, imageShape, positiveInteger } from '../size-fields.js';
import type { SizesWithCrops } from '../space.js';

/** Size of the network of one architecture. Unknown fields are refused. */
export interface NasBenchMacroSize {
  /** Channels of the stem (default 32); the stages have two, four and eight times as many. */
  readonly C?: number | undefined;
  /** Classes (default 10). */
  readonly numClasses?: number | undefined;
  /** Channels, height and width of an image (default 3x32x32). */
  readonly inputShape?: Shape | undefined;
}

/** Fills in the defaults. @throws TenasError `CONFIG_INVALID` naming the field. */
export function nasBenchMacroSize(size: NasBenchMacroSize) {
  checkSizeFields(size, ['C', 'numClasses', 'inputShape']);
  return {
    C: positiveInteger('C', size.C ?? 32),
    numClasses: positiveInteger('numClasses', size.numClasses ?? 10),
    inputShape: imageShape('inputShape', size.inputShape ?? [3, 32, 32]),
  };
}

/** A quarter of the benchmark's channels for metrics; on crops of one channel an eighth. */
export const NAS_BENCH_MACRO_SIZES: SizesWithCrops<NasBenchMacroSize> = {
  proxy: ({ classes, height, width }) => ({ C: 8, numClasses: classes, inputShape: [3, height, width] }),
  stemless: ({ classes }) => ({ C: 4, numClasses: classes, inputShape: [1, 4, 4] }),
  final: ({ classes, height, width }) => ({ C: 32, numClasses: classes, inputShape: [3, height, width] }),
};
