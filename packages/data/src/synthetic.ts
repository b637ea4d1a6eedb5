import { checkInteger, RandomStream } from '@tenas/base';
import {
  checkIndices,
  type ImageSource,
  type ImageWindow,
  NORMALISATION,
  type PerChannel,
} from './source.js';

export interface SyntheticOptions {
  /** Height and width. Default 32. */
  readonly size?: number | undefined;
  /** Number of images. Default 50,000, as many as CIFAR has. */
  readonly images?: number | undefined;
  /** Classes differ in tint and dominant orientation. Default 10. */
  readonly classes?: number | undefined;
  /** Default 0. */
  readonly seed?: number | undefined;
}

const WAVES = 96;
/** Fields are this many times as wide as images. */
const FIELD_SCALE = 4;
/** Pixels painted before other work gets its turn (a few milliseconds), and the fixed cost of a window in pixels. */
const PIXELS_PER_TURN = 1 << 19;
const PIXELS_PER_WINDOW = 1 << 11;

/** Principal axes of natural colours: luminance takes most of the variance, then blue-yellow, then red-green (Ruderman 1998). */
const COLOUR_AXES: readonly PerChannel[] = [
  [0.72, 0.72, 0.72],
  [0.2, 0.07, -0.27],
  [0.08, -0.1, 0.02],
];

/** Most rows and columns of an image that is computed or resized. */
export const LARGEST_IMAGE = 512;

/**
 * Images with natural statistics, made from a seed: windows into periodic random fields whose amplitude falls as 1/f (Field 1987),
 * with strongly correlated colour channels and the mean and deviation of CIFAR-10. Classes differ in tint and in the orientation of
 * their field; the label of an image is its index modulo the number of classes. An image depends on (seed, index, size, classes) only. Throws TenasError OPTION_INVALID.
 */
export function syntheticImages(options: SyntheticOptions = {}): ImageSource {
  const { size = 32, images = 50_000, classes = 10, seed = 0 } = options;
  checkInteger('size', size, 1, LARGEST_IMAGE, 'OPTION_INVALID');
  checkInteger('images', images, 1, 2 ** 31, 'OPTION_INVALID');
  checkInteger('classes', classes, 1, 100_000, 'OPTION_INVALID');
  const fields = new Map<string, Float32Array>();
  const field = (name: string, orientation?: number): Float32Array => {
    let found = fields.get(name);
    if (!found) {
      found = randomField(size * FIELD_SCALE, new RandomStream('synthetic field', seed, name), orientation);
      fields.set(name, found);
    }
    return found;
  };
  const labelOf = (index: number) => index % classes;
  const readWindows = async (
    windows: readonly ImageWindow[],
    signal?: AbortSignal,
  ): Promise<Uint8Array[]> => {
    checkIndices(
      windows.map(({ index }) => index),
      images,
    );
    // Yields to other work after PIXELS_PER_TURN.
    let pixels = 0;
    const drawn: Uint8Array[] = [];
    for (const window of windows) {
      pixels += window.channels.length * window.side ** 2 + PIXELS_PER_WINDOW;
      if (pixels > PIXELS_PER_TURN) {
        await new Promise((resolve) => setImmediate(resolve));
        pixels = 0;
      }
      signal?.throwIfAborted();
      const { index } = window;
      const label = labelOf(index);
      const axes = [
        field(`luminance ${label}`, (Math.PI * label) / classes),
        field('blue-yellow'),
        field('red-green'),
      ];
      drawn.push(
        painted(
          window,
          size,
          axes,
          (2 * Math.PI * label) / classes,
          new RandomStream('synthetic image', seed, index),
        ),
      );
    }
    return drawn;
  };
  return {
    name: 'synthetic',
    classes,
    size: images,
    height: size,
    width: size,
    ...NORMALISATION.synthetic,
    fingerprint: `synthetic-${seed}-${size}-${images}-${classes}`,
    origin: 'synthetic images with a 1/f spectrum',
    read: (indices, signal) =>
      readWindows(
        indices.map((index) => ({ index, top: 0, left: 0, side: size, channels: [0, 1, 2] })),
        signal,
      ),
    readWindows,
    async labels(indices, signal) {
      signal?.throwIfAborted();
      checkIndices(indices, images);
      return Int32Array.from(indices, labelOf);
    },
  };
}

