import { type Augmentation, epochBatches, type ImageSource, sampleShape } from '@tenas/data';
import { sizeOf } from '@tenas/graph';
import { NativeError, type StepResult, type Trainer } from '@tenas/native';
import type { TrainingRecipe } from '@tenas/spaces';
import { type EpochUnderWay, FRESH_EPOCH, type TrainedEpoch, type TrainingCheckpoint } from './checkpoint.js';
import { classify } from './classify.js';
import { lossAboveChance, TrainingDiverged } from './divergence.js';
import { dropFactors } from './drop-factors.js';
import { augmentationOf, rateOf } from './follow-recipe.js';
import type { NetworkInTraining } from './network-in-training.js';
import type { TrainingSettings } from './training-settings.js';

/** How far a training is. */
export interface TrainingProgress {
  /** Epochs in all. */
  readonly epochs: number;
  /** Epochs that are done. */
  readonly done: readonly TrainedEpoch[];
  /** Steps of the epoch under way that are done, of so many. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  /** Over the images of the epoch under way; null before its first step. */
  readonly loss: number | null;
  readonly accuracy: number | null;
  readonly imagesPerSecond: number | null;
  /** By the speed since the training began or went on; null while it is not known. */
  readonly secondsLeft: number | null;
}

interface Training {
  readonly trainer: Trainer;
  /** Undefined: nothing is added to the network. */
  readonly network: NetworkInTraining | undefined;
  readonly training: ImageSource;
  readonly validation: ImageSource | undefined;
  readonly recipe: TrainingRecipe;
  readonly seed: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  readonly settings: TrainingSettings;
  readonly done: readonly TrainedEpoch[];
  readonly underWay: EpochUnderWay;
  readonly onCheckpoint: (checkpoint: TrainingCheckpoint) => Promise<void>;
  readonly onProgress: (progress: TrainingProgress) => void;
  readonly signal: AbortSignal | undefined;
}

