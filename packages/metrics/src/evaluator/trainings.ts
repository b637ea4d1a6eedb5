import { RandomStream, settingError } from '@tenas/base';
import {
  type ImageSource,
  type LearningTaskName,
  learningTask,
  type SplitSource,
  sampledParts,
  shrinksTo,
  shrunkImages,
  withTask,
} from '@tenas/data';
import { nativeInfo, sideBySide } from '@tenas/native';
import { QUICK_RECIPE, type TrainingRecipe } from '@tenas/spaces';
import { type BrieflyTrained, trainBriefly } from '@tenas/train';
import {
  type Failure,
  isTraining,
  type Metric,
  type ShortlyTrained,
  type ShortTraining,
  type TrainingMetric,
} from '../metric.js';
import { abortable } from './abortable.js';
import type { Draw } from './draws.js';
import type { EngineOptions } from './engine-options.js';
import type { Networks, Subject } from './networks.js';
import { Recent } from './recent.js';
import { DIVERGED, type Scores, scoreOf } from './scores.js';
import type { SharedTime } from './shared-time.js';

/** A metric that takes part in a training. */
interface Member {
  readonly metric: TrainingMetric;
  readonly settings: object;
}

/** Metrics that train networks alike: one training serves all of them. */
export interface SharedTraining {
  readonly training: ShortTraining;
  readonly members: readonly Member[];
}

/**
 * The trainings that some metrics need. Those that differ in validation images alone are one where only one of them has any,
 * as these do not change the training.
 */
export function sharedTrainings(
  chosen: readonly { readonly metric: Metric; readonly settings: object }[],
): SharedTraining[] {
  const shared: { training: ShortTraining; members: Member[] }[] = [];
  for (const { metric, settings } of chosen) {
    if (!isTraining(metric)) continue;
    const training = metric.training(settings);
    const same = shared.find((one) => agree(one.training, training));
    if (same === undefined) {
      shared.push({ training, members: [{ metric, settings }] });
      continue;
    }
    same.training = { ...training, validation: Math.max(training.validation, same.training.validation) };
    same.members.push({ metric, settings });
  }
  return shared;
}

function agree(one: ShortTraining, other: ShortTraining): boolean {
  const key = ({
    network,
    channels,
    cells,
    epochs,
    images,
    side = null,
    batchSize,
    rate,
    task = 'labels',
    augment,
  }: ShortTraining) =>
    JSON.stringify([network, channels, cells, epochs, images, side, batchSize, rate, task, augment]);
  const validation = one.validation === other.validation || one.validation === 0 || other.validation === 0;
  return validation && key(one) === key(other);
}

/** Bytes of images that are remembered between calls. */
const REMEMBERED = 64 * 1024 * 1024;

/** Trains networks side by side, each on one thread, on images that are drawn from one source. */
export class Trainings<A extends object> {
  readonly #source: ImageSource;
  readonly #networks: Networks<A>;
  readonly #engine: EngineOptions;
  readonly #time: SharedTime;
  readonly #weights: Float32Array | undefined;
  readonly #parts = new Recent<SplitSource>(REMEMBERED);

  /** @param options.weights initial ones of every network; default: drawn */
  constructor(
    source: ImageSource,
    networks: Networks<A>,
    options: {
      readonly engine: EngineOptions;
      readonly time: SharedTime;
      readonly weights: Float32Array | undefined;
    },
  ) {
    this.#source = source;
    this.#networks = networks;
    this.#engine = options.engine;
    this.#time = options.time;
    this.#weights = options.weights;
  }

  /** @throws TenasError `SETTING_INVALID` where the source has too few images, or a CUDA device must be used */
  require({ training: { images, validation }, members }: SharedTraining): void {
    if (this.#engine.device === 'cuda') {
      const { name } = members[0]!.metric;
      throw settingError('device', 'cuda', `auto or cpu for the metric ${name}, which trains on the CPU`);
    }
    const { size, name } = this.#source;
    if (images + validation <= size) return;
    const kept = validation === 0 ? '' : `, ${validation} of them for validation`;
    throw settingError(
      `${members[0]!.metric.name}.images`,
      images,
      `fewer: ${images + validation} images are needed${kept}, and ${name} has ${size}`,
    );
  }

