import { type DividedSize, dividedSizes } from '../divided-size.js';

/** Size of the network of one architecture. */
export type HurricaneSize = DividedSize;

/** An eighth of the channels for metrics. */
export const HURRICANE_SIZES = dividedSizes({ proxy: 8, stemless: 8 });
