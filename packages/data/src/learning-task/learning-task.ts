import type { RandomStream } from '@tenas/base';
import type { Augmentation } from '../augmentation.js';
import type { LearningTaskName } from './task-names.js';

/** Samples that a task makes of one image, and their labels. */
export interface TaskSamples {
  /** [samples, ...shape], to be filled. */
  readonly images: Float32Array;
  /** [labels], to be filled. */
  readonly labels: Int32Array;
}

/** A task that needs no labels: it makes samples and their labels of images. */
export interface LearningTask {
  readonly name: Exclude<LearningTaskName, 'labels'>;
  /** Samples that a network sees of one image. */
  readonly samples: number;
  /** Labels of one image. */
  readonly labels: number;
  /** Samples that make one prediction: the network has so many outputs per class, see `TrainingLoss` of `@tenas/native`. */
  readonly tiles: number;
  /**
   * Height and width of a sample's labels, one per pixel: the network then ends in feature maps with an output per class, see
   * `TrainingLoss` of `@tenas/native` and `withPixelHead` of `@tenas/graph`. Absent: a prediction has one label.
   */
  readonly labelled?: readonly [height: number, width: number] | undefined;
  /** Channels, height and width of a sample. */
  readonly shape: readonly [number, number, number];
  /** Labels run from 0 to classes - 1. */
  readonly classes: number;
  readonly classNames?: readonly string[] | undefined;
  /** What is left of a recipe's augmentation. */
  augmentation(ordinary: Augmentation): Augmentation;
  /**
   * Fills the samples of one image.
   * @param image [3, height, width], augmented and normalised
   * @param random for this image alone
   * @param training whether the network learns from them; else it is judged by them
   */
  fill(image: Float32Array, random: RandomStream, target: TaskSamples, training: boolean): void;
}
