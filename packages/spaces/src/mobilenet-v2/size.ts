import { type DividedSize, dividedSizes } from '../divided-size.js';

/** Size of the network of one architecture; it divides height and width of an image by 32, of small ones by 8. */
export type MobileNetV2Size = DividedSize;

/** A quarter of the channels for metrics, an eighth on crops of one channel. */
export const MOBILENET_V2_SIZES = dividedSizes({ proxy: 4, stemless: 8 });
