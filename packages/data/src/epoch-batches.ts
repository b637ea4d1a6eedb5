import { checkInteger, RandomStream, settingError } from '@tenas/base';
import type { Augmentation } from './augmentation.js';
import { type LabelledSource, requireLabels } from './labels.js';
import type { LearningTask } from './learning-task/learning-task.js';
import { taskBatch } from './learning-task/task-batch.js';
import { normalisedValues } from './normalised-values.js';
import type { ImageSource } from './source.js';
import type { LabelledBatch } from './training-batch.js';

/** Settings of {@link epochBatches}. */
export interface EpochOptions {
  /** Images in a batch; the last one of an epoch may have fewer. */
  readonly batchSize: number;
  readonly seed: number;
  /** From 0. Every epoch has another order and other crops. */
  readonly epoch: number;
  readonly augmentation: Augmentation;
  /**
   * Whether the labels of each batch change places among themselves: a control, as nothing can be learned from them but
   * how often each comes. Default false.
   */
  readonly shuffleTargets?: boolean | undefined;
  /** Batches to leave out at the start, for a training that goes on in the middle of an epoch. Default 0. */
  readonly first?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * One epoch of training: batches that hold every image of a source once, in an order by (seed, epoch), each image
 * cropped, flipped, normalised by channel and cut out by (seed, epoch, index). The last batch holds what is left, as
 * PyTorch's DataLoader keeps it. The same settings give the same batches, from any `first`. Of a source with a task,
 * `batchSize` counts images, and the batches have the task's samples.
 *
 * Throws TenasError OPTION_INVALID or LABELS_MISSING at once; the iterator throws what reading throws, and the signal's reason.
 */
export function epochBatches(
  source: ImageSource,
  options: EpochOptions,
): AsyncGenerator<LabelledBatch, void, undefined> {
  const { batchSize, seed, epoch, first = 0, augmentation } = options;
  const code = 'OPTION_INVALID';
  checkInteger('batchSize', batchSize, 1, 1 << 20, code);
  checkInteger('seed', seed, 0, undefined, code);
  checkInteger('epoch', epoch, 0, undefined, code);
  checkInteger('first', first, 0, Math.ceil(source.size / batchSize), code);
  const side = Math.max(source.height, source.width);
  checkInteger('augmentation.padding', augmentation.padding, 0, side, code);
  checkInteger('augmentation.cutout', augmentation.cutout, 0, 2 * side, code);
  if (typeof augmentation.flip !== 'boolean')
    throw settingError('augmentation.flip', augmentation.flip, 'true or false', code);
  const { task } = source;
  const from = { ...options, first };
  const batches =
    task === undefined ? labelledBatches(requireLabels(source), from) : taskBatches(source, task, from);
  return options.shuffleTargets === true ? withShuffledTargets(batches, from) : batches;
}

/** Number of batches of an epoch. */
export function batchesPerEpoch(source: Pick<ImageSource, 'size'>, batchSize: number): number {
  return Math.ceil(source.size / batchSize);
}

type ReadOptions = EpochOptions & { readonly first: number };

async function* labelledBatches(source: LabelledSource, options: ReadOptions) {
  for await (const { images, indices } of augmentedBatches(source, options)) {
    yield { images, labels: await source.labels(indices, options.signal) };
  }
}

async function* taskBatches(source: ImageSource, task: LearningTask, options: ReadOptions) {
  const augmentation = task.augmentation(options.augmentation);
  const { seed, epoch } = options;
  for await (const { images, indices } of augmentedBatches(source, { ...options, augmentation })) {
    yield taskBatch(task, images, { count: indices.length, training: true }, (n) => {
      return new RandomStream(`training ${task.name}`, seed, epoch, indices[n]!);
    });
  }
}

async function* withShuffledTargets(
  batches: AsyncIterable<LabelledBatch>,
  { seed, epoch, first }: ReadOptions,
): AsyncGenerator<LabelledBatch, void, undefined> {
  let place = first;
  for await (const { images, labels } of batches) {
    const order = shuffled(labels.length, new RandomStream('shuffled targets', seed, epoch, place++));
    yield { images, labels: Int32Array.from(order, (index) => labels[index]!) };
  }
}

/** The images of each batch, with their indices. */
async function* augmentedBatches(
  source: ImageSource,
  { batchSize, seed, epoch, first, augmentation, signal }: ReadOptions,
) {
  const order = shuffled(source.size, new RandomStream('training order', seed, epoch));
  const values = normalisedValues(source);
  const sample = 3 * source.height * source.width;
  for (let start = first * batchSize; start < source.size; start += batchSize) {
    signal?.throwIfAborted();
    const indices = Array.from(order.subarray(start, start + batchSize));
    const images = new Float32Array(indices.length * sample);
    for (const [n, pixels] of (await source.read(indices, signal)).entries()) {
      const random = new RandomStream('training image', seed, epoch, indices[n]!);
      const target = images.subarray(n * sample, (n + 1) * sample);
      augment(pixels, target, source, values, drawn(random, source, augmentation));
    }
    yield { images, indices };
  }
}

/** All indices below `size` in random order (Fisher and Yates). */
function shuffled(size: number, random: RandomStream): Uint32Array {
  const order = Uint32Array.from({ length: size }, (_, index) => index);
  for (let last = size - 1; last > 0; last--) {
    const other = random.below(last + 1);
    const moved = order[last]!;
    order[last] = order[other]!;
    order[other] = moved;
  }
  return order;
}

interface Draws {
  /** Row and column of the image at the crop's first pixel; negative in the border. */
  readonly top: number;
  readonly left: number;
  readonly flip: boolean;
  /** Rows and columns that are cut out, the ends excluded. */
  readonly cut: { readonly rows: readonly [number, number]; readonly columns: readonly [number, number] };
}

/** What happens to one image. Every setting takes its draws, so that one does not change what another draws. */
function drawn(
  random: RandomStream,
  { height, width }: ImageSource,
  { padding, flip, cutout }: Augmentation,
): Draws {
  const top = random.below(2 * padding + 1) - padding;
  const left = random.below(2 * padding + 1) - padding;
  const flipped = random.unit() < 0.5;
  const [row, column] = [random.below(height), random.below(width)];
  const half = cutout >> 1;
  const span = (centre: number, end: number): readonly [number, number] => [
    Math.max(0, centre - half),
    Math.min(end, centre - half + cutout),
  ];
  return {
    top,
    left,
    flip: flip && flipped,
    cut: { rows: span(row, height), columns: span(column, width) },
  };
}

/** Crops, flips, normalises and cuts out one image, both [3, height, width]. */
function augment(
  pixels: Uint8Array,
  target: Float32Array,
  { height, width }: ImageSource,
  values: Float32Array,
  { top, left, flip, cut }: Draws,
): void {
  const plane = height * width;
  const [firstRow, endRow] = inside(top, height);
  const [firstColumn, endColumn] = inside(left, width);
  const { rows, columns } = cut;
  for (let channel = 0; channel < 3; channel++) {
    const table = values.subarray(256 * channel, 256 * (channel + 1));
    const black = table[0]!;
    const whole = target.subarray(channel * plane, (channel + 1) * plane);
    if (endRow - firstRow < height || endColumn - firstColumn < width) whole.fill(black);
    for (let y = firstRow; y < endRow; y++) {
      const from = channel * plane + (y + top) * width + left;
      const to = y * width;
      if (flip) {
        const mirrored = to + width - 1;
        for (let x = firstColumn; x < endColumn; x++) whole[mirrored - x] = table[pixels[from + x]!]!;
      } else {
        for (let x = firstColumn; x < endColumn; x++) whole[to + x] = table[pixels[from + x]!]!;
      }
    }
    if (columns[0] === columns[1]) continue;
    for (let y = rows[0]; y < rows[1]; y++) whole.fill(0, y * width + columns[0], y * width + columns[1]);
  }
}

/** Places of a crop that lie on the image, the end excluded: from the crop's offset and the image's length. */
function inside(offset: number, length: number): readonly [number, number] {
  return [Math.max(0, -offset), Math.min(length, length - offset)];
}
