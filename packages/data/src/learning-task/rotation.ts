import { settingError } from '@tenas/base';
import type { LearningTask } from './learning-task.js';

/** Quarter turns of an image. */
const TURNS = 4;

/**
 * By how many quarter turns an image was rotated (Gidaris, Singh and Komodakis, ICLR 2018, arXiv 1803.07728): of each
 * image all four rotations are in the batch, after the ordinary augmentation. Label n is n quarter turns to the left, as
 * `numpy.rot90` turns.
 *
 * @throws TenasError SETTING_INVALID for images that are not square
 */
export function rotationTask({
  height,
  width,
}: {
  readonly height: number;
  readonly width: number;
}): LearningTask {
  if (height !== width) {
    throw settingError(
      'task',
      'rotation',
      `labels for images of ${height}x${width}: only square ones can be rotated`,
    );
  }
  const side = height;
  const plane = side * side;
  return {
    name: 'rotation',
    samples: TURNS,
    labels: TURNS,
    tiles: 1,
    shape: [3, side, side],
    classes: TURNS,
    classNames: ['0°', '90°', '180°', '270°'],
    augmentation: (ordinary) => ordinary,
    fill(image, _random, { images, labels }) {
      images.set(image);
      for (let turn = 1; turn < TURNS; turn++) {
        const before = images.subarray((turn - 1) * 3 * plane, turn * 3 * plane);
        const target = images.subarray(turn * 3 * plane, (turn + 1) * 3 * plane);
        for (let channel = 0; channel < 3; channel++) turnLeft(before, target, channel * plane, side);
      }
      for (let turn = 0; turn < TURNS; turn++) labels[turn] = turn;
    },
  };
}

/** Turns a square plane by 90 degrees to the left: the last column becomes the first row. */
function turnLeft(from: Float32Array, target: Float32Array, offset: number, side: number): void {
  for (let y = 0; y < side; y++) {
    const column = offset + side - 1 - y;
    const row = offset + y * side;
    for (let x = 0; x < side; x++) target[row + x] = from[column + x * side]!;
  }
}
