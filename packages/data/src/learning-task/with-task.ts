import type { ImageSource } from '../source.js';
import { colorizationTask } from './colorization.js';
import { jigsawTask } from './jigsaw.js';
import type { LearningTask } from './learning-task.js';
import { rotationTask } from './rotation.js';
import type { LearningTaskName } from './task-names.js';

/** Images whose batches have the samples and labels of a task instead of those of the images. */
export type TaskSource = ImageSource & { readonly task: LearningTask };

/** Opens a task for the images of a source; `labels` is none. @throws TenasError SETTING_INVALID for images that it cannot be made of */
export function learningTask(name: LearningTaskName, source: ImageSource): LearningTask | undefined {
  switch (name) {
    case 'labels':
      return undefined;
    case 'rotation':
      return rotationTask(source);
    case 'jigsaw':
    case 'jigsaw-3x3':
      return jigsawTask(name, source);
    case 'colorization':
    case 'colorization-32':
      return colorizationTask(name, source);
  }
}

/**
 * The same images for a task: their batches ({@link epochBatches}, {@link evaluationBatches}) have its samples and labels,
 * and `classes` counts its classes. Closing it closes the source.
 */
export function withTask(source: ImageSource, task: LearningTask): TaskSource {
  return {
    name: source.name,
    classes: task.classes,
    classNames: task.classNames,
    size: source.size,
    sizeEstimated: source.sizeEstimated,
    sampledFrom: source.sampledFrom,
    height: source.height,
    width: source.width,
    mean: source.mean,
    std: source.std,
    fingerprint: `${source.fingerprint}-${task.name}`,
    origin: source.origin,
    task,
    get skipped() {
      return source.skipped;
    },
    get notes() {
      return source.notes;
    },
    read: async (indices, signal) => await source.read(indices, signal),
    async close() {
      await source.close?.();
    },
  };
}

/** Channels, height and width of what a network sees of a source. */
export function sampleShape({
  task,
  height,
  width,
}: Pick<ImageSource, 'task' | 'height' | 'width'>): readonly [number, number, number] {
  return task?.shape ?? [3, height, width];
}

/** Outputs of a network for a source: one per class, or per class and tile. */
export function outputsFor({ classes, task }: Pick<ImageSource, 'classes' | 'task'>): number {
  return classes * (task?.tiles ?? 1);
}