/** The epochs of a training that are left, from where it stopped. @returns all epochs */
export async function trainEpochs(training: Training): Promise<readonly TrainedEpoch[]> {
  const { trainer, settings, epochs, recipe, stepsPerEpoch, onCheckpoint, signal } = training;
  const done = [...training.done];
  let underWay = training.underWay;
  const clock = clockOf(training);
  const report = () => training.onProgress(progressOf(training, { done, underWay, clock }));
  const save = async () =>
    await onCheckpoint({ settings, epochs: [...done], underWay, snapshot: await trainer.snapshot() });
  try {
    while (done.length < epochs) {
      const begin = performance.now();
      const before = underWay.seconds;
      for await (const now of trainedSteps(training, done.length, underWay)) {
        underWay = now;
        report();
      }
      const trainSeconds = underWay.seconds;
      const valid = training.validation && (await classify(trainer, training.validation, signal));
      done.push({
        trainLoss: underWay.loss / underWay.images,
        trainAccuracy: underWay.correct / underWay.images,
        validAccuracy: valid?.accuracy ?? null,
        seconds: before + (performance.now() - begin) / 1000,
        imagesPerSecond: underWay.images / trainSeconds,
      });
      underWay = FRESH_EPOCH;
      requireConvergence(done, recipe, { classes: training.training.classes, epochs, stepsPerEpoch });
      await save();
      report();
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    // A step that was stopped has changed nothing: what is done so far is kept.
    if (done.length < epochs) await save();
    throw signal.reason;
  }
  return done;
}

/** What the steps of a training depend on. */
type TrainedSteps = Pick<
  Training,
  'trainer' | 'network' | 'training' | 'recipe' | 'seed' | 'epochs' | 'batchSize' | 'stepsPerEpoch' | 'signal'
> & { readonly shuffleTargets?: boolean | undefined };

/**
 * The steps of an epoch that are left, each with what of the epoch is done after it.
 * @throws TenasError TRAINING_DIVERGED where a step has no finite numbers
 */
export async function* trainedSteps(training: TrainedSteps, epoch: number, from: EpochUnderWay) {
  const { trainer, network, recipe, batchSize, seed, epochs, stepsPerEpoch, signal } = training;
  const augmentation: Augmentation = augmentationOf(recipe, training.training);
  const batches = epochBatches(training.training, {
    ...{ batchSize, seed, epoch, augmentation, signal, shuffleTargets: training.shuffleTargets },
    first: from.steps,
  });
  const dropping = network && {
    graph: network.graph,
    dropPath: { nodes: network.dropPath, probability: (recipe.dropPath * epoch) / epochs },
    dropout: { nodes: network.dropout, probability: recipe.dropout },
  };
  let done = from;
  let next = batches.next();
  while (done.steps < stepsPerEpoch) {
    const begin = performance.now();
    const { value: batch } = await next;
    if (batch === undefined) return;
    const step = epoch * stepsPerEpoch + done.steps;
    const learningRate = rateOf(recipe, step, { epochs, stepsPerEpoch });
    const samples = batch.images.length / sizeOf(sampleShape(training.training));
    const factors = dropping && dropFactors(dropping, { seed, step, samples });
    const stepping = trainer.step({ ...batch, ...factors, learningRate, signal });
    // The trainer has copied the batch: the next one is made while it works.
    next = batches.next();
    next.catch(() => {});
    const { loss, correct } = await finite(stepping, recipe, epoch, learningRate);
    const labels = batch.labels.length;
    done = {
      steps: done.steps + 1,
      images: done.images + labels,
      loss: done.loss + loss * labels,
      correct: done.correct + correct,
      seconds: done.seconds + (performance.now() - begin) / 1000,
    };
    yield done;
  }
}

async function finite(
  step: Promise<StepResult>,
  recipe: TrainingRecipe,
  epoch: number,
  rate: number,
): Promise<StepResult> {
  return await step.catch((cause: unknown) => {
    if (!(cause instanceof NativeError && cause.code === 'NOT_FINITE')) throw cause;
    throw new TrainingDiverged('its loss, statistics or gradient are not finite', recipe, {
      epoch,
      rate,
      cause,
    });
  });
}

function requireConvergence(
  done: readonly TrainedEpoch[],
  recipe: TrainingRecipe,
  { classes, epochs, stepsPerEpoch }: { classes: number; epochs: number; stepsPerEpoch: number },
): void {
  const losses = done.map(({ trainLoss }) => trainLoss);
  const { warmUpEpochs } = recipe.cosine;
  if (!lossAboveChance(losses, classes, { stepsPerEpoch, warmUpEpochs })) return;
  const epoch = done.length - 1;
  const rate = rateOf(recipe, epoch * stepsPerEpoch, { epochs, stepsPerEpoch });
  const loss = losses.at(-1)!.toFixed(3);
  throw new TrainingDiverged(
    `its mean loss is ${loss}, and guessing among ${classes} classes has ${Math.log(classes).toFixed(3)}`,
    recipe,
    { epoch, rate },
  );
}

interface Clock {
  readonly begin: number;
  /** Steps that were done when it began. */
  readonly steps: number;
}

function clockOf({ done, underWay, stepsPerEpoch }: Training): Clock {
  return { begin: performance.now(), steps: done.length * stepsPerEpoch + underWay.steps };
}

function progressOf(
  { epochs, stepsPerEpoch }: Training,
  { done, underWay, clock }: { done: readonly TrainedEpoch[]; underWay: EpochUnderWay; clock: Clock },
): TrainingProgress {
  const { steps, images, loss, correct, seconds } = underWay;
  const all = done.length * stepsPerEpoch + steps;
  const since = all - clock.steps;
  const left = epochs * stepsPerEpoch - all;
  const elapsed = (performance.now() - clock.begin) / 1000;
  return {
    epochs,
    done: [...done],
    step: steps,
    stepsPerEpoch,
    loss: images === 0 ? null : loss / images,
    accuracy: images === 0 ? null : correct / images,
    imagesPerSecond: seconds === 0 ? null : images / seconds,
    secondsLeft: since === 0 ? null : (elapsed * left) / since,
  };
}
