/**
 * Trains networks by recipes: epochs, learning curves, checkpoints from which a training goes on to the bit.
 * @packageDocumentation
 */
export {
  decodeCheckpoint,
  type EpochUnderWay,
  encodeCheckpoint,
  type TrainedEpoch,
  type TrainingCheckpoint,
} from './checkpoint.js';
export { readCheckpoint, writeCheckpoint } from './checkpoint-file.js';
export type { ClassifiedImages } from './classify.js';
export { type CalmerFigures, TrainingDiverged } from './divergence.js';
export { type NetworkInTraining, networkInTraining } from './network-in-training.js';
export {
  type RecipeSettings,
  recipeSettings,
  trainingSettings,
  withRecipeSettings,
} from './recipe-settings.js';
export { sizeToTrain } from './size-to-train.js';
export { type BrieflyTrained, type BriefTrainingOptions, trainBriefly } from './train-briefly.js';
export type { TrainingProgress } from './train-epochs.js';
export { type TrainedNetwork, type TrainNetworkOptions, trainNetwork } from './train-network.js';
export type { TrainingSettings } from './training-settings.js';
