export type { Augmentation } from './augmentation.js';
export { isBzip2, unpackBzip2 } from './bzip2.js';
export { type CropBatchesOptions, cropBatches } from './crop-batches.js';
export { batchesPerEpoch, type EpochOptions, epochBatches } from './epoch-batches.js';
export { type EvaluationOptions, evaluationBatches } from './evaluation-batches.js';
export { ARCHIVES, type FetchableDataset, type FetchOptions, fetchDataset } from './fetch-dataset.js';
export { knownClassNames } from './known-class-names.js';
export { classCounts, type LabelledSource, requireLabels } from './labels.js';
export type { LearningTask, TaskSamples } from './learning-task/learning-task.js';
export { LEARNING_TASKS, type LearningTaskName } from './learning-task/task-names.js';
export {
  learningTask,
  outputsFor,
  sampleShape,
  type TaskSource,
  withTask,
} from './learning-task/with-task.js';
export { type MemoryImages, memoryImages } from './memory-images.js';
export { normalisedImages } from './normalised-images.js';
export { type OpenOptions, openDataset } from './open-dataset.js';
export { openTestImages } from './open-test-images.js';
export { PickledArray, type PickleValue } from './pickle-numpy.js';
export { sampledImages } from './sampled-images.js';
export { sampledParts } from './sampled-parts.js';
export { shrinksTo, shrunkImages } from './shrunk-images.js';
export {
  DATASETS,
  type DatasetName,
  type ImageSource,
  type ImageWindow,
  NORMALISATION,
  type PerChannel,
  SPLITS,
  type Split,
} from './source.js';
export { type SplitOptions, type SplitSource, splitSource } from './split-source.js';
export { LARGEST_IMAGE, type SyntheticOptions, syntheticImages } from './synthetic.js';
export {
  type ImageBatch,
  type LabelledBatch,
  type TrainingBatchOptions,
  trainingBatch,
} from './training-batch.js';
export { unpickle } from './unpickle.js';
