import { splitSource } from '@tenas/data';
import type { TrainingRecord } from '@tenas/records';
import { getSpace } from '@tenas/spaces';
import {
  networkInTraining,
  type TrainingCheckpoint,
  type TrainingProgress,
  trainNetwork,
} from '@tenas/train';
import { unitFailure } from '../failures.js';
import type { TrainTask } from '../tasks.js';
import type { LabelledImages } from './labelled-images.js';
import { trainedWeights, trainingRecord } from './training-record.js';

/** Folder of the trained networks in a batch's folder: a folder for each, by the key of its unit. */
export const TRAINED_FOLDER = 'trained';
/** Name of the weights in such a folder. */
export const WEIGHTS_FILE = 'model.safetensors';
/** Name of the record in such a folder. */
export const RECORD_FILE = 'train.json';
/** What such a folder holds of a training that is done. */
export const TRAINED_FILES = [WEIGHTS_FILE, RECORD_FILE] as const;

/** Where the weights of a unit are, from the batch's folder. */
export function weightsPath(key: string): string {
  return `${TRAINED_FOLDER}/${key}/${WEIGHTS_FILE}`;
}

/** Keeps how far a training is, so that it goes on after its process ended. */
export interface CheckpointPlace {
  /** Undefined: there is none. */
  read(): Promise<TrainingCheckpoint | undefined>;
  write(checkpoint: TrainingCheckpoint): Promise<void>;
}

/** A trained network, on its way into a store. */
export interface TrainedUnit {
  readonly record: TrainingRecord;
  /** A safetensors file. */
  readonly weights: Uint8Array;
}

/** One training of a batch. */
export interface TrainingWork {
  readonly task: TrainTask;
  /** Of the unit. */
  readonly key: string;
  readonly seed: number;
  readonly architecture: string;
}

/** Codes of checkpoints that a training cannot go on from: of another version, or damaged. */
const UNFIT = ['CHECKPOINT_INVALID', 'RESUME_MISMATCH', 'SNAPSHOT_INVALID'];

/**
 * Trains a network, from its checkpoint if there is one. The weights are those of an undisturbed training, on any number
 * of threads of one instruction set.
 * @throws TenasError `TRAINING_DIVERGED`; those of `trainNetwork` and of the checkpoint's place; the signal's reason
 */
export async function trainUnit(
  images: LabelledImages,
  work: TrainingWork,
  options: {
    readonly threads: number;
    readonly signal: AbortSignal;
    readonly checkpoints?: CheckpointPlace | undefined;
    readonly onProgress?: ((progress: TrainingProgress) => void) | undefined;
    /** What of the recipe is left out. */
    readonly onNote?: ((note: string) => void) | undefined;
  },
): Promise<TrainedUnit> {
  const { task, key, seed, architecture } = work;
  const { recipe, epochs, batchSize, network: size, validation: held, plugins } = task;
  const { threads, signal, checkpoints, onProgress, onNote } = options;
  const space = getSpace(task.space);
  const parsed = space.parse(architecture);
  const graph = space.network(parsed, size);
  const trainingNetwork = space.trainingNetwork?.(parsed, size);
  for (const note of networkInTraining(graph, recipe, trainingNetwork).notes) onNote?.(note);
  const { whole, test } = images;
  const parts = held === 0 ? undefined : await splitSource(whole, { seed, validation: held, signal });
  const { training, validation } = parts ?? { training: whole, validation: undefined };
  const train = (from: TrainingCheckpoint | undefined) =>
    trainNetwork({
      ...{ graph, trainingNetwork, training, validation, test: test ?? validation },
      ...{ recipe, epochs, batchSize, seed },
      ...{ threads, signal, from, onProgress },
      about: { space: task.space, architecture, validation: held },
      onCheckpoint: (checkpoint) => checkpoints?.write(checkpoint) ?? Promise.resolve(),
    });
  const from = await checkpoints?.read().catch(unlessUnfit);
  const trained =
    (await (from === undefined ? train(from) : train(from).catch(unlessUnfit))) ?? (await train(undefined));
  const facts = { space: task.space, architecture, graph, size, recipe, batchSize, seed, plugins };
  return {
    record: trainingRecord({ ...facts, images: { training, validation, test } }, trained, {
      weights: weightsPath(key),
      onnx: null,
      threads: null,
    }),
    weights: trainedWeights(trained, facts),
  };
}

function unlessUnfit(error: unknown): undefined {
  if (UNFIT.includes(unitFailure(error).code)) return undefined;
  throw error;
}
