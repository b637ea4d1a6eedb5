import { checkInteger, settingError, TenasError } from '@tenas/base';
import { type ImageSource, outputsFor, requireLabels, sampleShape } from '@tenas/data';
import { type Graph, keptValues } from '@tenas/graph';
import { type NamedTensors, Program, type Trainer, type TrainerOptions } from '@tenas/native';
import { checkRecipe, type TrainingNetwork, type TrainingRecipe } from '@tenas/spaces';
import { FRESH_EPOCH, type TrainedEpoch, type TrainingCheckpoint } from './checkpoint.js';
import { type ClassifiedImages, classify } from './classify.js';
import { stepsPerEpochOf, trainerSettings } from './follow-recipe.js';
import { networkInTraining } from './network-in-training.js';
import { type TrainingProgress, trainEpochs } from './train-epochs.js';
import { requireSameSettings, settingsOf, type TrainingSettings } from './training-settings.js';

/** What {@link trainNetwork} needs. */
export interface TrainNetworkOptions {
  /** From images to one output per class. */
  readonly graph: Graph;
  /** What the space adds to it in training (`Space.trainingNetwork`): drop path and auxiliary head need it. Default: nothing. */
  readonly trainingNetwork?: TrainingNetwork | undefined;
  /** Images to train on, with labels or with a task (`withTask` of `@tenas/data`). */
  readonly training: ImageSource;
  /** Images that are classified after every epoch; default: none. */
  readonly validation?: ImageSource | undefined;
  /** Images that are classified at the end; default: none. */
  readonly test?: ImageSource | undefined;
  readonly recipe: TrainingRecipe;
  /** Default: the recipe's. The learning rate falls over all of them. */
  readonly epochs?: number | undefined;
  /** Default: the recipe's. */
  readonly batchSize?: number | undefined;
  /** Of initial weights, order and augmentation. */
  readonly seed: number;
  /** Initial values of all parameters, in `graph.params` order; default: drawn by the seed. */
  readonly weights?: Float32Array | undefined;
  /** Default: all of the machine's. The result does not depend on them. */
  readonly threads?: number | undefined;
  /** Where to train; default `cpu`. The two round differently: a checkpoint continues to the bit on its own device. */
  readonly device?: TrainerOptions['device'];
  /** Further settings that a checkpoint keeps and that a resume must repeat, such as the architecture. */
  readonly about?: TrainingSettings | undefined;
  /** Where an earlier training with the same settings stopped. */
  readonly from?: TrainingCheckpoint | undefined;
  /** Takes a checkpoint after every epoch, and one between two steps where the signal stops the training. */
  readonly onCheckpoint?: ((checkpoint: TrainingCheckpoint) => Promise<void>) | undefined;
  /** After every step and epoch. */
  readonly onProgress?: ((progress: TrainingProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A trained network. */
export interface TrainedNetwork {
  readonly epochs: readonly TrainedEpoch[];
  /** Updates of the parameters. */
  readonly steps: number;
  /** All parameters in the order of the graph, running statistics among them. */
  readonly weights: Float32Array;
  /** A PyTorch `state_dict`. */
  readonly parameters: NamedTensors;
  /** Null without test images. */
  readonly test: ClassifiedImages | null;
  readonly settings: TrainingSettings;
  /** What of the recipe was left out, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Trains a network by a recipe. The weights are a function of the settings: the same on any number of threads, and the
 * same where a training is stopped and goes on from its checkpoint, as often as it may be (on one instruction set).
 *
 * @throws TenasError SETTING_INVALID or RECIPE_INVALID naming a field, LABELS_MISSING, RESUME_MISMATCH, SNAPSHOT_INVALID, CUDA_UNAVAILABLE; TRAINING_DIVERGED
 *   where the loss is not finite or stays above that of guessing, with what to change; what reading and the callbacks
 *   throw; the signal's reason
 */
export async function trainNetwork(options: TrainNetworkOptions): Promise<TrainedNetwork> {
  const { graph, training, validation, test, recipe, seed, from, signal } = options;
  checkRecipe(recipe);
  const epochs = checkInteger('epochs', options.epochs ?? recipe.epochs, 1, 100_000);
  const batchSize = checkInteger('batchSize', options.batchSize ?? recipe.batchSize, 1, 1 << 20);
  checkInteger('seed', seed, 0);
  for (const [name, source] of Object.entries({ training, validation, test })) {
    if (source !== undefined) requireFit(name, graph, source);
  }
  const settings = settingsOf({
    graph,
    training,
    recipe,
    epochs,
    batchSize,
    seed,
    about: options.about ?? {},
  });
  if (from !== undefined) requireSameSettings(from.settings, settings);
  signal?.throwIfAborted();

  const network = networkInTraining(graph, recipe, options.trainingNetwork);
  const { heads, dropPath, dropout } = network;
  using program = Program.compile(network.graph);
  await using trainer = program.trainer({
    weights:
      from === undefined
        ? options.weights === undefined
          ? { kind: 'seeded', seed, repeat: 0, init: 'pytorch' }
          : { kind: 'explicit', data: options.weights }
        : { kind: 'snapshot', data: from.snapshot },
    ...trainerSettings(recipe, training),
    ...{ heads, dropPath, dropout },
    threads: options.threads,
    device: options.device,
  });
  const trained = await trainEpochs({
    ...{ trainer, network, training, validation, recipe, seed, settings, signal },
    ...{ epochs, batchSize, stepsPerEpoch: stepsPerEpochOf(network.graph, training, batchSize) },
    done: from?.epochs ?? [],
    underWay: from?.underWay ?? FRESH_EPOCH,
    onCheckpoint: options.onCheckpoint ?? (async () => {}),
    onProgress: options.onProgress ?? (() => {}),
  });
  const tested =
    test &&
    (await classify(trainer, test, signal).catch((error: unknown) => {
      throw signal?.aborted ? signal.reason : error;
    }));
  return {
    epochs: trained,
    test: tested ?? null,
    ...(await stateOf(trainer, graph)),
    settings,
    notes: network.notes,
  };
}

/** The state of the network itself, without what was added in training. */
async function stateOf(
  trainer: Trainer,
  { params }: Graph,
): Promise<Pick<TrainedNetwork, 'steps' | 'weights' | 'parameters'>> {
  const values = keptValues({ params });
  const all = await trainer.parameters();
  const after = [...all.keys()].indexOf(params.at(-1)!.name) + 1;
  return {
    steps: await trainer.steps(),
    weights: Float32Array.from((await trainer.values()).subarray(0, values)),
    parameters: new Map([...all].slice(0, after)),
  };
}

/** Refuses a network that is no classifier, and images that it does not take, or whose classes are not its outputs. */
function requireFit(name: string, graph: Graph, source: ImageSource): void {
  if (source.task === undefined) requireLabels(source);
  const taken = graph.nodes[graph.input]!.shape.join('x');
  const given = sampleShape(source).join('x');
  if (given !== taken) throw settingError(name, given, `images of ${taken}, as the network takes them`);
  const output = graph.nodes[graph.output]!.shape;
  const labelled = source.task?.labelled;
  if (labelled === undefined && output.join() !== `${output[0]},1,1`) {
    const found = `[N, ${output.join(', ')}]`;
    throw new TenasError(
      'SETTING_INVALID',
      `the network's output is ${found}; a training needs a classifier, with the output [N, classes]`,
      { field: 'graph', value: found },
    );
  }
  const wanted = outputsFor(source);
  if (output[0] !== wanted) {
    throw settingError(name, `${wanted} classes`, `of ${output[0]} classes, as the network has outputs`);
  }
}
