/** Inverted residuals of one kind that follow each other. */
export interface MobileNetV2Block {
  readonly kernel: number;
  /** Channels inside an inverted residual, as a multiple of those that it puts out. */
  readonly expansion: number;
  /** Channels after the first inverted residual of a layer. */
  readonly bottleneck: number;
  /** Channels after the second one. */
  readonly channels: number;
  /** Layers of two inverted residuals each. */
  readonly layers: number;
  /** Of the first layer: 1 or 2. */
  readonly stride: number;
}

/** A network of the space: stem, blocks, a 1x1 convolution of 2048 channels, and the classifier. */
export interface MobileNetV2Architecture {
  /** The name of its space: spaces differ in their budgets. */
  readonly space: string;
  /** Channels of the stem. */
  readonly stem: number;
  readonly blocks: readonly MobileNetV2Block[];
}

export const MOBILENET_V2_KERNELS: readonly number[] = [3, 5, 7];
export const MOBILENET_V2_EXPANSIONS: readonly number[] = [1, 2, 4, 6];
/** Features of the classifier. */
export const MOBILENET_V2_HEAD = 2048;
/** Numbers of channels are multiples of this. */
export const MOBILENET_V2_CHANNEL_STEP = 8;
/** Images and classes on which multiply-adds are counted. */
const IMAGE = 224;
const CLASSES = 1000;

/** Layers, the stem and the last convolution counted too, as the authors' `max_layers` does. */
export function mobileNetV2Layers({ blocks }: MobileNetV2Architecture): number {
  return blocks.reduce((sum, { layers }) => sum + layers, 2);
}

/** Multiply-adds on ImageNet at 224x224: the same number as `graphCost` of the final network. */
export function mobileNetV2Macs({ stem, blocks }: MobileNetV2Architecture): number {
  const halved = (side: number, stride: number) => Math.ceil(side / stride);
  let side = halved(IMAGE, 2);
  let macs = 3 * 3 * 3 * stem * side ** 2;
  let channels = stem;
  /** An inverted residual, with a projection of its input where that is needed. */
  const add = (block: MobileNetV2Block, out: number, options: { stride: number; projected: boolean }) => {
    const wide = out * block.expansion;
    macs += channels * wide * side ** 2;
    side = halved(side, options.stride);
    macs += (wide * block.kernel ** 2 + wide * out) * side ** 2;
    if (options.projected || channels !== out) macs += channels * out * side ** 2;
    channels = out;
  };
  for (const block of blocks) {
    for (let layer = 0; layer < block.layers; layer++) {
      const first = layer === 0;
      add(block, block.bottleneck, { stride: first ? block.stride : 1, projected: first });
      add(block, block.channels, { stride: 1, projected: false });
    }
  }
  return macs + channels * MOBILENET_V2_HEAD * side ** 2 + MOBILENET_V2_HEAD * CLASSES;
}
