import { RandomStream, TenasError } from '@tenas/base';
import { type ImageSource, normalisedImages } from '@tenas/data';
import { type Graph, sizeOf } from '@tenas/graph';
import { type DatasetShape, datasetShape } from '@tenas/spaces';
import { openImageSource } from '../../image-source.js';
import type { Given as GivenOf } from '../../invocation.js';
import type { exportUsage } from './options.js';

type Given = GivenOf<typeof exportUsage>;

/** Images that batch norm is calibrated on, unless they are large. */
const MOST_IMAGES = 128;
const FEWEST_IMAGES = 16;
/** Pixels of all of them: the engine keeps the feature maps of a whole batch. */
const MOST_PIXELS = MOST_IMAGES * 32 * 32;

/** Images to measure the statistics of batch norm on, [size, C, H, W], normalised. */
export interface CalibrationImages {
  readonly inputs: Float32Array;
  readonly size: number;
  /** For people: `128 images of cifar10`. */
  readonly text: string;
}

/** The shape of a dataset that `--dataset` names; the classes of `folder` are those in `--data`. */
export async function shapeOfNamed(
  dataset: NonNullable<Given['dataset']>,
  given: Given,
): Promise<DatasetShape> {
  if (dataset !== 'folder') return datasetShape(dataset);
  const side = given.inputSize ?? 32;
  const source = await openImageSource({ dataset, data: given.data, size: side });
  const { classes } = source;
  await source.close?.();
  return { name: dataset, classes, height: side, width: side };
}

/**
 * The images in `--data`, at the size of a network; undefined without `--data`.
 * @throws TenasError OPTION_INVALID where a dataset is not known, needs a folder, or has images of another size
 */
export async function openNetworkImages(
  given: Given,
  dataset: DatasetShape,
  graph: Graph,
): Promise<ImageSource | undefined> {
  if (given.data === undefined && !given.calibrate) return undefined;
  const [channels, height, width] = graph.nodes[graph.input]!.shape;
  const name = readable(given, dataset);
  const source = await openImageSource({ dataset: name, data: given.data, size: height });
  if (channels === 3 && source.height === height && source.width === width) return source;
  await source.close?.();
  const found = `3x${source.height}x${source.width}`;
  throw new TenasError(
    'OPTION_INVALID',
    `--data: images of ${name} are ${found}; the network takes ${channels}x${height}x${width}: leave --data or --input-size out`,
    { field: '--data', value: found },
  );
}

/** The images that the statistics of batch norm are measured on: always the same ones of a seed. */
export async function calibrationImages(
  source: ImageSource,
  seed: number,
  signal: AbortSignal,
): Promise<CalibrationImages> {
  const fitting = Math.floor(MOST_PIXELS / (source.height * source.width));
  const wanted = Math.min(Math.max(fitting, FEWEST_IMAGES), MOST_IMAGES, source.size);
  const indices = new RandomStream('calibration', seed).sample(source.size, wanted);
  const inputs = await normalisedImages(source, indices, signal);
  const size = inputs.length / sizeOf([3, source.height, source.width]);
  return { inputs, size, text: `${size} images of ${source.name}` };
}

const READABLE = ['cifar10', 'cifar100', 'imagenet16-120', 'imagenet-1k', 'folder'] as const;

function readable(given: Given, { name }: DatasetShape): (typeof READABLE)[number] {
  const known = READABLE.find((one) => one === name);
  if (known !== undefined) return known;
  throw new TenasError(
    'OPTION_INVALID',
    `--dataset: the record's dataset is ${name ?? 'not named'}, which has no files; name the one in --data with --dataset`,
    { field: '--dataset', value: given.dataset },
  );
}
