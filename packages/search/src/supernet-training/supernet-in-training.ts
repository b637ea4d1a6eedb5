import { checkInteger, RandomStream, TenasError } from '@tenas/base';
import {
  type Augmentation,
  evaluationBatches,
  type ImageSource,
  type LabelledBatch,
  learningTask,
  requireLabels,
  sampledImages,
  splitSource,
  withTask,
} from '@tenas/data';
import { type Graph, type Param, withPixelHead } from '@tenas/graph';
import {
  learningRateAt,
  type NamedTensors,
  NativeError,
  type ParameterGroup,
  Program,
  type Trainer,
  type TrainerOptions,
} from '@tenas/native';
import { requireSupernet, type Space } from '@tenas/spaces';
import { BatchStream } from './batch-stream.js';
import { EdgeSums } from './edge-sums.js';
import { EvaluationImages } from './evaluation-images.js';
import type { SupernetTrainingSettings } from './fields.js';
import { operationParams } from './operation-params.js';
import type {
  ArchitectureStepOptions,
  PathEvaluation,
  PathTraining,
  SupernetToTrain,
  SupernetTrainingOptions,
} from './options.js';
import type { ArchitectureOutcome, BatchOutcome, SupernetSnapshot, TrainedPath } from './outcomes.js';
import { Paths } from './paths.js';
import { supernetSize } from './supernet-size.js';

const AUGMENTATION: Augmentation = { padding: 4, flip: true, cutout: 0 };
const ESTIMATION_BATCHES = 10;

/**
 * A supernet in training, for strategies that learn weights: the images of a search in a part for the weights and a part for
 * the architecture, and steps of both. A mixing coefficient of 0 means that the operation does not run and costs nothing.
 *
 * Every number is a function of space, images, settings, seed and of the calls that were made: the same on any number of
 * threads. Make one call after the other. Dispose it in the end.
 *
 *     await using training = await SupernetInTraining.open({ ...ask, settings });
 *     const path = training.paths.ofNumbers(numbers);
 *     for (let step = 0; step < training.stepsPerEpoch; step++) {
 *       await training.trainStep(path);
 *       const [step] = await training.architectureStep([path]);
 *     }
 *
 * A search that was stopped has no weights in its record. A strategy trains again from the beginning and ignores
 * `ask.before`: the same seed gives the same search.
 */
export class SupernetInTraining implements AsyncDisposable {
  readonly graph: Graph;
  /** Coefficients of paths, and gradients by choice. */
  readonly paths: Paths;
  /** Steps of an epoch of the training part. */
  readonly stepsPerEpoch: number;
  /** Images of the two parts. */
  readonly trainingImages: number;
  readonly validationImages: number;
  readonly #settings: SupernetTrainingSettings;
  readonly #edges: EdgeSums;
  readonly #program: Program;
  readonly #trainerOptions: Omit<TrainerOptions, 'weights'>;
  readonly #training: BatchStream;
  readonly #validation: BatchStream;
  /** Batches of the training part for paths that are trained on, from the first one. */
  readonly #pathBatches: () => BatchStream;
  /** Training batches as they are, for statistics. */
  readonly #trainingPart: ImageSource;
  readonly #evaluation: EvaluationImages;
  readonly #ratePer: 'epoch' | 'step';
  readonly #signal: AbortSignal;
  #trainer: Trainer;