  /**
   * Scores by the metrics of one training, of each subject.
   *
   * @throws the space's error for a size that it does not have; NativeError; what reading throws; the signal's reason
   */
  async run(
    { training, members }: SharedTraining,
    subjects: readonly Subject<A>[],
    {
      draws,
      signal,
      onProgress,
    }: {
      readonly draws: readonly Draw[];
      readonly signal: AbortSignal | undefined;
      readonly onProgress: (done: number) => void;
    },
  ): Promise<readonly Scores[]> {
    const threads = this.#engine.threads ?? nativeInfo().hardwareThreads;
    // All subjects of one draw before the next: they share its images.
    const places = draws.flatMap((draw) => subjects.map((subject) => ({ draw, subject })));
    const lanes = Math.min(threads, places.length);
    let done = 0;
    const trained = await sideBySide(places, lanes, async ({ draw, subject }) => {
      const end = this.#time.begin();
      try {
        const one = await abortable(
          this.#train(training, subject, draw, { threads: Math.floor(threads / lanes), signal }),
          signal,
        );
        done++;
        onProgress(done);
        return { ...one, seconds: end() };
      } finally {
        end();
      }
    });
    return subjects.map((_, place) => {
      const repeats = draws.map((_draw, repeat) => trained[repeat * subjects.length + place]!);
      const seconds = repeats.reduce((sum, repeat) => sum + repeat.seconds, 0) / members.length;
      return Object.fromEntries(
        members.map((member) => [
          member.metric.name,
          scoreOf(member, { ...valuesOf(member, repeats), seconds }),
        ]),
      );
    });
  }

  async #train(
    training: ShortTraining,
    subject: Subject<A>,
    draw: Draw,
    { threads, signal }: { readonly threads: number; readonly signal: AbortSignal | undefined },
  ): Promise<BrieflyTrained> {
    const parts = this.#partsOf(training, draw);
    const { engine, isa } = this.#engine;
    return await trainBriefly({
      program: this.#networks.single(training, subject, parts.training).program,
      training: parts.training,
      validation: training.validation === 0 ? undefined : parts.validation,
      recipe: recipeOf(training),
      epochs: training.epochs,
      batchSize: training.batchSize,
      weights:
        this.#weights === undefined
          ? { kind: 'seeded', seed: draw.seed, repeat: draw.weights, init: 'pytorch' }
          : { kind: 'explicit', data: this.#weights },
      seed: seedOf(draw),
      ...{ threads, engine, isa, signal },
    });
  }

  /** The images of a draw. */
  #partsOf({ images, validation, side = null, task = 'labels' }: ShortTraining, draw: Draw): SplitSource {
    const key = JSON.stringify([images, validation, side, task, draw.seed, draw.batch]);
    const known = this.#parts.get(key);
    if (known !== undefined) return known;
    const source = shrinksTo(this.#source, side) ? shrunkImages(this.#source, side) : this.#source;
    const sampled = sampledParts(source, { seed: seedOf(draw), training: images, validation });
    const parts = forTask(sampled, task);
    const { height, width } = source;
    this.#parts.set(key, parts, 3 * height * width * (images + validation));
    return parts;
  }
}

/** The parts with the samples of a task. */
function forTask({ training, validation }: SplitSource, name: LearningTaskName): SplitSource {
  const task = learningTask(name, training);
  if (task === undefined) return { training, validation };
  return { training: withTask(training, task), validation: withTask(validation, task) };
}

/** Of images, their order and their augmentation. */
function seedOf({ seed, batch }: Draw): number {
  return new RandomStream('short training', seed, batch).below(2 ** 32);
}

/** The recipe of short trainings: the quick one without its warm-up, which may be longer than they are. */
function recipeOf({ epochs, batchSize, rate, augment }: ShortTraining): TrainingRecipe {
  const { sgd, cosine, augmentation } = QUICK_RECIPE;
  return {
    ...QUICK_RECIPE,
    name: 'short',
    epochs,
    batchSize,
    sgd: { ...sgd, rate },
    cosine: { ...cosine, warmUpEpochs: 0 },
    augmentation: augment ? augmentation : { padding: 0, flip: false, cutout: 0 },
  };
}

/** What a metric makes of the training of each repeat. */
function valuesOf({ metric, settings }: Member, repeats: readonly BrieflyTrained[]) {
  const about = ({ losses, validation }: BrieflyTrained): ShortlyTrained => ({
    settings,
    losses,
    accuracy: validation?.accuracy ?? null,
  });
  const values = repeats.map((trained): number | Failure =>
    trained.diverged ? { failure: DIVERGED } : metric.learned(about(trained)),
  );
  const first = repeats[0]!;
  return { values, detail: first.diverged ? undefined : metric.detail?.(about(first)) };
}
