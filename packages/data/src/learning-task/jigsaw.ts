import { settingError } from '@tenas/base';
import type { ImageSource, PerChannel } from '../source.js';
import type { LearningTask } from './learning-task.js';
import { allPermutations, distantPermutations } from './permutations.js';

/** Side of a tile as a share of its patch's: 12 of 16 pixels, 64 of 85. */
const TILE = 0.76;
/** Smallest side of a tile. */
const SMALLEST = 4;
/** Share of training images that are made grey. */
const GREY = 0.3;
/** Shares of red, green and blue in grey (ITU-R BT.601). */
const LUMA: PerChannel = [0.299, 0.587, 0.114];

/** Puzzles: tiles per row, and how many of their orders are told apart. */
export const PUZZLES = {
  jigsaw: { grid: 2, orders: 24 },
  'jigsaw-3x3': { grid: 3, orders: 1000 },
} as const;

/**
 * In which order the tiles of an image are (Noroozi and Favaro, ECCV 2016, arXiv 1603.09246; as UnNAS has it, Liu et al.,
 * ECCV 2020). The image is cut into patches; a tile is a random part of each, normalised by its own mean and deviation over all
 * channels. 30 % of the training images are grey. The network sees the tiles one by one; their features decide together.
 * Flips are as in the recipe; crops and cutout are left out, as tiles are crops.
 *
 * @throws TenasError SETTING_INVALID for images that are too small
 */
export function jigsawTask(name: keyof typeof PUZZLES, source: ImageSource): LearningTask {
  const { grid, orders } = PUZZLES[name];
  const { height, width } = source;
  const [patchHeight, patchWidth] = [Math.floor(height / grid), Math.floor(width / grid)];
  const side = Math.floor(TILE * Math.min(patchHeight, patchWidth));
  if (side < SMALLEST) {
    const least = grid * Math.ceil(SMALLEST / TILE);
    throw settingError(
      'task',
      name,
      `another for images of ${height}x${width}: it needs ${least} pixels each way`,
    );
  }
  const tiles = grid * grid;
  const permutations = orders === 24 ? allPermutations(tiles) : distantPermutations(tiles, orders);
  const values = 3 * side * side;
  return {
    name,
    samples: tiles,
    labels: 1,
    tiles,
    shape: [3, side, side],
    classes: permutations.length,
    augmentation: ({ flip }) => ({ padding: 0, flip, cutout: 0 }),
    fill(image, random, { images, labels }, training) {
      const pixels = training && random.unit() < GREY ? grey(image, source) : image;
      const label = random.below(permutations.length);
      labels[0] = label;
      for (const [place, patch] of permutations[label]!.entries()) {
        const top = Math.floor(patch / grid) * patchHeight + random.below(patchHeight - side + 1);
        const left = (patch % grid) * patchWidth + random.below(patchWidth - side + 1);
        const tile = images.subarray(place * values, (place + 1) * values);
        cut(pixels, tile, { top, left, side, height, width });
      }
    },
  };
}

interface Place {
  readonly top: number;
  readonly left: number;
  readonly side: number;
  readonly height: number;
  readonly width: number;
}

/** Cuts a tile out and normalises it, all channels together; one without contrast becomes 0. */
function cut(image: Float32Array, tile: Float32Array, { top, left, side, height, width }: Place): void {
  for (let row = 0; row < 3 * side; row++) {
    const channel = Math.floor(row / side);
    const from = (channel * height + top + (row % side)) * width + left;
    tile.set(image.subarray(from, from + side), row * side);
  }
  let sum = 0;
  let squares = 0;
  for (const value of tile) sum += value;
  const mean = sum / tile.length;
  for (const value of tile) squares += (value - mean) ** 2;
  const deviation = Math.sqrt(squares / tile.length);
  const scale = deviation > 1e-6 ? 1 / deviation : 0;
  for (let place = 0; place < tile.length; place++) tile[place] = (tile[place]! - mean) * scale;
}

/** A normalised image in grey, normalised. */
function grey(image: Float32Array, { mean, std }: Pick<ImageSource, 'mean' | 'std'>): Float32Array {
  const plane = image.length / 3;
  const result = new Float32Array(image.length);
  for (let place = 0; place < plane; place++) {
    let luma = 0;
    for (let channel = 0; channel < 3; channel++) {
      luma += LUMA[channel]! * (image[channel * plane + place]! * std[channel]! + mean[channel]!);
    }
    for (let channel = 0; channel < 3; channel++) {
      result[channel * plane + place] = (luma - mean[channel]!) / std[channel]!;
    }
  }
  return result;
}