  /**
   * Opens the images and the network of a training; nothing is trained yet.
   *
   * @throws TenasError `LABELS_MISSING`, `SPACE_UNFIT` where the space has no supernet, `SETTING_INVALID` where an image part
   *   would be empty, `CONFIG_INVALID`; NativeError; what reading throws; the signal's reason
   */
  static async open(options: SupernetTrainingOptions): Promise<SupernetInTraining> {
    const { source, settings, seed, signal } = options;
    signal.throwIfAborted();
    const task = learningTask(options.task ?? 'labels', source);
    if (task === undefined) requireLabels(source);
    const images = sampledImages(source, { images: settings.images, seed: seedOf('images', seed) });
    const held = Math.round(settings.validation * images.size);
    if (held < 2 || images.size - held < 2) {
      throw new TenasError(
        'SETTING_INVALID',
        `settings.images: ${images.size} images and a share of ${settings.validation} for validation leave a part without two images; take more images`,
        { field: 'settings.images', value: images.size },
      );
    }
    const parts = await splitSource(images, { seed, validation: held, signal });
    if (task === undefined) return new SupernetInTraining(options, parts);
    return new SupernetInTraining(
      {
        ...options,
        source: withTask(source, task),
        loss: { kind: 'cross-entropy', ...options.loss, tiles: task.tiles, pixels: task.labelled },
      },
      { training: withTask(parts.training, task), validation: withTask(parts.validation, task) },
    );
  }

