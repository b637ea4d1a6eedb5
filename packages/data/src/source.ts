import { checkInteger } from '@tenas/base';
import type { LearningTask } from './learning-task/learning-task.js';

/** Parts that datasets come in. */
export const SPLITS = ['training', 'test'] as const;

/** A part that a dataset comes in. */
export type Split = (typeof SPLITS)[number];

/** Names that `openDataset` knows. */
export const DATASETS = [
  'cifar10',
  'cifar100',
  'imagenet16-120',
  'imagenet-1k',
  'folder',
  'synthetic',
] as const;
export type DatasetName = (typeof DATASETS)[number];

/** Red, green, blue. */
export type PerChannel = readonly [number, number, number];

/** Some channels of a square part of an image. */
export interface ImageWindow {
  readonly index: number;
  readonly top: number;
  readonly left: number;
  readonly side: number;
  /** In this order; 0 red, 1 green, 2 blue. */
  readonly channels: readonly number[];
}

/** A data set of images, all of one size, read by index. */
export interface ImageSource {
  readonly name: DatasetName;
  readonly classes: number;
  /** Names of the classes by label, where the data set holds them. */
  readonly classNames?: readonly string[] | undefined;
  /** Number of images. */
  readonly size: number;
  /** Set where `size` is an estimate, as not every folder was listed. */
  readonly sizeEstimated?: true | undefined;
  /** Set where the images are a sample of more. */
  readonly sampledFrom?: { readonly images: number; readonly estimated: boolean } | undefined;
  readonly height: number;
  readonly width: number;
  /** Mean and standard deviation of each channel, in 0..255. */
  readonly mean: PerChannel;
  readonly std: PerChannel;
  /** What networks learn on the images instead of their labels; absent: the labels. */
  readonly task?: LearningTask | undefined;
  /** Identifies the contents (file names, sizes, sampled bytes), for result records. */
  readonly fingerprint: string;
  /** Where the images come from, for messages. */
  readonly origin?: string | undefined;
  /** Images that could not be decoded so far and were replaced by others. */
  readonly skipped?: number | undefined;
  /** What a user should know of the images: what was assumed of their folders, what was passed over or replaced so far; sentences. */
  readonly notes?: readonly string[] | undefined;
  /**
   * Pixels of each image, [3, height, width] planar, 0..255; not to be written to: an image may be a view of what the source keeps.
   * Throws TenasError for files that cannot be read.
   */
  read(indices: readonly number[], signal?: AbortSignal): Promise<readonly Uint8Array[]>;
  /**
   * Pixels of windows that lie inside their images, [channels, side, side] planar each: those that `read` gives, for sources that
   * need not make whole images for them.
   */
  readWindows?:
    | ((windows: readonly ImageWindow[], signal?: AbortSignal) => Promise<readonly Uint8Array[]>)
    | undefined;
  /**
   * Label of each image, 0 to classes - 1; absent where images have no labels ({@link requireLabels} of a source says so). Reads no
   * pixels that it need not. Ask after `read`: an image that could not be decoded may have been replaced by one of another class.
   */
  labels?: ((indices: readonly number[], signal?: AbortSignal) => Promise<Int32Array>) | undefined;
  close?(): Promise<void>;
}

/** Normalisation constants of the reference code, in 0..255. */
export const NORMALISATION: Readonly<
  Record<DatasetName, { readonly mean: PerChannel; readonly std: PerChannel }>
> = {
  cifar10: { mean: [125.3, 123.0, 113.9], std: [63.0, 62.1, 66.7] },
  cifar100: { mean: [129.3, 124.1, 112.4], std: [68.2, 65.4, 70.4] },
  'imagenet16-120': { mean: [122.68, 116.66, 104.01], std: [63.22, 61.26, 65.09] },
  'imagenet-1k': { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] },
  folder: { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] },
  synthetic: { mean: [125.3, 123.0, 113.9], std: [63.0, 62.1, 66.7] },
};

/** Throws TenasError INDEX_INVALID for an index that the source does not have. */
export function checkIndices(indices: readonly number[], size: number): void {
  for (const index of indices) checkInteger('image index', index, 0, size - 1, 'INDEX_INVALID');
}
