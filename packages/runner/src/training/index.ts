/**
 * The record and the weights of a training, for commands, batches and workers: `@tenas/runner/training`. Apart from the
 * rest, so that commands without batches load nothing of them.
 * @packageDocumentation
 */
export {
  type TrainingFacts,
  type TrainingParts,
  trainedWeights,
  trainingRecord,
} from './training-record.js';
