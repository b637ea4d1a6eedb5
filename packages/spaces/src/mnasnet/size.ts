import { type DividedSize, dividedSizes } from '../divided-size.js';

/** Size of the network of one architecture; it divides height and width of an image by 32. */
export type MnasnetSize = DividedSize;

/** A quarter of the channels for metrics, an eighth on crops of one channel. */
export const MNASNET_SIZES = dividedSizes({ proxy: 4, stemless: 8 });