/**
 * A periodic field of unit variance: plane waves of log-uniform frequency and amplitude 1/f, which give every octave the same
 * energy. With an orientation, waves along it are more likely.
 */
function randomField(side: number, random: RandomStream, orientation?: number): Float32Array {
  const field = new Float32Array(side * side);
  for (let wave = 0; wave < WAVES; wave++) {
    const cycles = FIELD_SCALE * 0.5 * (side / FIELD_SCALE) ** random.unit();
    const angle =
      orientation === undefined ? 2 * Math.PI * random.unit() : orientation + 0.9 * random.normal();
    // Whole numbers of cycles make the field periodic.
    const step = (2 * Math.PI) / side;
    const fx = step * Math.round(cycles * Math.cos(angle));
    const fy = step * Math.round(cycles * Math.sin(angle));
    const phase = 2 * Math.PI * random.unit();
    const [stepCos, stepSin] = [Math.cos(fx), Math.sin(fx)];
    for (let y = 0; y < side; y++) {
      let cos = Math.cos(fy * y + phase);
      let sin = Math.sin(fy * y + phase);
      for (let x = 0; x < side; x++) {
        field[y * side + x]! += cos / Math.sqrt(cycles);
        // Angle addition is much cheaper than a cosine for every pixel.
        [cos, sin] = [cos * stepCos - sin * stepSin, sin * stepCos + cos * stepSin];
      }
    }
  }
  let [sum, squares] = [0, 0];
  for (const value of field) {
    sum += value;
    squares += value * value;
  }
  const middle = sum / field.length;
  const deviation = Math.sqrt(squares / field.length - middle * middle) || 1;
  return field.map((value) => (value - middle) / deviation);
}

/** The pixels of a window: the same as in the whole image. */
function painted(
  { top, left, side, channels }: ImageWindow,
  size: number,
  axes: readonly Float32Array[],
  tint: number,
  random: RandomStream,
): Uint8Array {
  const period = size * FIELD_SCALE;
  const { mean, std } = NORMALISATION.synthetic;
  const contrast = 1.3 * Math.exp(0.35 * random.normal());
  const hue = tint + 0.5 * random.normal();
  const shifts = [0.45 * random.normal(), 0.6 * Math.cos(hue), 0.6 * Math.sin(hue)];
  const origins = axes.map(() => ({ top: random.below(period), left: random.below(period) }));
  const [light, blueYellow, redGreen] = axes as [Float32Array, Float32Array, Float32Array];
  const image = new Uint8Array(channels.length * side * side);
  let target = 0;
  for (const channel of channels) {
    const weights = COLOUR_AXES.map((axis) => axis[channel]! * std[channel]!);
    const base = mean[channel]! + weights.reduce((sum, weight, axis) => sum + weight * shifts[axis]!, 0);
    const [a, b, c] = weights.map((weight) => weight * contrast) as [number, number, number];
    for (let y = 0; y < side; y++) {
      const [rowA, rowB, rowC] = origins.map((origin) => ((origin.top + top + y) % period) * period) as [
        number,
        number,
        number,
      ];
      let [atA, atB, atC] = origins.map((origin) => (origin.left + left) % period) as [
        number,
        number,
        number,
      ];
      for (let x = 0; x < side; x++) {
        const value = base + a * light[rowA + atA]! + b * blueYellow[rowB + atB]! + c * redGreen[rowC + atC]!;
        image[target++] = value < 0 ? 0 : value > 255 ? 255 : value + 0.5;
        atA = atA + 1 === period ? 0 : atA + 1;
        atB = atB + 1 === period ? 0 : atB + 1;
        atC = atC + 1 === period ? 0 : atC + 1;
      }
    }
  }
  return image;
}
