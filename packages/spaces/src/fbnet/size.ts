import { type DividedSize, dividedSize, dividedSizes } from '../divided-size.js';
import { sizeError } from '../size-fields.js';

/** Size of the network of one architecture; it divides height and width of an image by 32, of small ones by 8. */
export type FbNetSize = DividedSize;

/** Fills in the defaults. A divisor of 8 is refused: convolutions of two groups need even numbers of channels. */
export function fbNetSize(size: FbNetSize) {
  const filled = dividedSize(size);
  if (filled.divisor === 8) throw sizeError('divisor', 8, '1, 2 or 4');
  return filled;
}

/** A quarter of the channels for metrics. */
export const FBNET_SIZES = dividedSizes({ proxy: 4, stemless: 4 });