  private constructor(
    options: SupernetTrainingOptions,
    parts: { readonly training: ImageSource; readonly validation: ImageSource },
  ) {
    const { space, source, settings, seed, signal, engine = {}, loss } = options;
    const { decisions, graph } = options.supernet ?? supernetOf(space, source, settings);
    this.graph = graph;
    this.paths = new Paths(decisions, graph.slots);
    this.#settings = settings;
    this.#signal = signal;
    this.#ratePer = options.ratePer ?? 'epoch';
    this.#trainingPart = parts.training;
    this.#evaluation = new EvaluationImages(parts.validation, signal);
    this.trainingImages = parts.training.size;
    this.validationImages = parts.validation.size;
    const { batchSize } = settings;
    const augmentation = options.augmentation ?? AUGMENTATION;
    const stream = (part: ImageSource, name: string) =>
      new BatchStream(part, { batchSize, seed: seedOf(name, seed), augmentation, signal });
    this.#training = stream(parts.training, 'training');
    this.#validation = stream(parts.validation, 'validation');
    this.#pathBatches = () => stream(parts.training, 'paths');
    this.stepsPerEpoch = this.#training.perEpoch;
    const { momentum, weightDecay, clip, untouched } = settings;
    const { threads, engine: kind, isa } = engine;
    this.#trainerOptions = {
      optimiser: {
        kind: 'sgd',
        momentum,
        nesterov: momentum > 0,
        weightDecay,
        untouched,
        groups: settings.affine ? [] : [frozenNorms(graph)],
      },
      loss,
      clip,
      ...{ threads, engine: kind, isa },
    };
    this.#edges = new EdgeSums(graph);
    this.#program = Program.compile(this.#edges.graph);
    this.#trainer = this.#program.trainer({
      weights: { kind: 'seeded', seed, repeat: 0, init: 'pytorch' },
      ...this.#trainerOptions,
    });
  }

  /** Steps of weights so far. */
  get steps(): number {
    return this.#training.position;
  }

  /** The learning rate of the next step of weights. After the last epoch that of the last one. */
  get rate(): number {
    const { rate, finalRate, epochs } = this.#settings;
    const perStep = this.#ratePer === 'step';
    const all = epochs * (perStep ? this.stepsPerEpoch : 1);
    const place = perStep ? this.steps : Math.floor(this.steps / this.stepsPerEpoch);
    const shape = { kind: 'cosine', floor: finalRate / rate } as const;
    return learningRateAt({ rate, shape }, Math.min(place, all - 1), all);
  }

  /**
   * A step of the weights on the next batch of the training part.
   *
   * @param coefficients of `paths`; operations with 0 do not run
   * @throws TenasError `TRAINING_DIVERGED` where loss or gradient are not finite; the signal's reason
   */
  async trainStep(coefficients: Float64Array): Promise<BatchOutcome> {
    const learningRate = this.rate;
    const batch = await this.#training.next();
    const signal = this.#signal;
    return outcome(
      batch,
      await this.#finite(
        this.#trainer.step({ ...batch, coefficients: this.#only(coefficients), learningRate, signal }),
      ),
    );
  }

  /**
   * The gradient of the loss by mixing coefficients on the next batch of the validation part, with the batch's statistics.
   * Weights stay.
   *
   * @param coefficients of one or several passes, each with the same batch
   * @returns in the same order
   * @throws TenasError `TRAINING_DIVERGED`; the signal's reason
   */
  async architectureStep(
    coefficients: readonly Float64Array[],
    { sums = false }: ArchitectureStepOptions = {},
  ): Promise<ArchitectureOutcome[]> {
    const batch = await this.#validation.next();
    const outcomes: ArchitectureOutcome[] = [];
    for (const some of coefficients) {
      const step = await this.#finite(
        this.#trainer.step({
          ...{ ...batch, learningRate: 0, signal: this.#signal },
          coefficients: this.#edges.coefficients(some, { sums }),
          update: false,
          coefficientGradient: true,
        }),
      );
      const answer = this.#edges.split(step.coefficientGradient!);
      outcomes.push({
        ...outcome(batch, step),
        gradient: this.paths.byDecision(answer.gradient),
        ...(sums ? { sums: this.paths.ofMixes(answer.sums) } : {}),
      });
    }
    return outcomes;
  }

  /**
   * The loss on the next batch of the validation part, forward only, with the batch's statistics. Nothing changes.
   *
   * @throws TenasError `TRAINING_DIVERGED`; the signal's reason
   */
  async validationStep(coefficients: Float64Array): Promise<BatchOutcome> {
    const batch = await this.#validation.next();
    const signal = this.#signal;
    return outcome(
      batch,
      await this.#finite(
        this.#trainer.evaluate({
          ...batch,
          coefficients: this.#only(coefficients),
          statistics: 'batch',
          signal,
        }),
      ),
    );
  }

  /**
   * Loss and accuracy of paths on images of the validation part, neither cropped nor flipped. Weights stay; `estimated`
   * statistics take the place of the running ones, which training does not use.
   *
   * @param paths coefficients of each
   * @returns in the same order
   * @throws the signal's reason
   */
  async evaluate(paths: readonly Float64Array[], options: PathEvaluation = {}): Promise<BatchOutcome[]> {
    const { statistics = 'batch', batches = ESTIMATION_BATCHES, onProgress } = options;
    const images = checkInteger('images', options.images ?? this.validationImages, 1);
    checkInteger('batches', batches, 1);
    const found: BatchOutcome[] = [];
    for (const coefficients of paths) {
      if (statistics === 'estimated') await this.#estimate(coefficients, batches);
      found.push(
        await this.#finite(
          this.#evaluation.outcome(this.#trainer, {
            ...{ coefficients: this.#only(coefficients), images },
            statistics: statistics === 'batch' ? 'batch' : 'running',
          }),
        ),
      );
      onProgress?.(found.length);
    }
    return found;
  }

  /**
   * Trains one path on from some weights, apart from the supernet, which stays as it is. Such trainings may run side by side.
   * They all see the same batches of the training part in the same order, changed as those of the supernet are.
   *
   * @param coefficients of `paths`
   * @throws TenasError `TRAINING_DIVERGED` where loss or gradient are not finite; the signal's reason
   */
  async trainPath(coefficients: Float64Array, options: PathTraining): Promise<TrainedPath> {
    const { weights, first, steps, rate, threads = this.#trainerOptions.threads, evaluate = false } = options;
    await using trainer = this.#program.trainer({
      ...{ ...this.#trainerOptions, threads },
      weights: { kind: 'snapshot', data: weights },
    });
    const own = this.#only(coefficients);
    const batches = this.#pathBatches();
    batches.seek(first);
    const outcomes: BatchOutcome[] = [];
    for (let step = first; step < first + steps; step++) {
      const batch = await batches.next();
      const run = trainer.step({ ...batch, coefficients: own, learningRate: rate, signal: this.#signal });
      outcomes.push(outcome(batch, await this.#finite(run, { what: 'a path', step, rate })));
    }
    const how = { coefficients: own, images: this.validationImages, statistics: 'batch' } as const;
    return {
      outcomes,
      weights: await trainer.snapshot(),
      validation: evaluate ? await this.#finite(this.#evaluation.outcome(trainer, how)) : null,
    };
  }

  /** All parameters by their names in PyTorch's `state_dict`. */
  async parameters(): Promise<NamedTensors> {
    return await this.#trainer.parameters();
  }

  /** The state, with the weights as bytes. */
  async snapshot(): Promise<SupernetSnapshot> {
    return {
      weights: await this.#trainer.snapshot(),
      steps: this.#training.position,
      architectureSteps: this.#validation.position,
    };
  }

  /** Goes back, or on, to a state of the same training. @throws NativeError `SNAPSHOT_INVALID` */
  async restore({ weights, steps, architectureSteps }: SupernetSnapshot): Promise<void> {
    const trainer = this.#program.trainer({
      weights: { kind: 'snapshot', data: weights },
      ...this.#trainerOptions,
    });
    await this.#trainer[Symbol.asyncDispose]();
    this.#trainer = trainer;
    this.#training.seek(steps);
    this.#validation.seek(architectureSteps);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#trainer[Symbol.asyncDispose]();
    this.#program[Symbol.dispose]();
  }

  /** The coefficients alone: nothing is summed. */
  #only(coefficients: Float64Array): Float64Array {
    return this.#edges.coefficients(coefficients, { sums: false });
  }

  async #estimate(coefficients: Float64Array, count: number): Promise<void> {
    const { batchSize } = this.#settings;
    const source = evaluationBatches(this.#trainingPart, { batchSize, signal: this.#signal });
    const all = this.#only(coefficients);
    async function* batches() {
      let left = count;
      for await (const batch of source) {
        yield { images: batch.images, coefficients: all };
        left -= 1;
        if (left === 0) return;
      }
    }
    await this.#finite(this.#trainer.estimateStatistics(batches(), { signal: this.#signal }));
  }

  /** What a call of a trainer answers, its failures in the words of a search. */
  async #finite<T>(
    call: Promise<T>,
    { what, step, rate } = { what: 'the supernet', step: this.steps, rate: this.#settings.rate },
  ): Promise<T> {
    try {
      return await call;
    } catch (error) {
      if (this.#signal.aborted) throw this.#signal.reason;
      if (!(error instanceof NativeError && error.code === 'NOT_FINITE')) throw error;
      throw new TenasError(
        'TRAINING_DIVERGED',
        `the training of ${what} diverged in step ${step + 1}: ${error.message}; try a lower rate than ${rate}, or clip its gradients`,
        { field: 'settings.rate', value: rate, cause: error },
      );
    }
  }
}

function supernetOf(space: Space, source: ImageSource, settings: SupernetTrainingSettings): SupernetToTrain {
  const supernet = requireSupernet(space, 'a strategy that trains one');
  const { graph } = supernet.build(supernetSize(supernet, source, settings));
  return { decisions: supernet.decisions, graph: withPixelHead(graph, source.task?.labelled) };
}

/** Batch norms of operations stay as they begin: scale 1, shift 0. */
function frozenNorms(graph: Graph): ParameterGroup {
  const params = new Set(operationParams(graph).flat());
  const isNorm = ({ kind }: Param) => kind === 'bnWeight' || kind === 'bnBias';
  return { match: (param) => isNorm(param) && params.has(param), rate: 0, weightDecay: 0 };
}

/** A seed for one use of the search's seed. */
function seedOf(use: string, seed: number): number {
  return new RandomStream('supernet training', use, seed).bits();
}

function outcome(
  { labels }: LabelledBatch,
  { loss, correct }: { loss: number; correct: number },
): BatchOutcome {
  return { loss, accuracy: correct / labels.length };
}
