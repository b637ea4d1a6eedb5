import { createHash } from 'node:crypto';
import { RandomStream } from '@tenas/base';
import { type ImageSource, type LearningTaskName, learningTask, sampledParts, withTask } from '@tenas/data';
import { withPixelHead } from '@tenas/graph';
import { Program, sideBySide } from '@tenas/native';
import { QUICK_RECIPE, type Space } from '@tenas/spaces';
import { sizeToTrain, trainBriefly } from '@tenas/train';
import type { SampledCell } from './sample.js';
import { imagesFor, PRECISE_SAMPLES, type TaskSettings } from './task-settings.js';

/** Changes where the same settings give other trainings, so that a study does not mix them. */
const RUN_VERSION = 2;

/** What networks of a study are trained on. */
export interface StudiedTask {
  /** `rotation`, or `rotation, shuffled` for the control. */
  readonly name: string;
  readonly task: LearningTaskName;
  readonly shuffled: boolean;
  readonly settings: TaskSettings;
}

/** One training of a study. */
export interface TaskRun {
  /** Validation accuracy after each epoch. */
  readonly accuracies: readonly number[];
  /** Mean training loss of each epoch. */
  readonly losses: readonly number[];
  /** Whether the training diverged; it has no score then. */
  readonly diverged: boolean;
  readonly seconds: number;
}

/** Trainings by their keys: what is done stays done. */
export interface RunStore {
  get(key: string): TaskRun | undefined;
  put(key: string, run: TaskRun): Promise<void>;
}

/** How far a study is. */
export interface StudyProgress {
  readonly done: number;
  readonly total: number;
  /** Of a training on one thread, mean of this run; null before the first one. */
  readonly secondsEach: number | null;
  readonly secondsLeft: number | null;
  /** What was trained last. */
  readonly task: string;
}

/** What {@link runStudy} needs. */
export interface StudyWork {
  readonly space: Space;
  readonly source: ImageSource;
  readonly cells: readonly SampledCell[];
  readonly tasks: readonly StudiedTask[];
  readonly seed: number;
  readonly seeds: number;
  readonly threads: number;
  readonly store: RunStore;
  readonly onProgress?: ((progress: StudyProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The images of one task and seed, ready for all cells. */
interface Images {
  readonly training: ImageSource;
  readonly validation: ImageSource;
  readonly seed: number;
}

/**
 * Trains every cell on every task with every seed, each network on one thread, and keeps what is done. The result is the
 * same on any number of threads, and where a study was stopped and goes on.
 *
 * @returns [task][cell][seed]
 * @throws TenasError LABELS_MISSING, SETTING_INVALID; what reading and the store throw; the signal's reason
 */
export async function runStudy(work: StudyWork): Promise<TaskRun[][][]> {
  const { tasks, cells, seeds, threads, store, signal } = work;
  const images = tasks.map((task) => Array.from({ length: seeds }, (_, n) => imagesOf(work, task, n)));
  // All tasks of a cell before the next cell: a study that is stopped has whole cells.
  const places = cells.flatMap((_, cell) =>
    tasks.flatMap((_, task) => Array.from({ length: seeds }, (_, n) => ({ cell, task, n }))),
  );
  const found = tasks.map(() => cells.map((): TaskRun[] => []));
  const begin = performance.now();
  const total = places.length;
  let [done, fresh, seconds] = [0, 0, 0];
  await sideBySide(places, Math.min(threads, total), async ({ cell, task, n }) => {
    signal?.throwIfAborted();
    const one = { cell: cells[cell]!, task: tasks[task]!, images: images[task]![n]! };
    const key = keyOf(work, one);
    let run = store.get(key);
    if (run === undefined) {
      run = await train(work, one);
      await store.put(key, run);
      fresh++;
      seconds += run.seconds;
    }
    found[task]![cell]![n] = run;
    done++;
    const elapsed = (performance.now() - begin) / 1000;
    work.onProgress?.({
      ...{ done, total, task: one.task.name },
      secondsEach: fresh === 0 ? null : seconds / fresh,
      secondsLeft: fresh === 0 ? null : (elapsed * (total - done)) / fresh,
    });
  });
  return found;
}

function imagesOf({ source, seed }: StudyWork, { task, settings }: StudiedTask, n: number): Images {
  const drawn = new RandomStream('task study', seed, n).below(2 ** 32);
  const { images, validation } = settings;
  const parts = sampledParts(imagesFor(source, settings), { seed: drawn, training: images, validation });
  const made = learningTask(task, parts.training);
  if (made === undefined) return { ...parts, seed: drawn };
  return {
    training: withTask(parts.training, made),
    validation: withTask(parts.validation, made),
    seed: drawn,
  };
}

interface One {
  readonly cell: SampledCell;
  readonly task: StudiedTask;
  readonly images: Images;
}

/** Names all that a training depends on. */
function keyOf({ space }: StudyWork, { cell, task, images }: One): string {
  const { shuffled, settings } = task;
  const { fingerprint } = images.training;
  const facts = [RUN_VERSION, space.name, cell.text, shuffled, settings, fingerprint, images.seed];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 24);
}

async function train({ space, signal }: StudyWork, { cell, task, images }: One): Promise<TaskRun> {
  const begin = performance.now();
  const { epochs, batchSize, rate, augment, channels, cells } = task.settings;
  const { training, validation, seed } = images;
  const size = sizeToTrain(space, training, { channels, cells });
  const network = space.network(cell.architecture, size);
  using program = Program.compile(withPixelHead(network, training.task?.labelled));
  const {
    losses,
    accuracies = [],
    diverged,
  } = await trainBriefly({
    ...{ program, training, validation, epochs, batchSize, seed, signal, threads: 1 },
    recipe: {
      ...QUICK_RECIPE,
      name: 'task-study',
      sgd: { ...QUICK_RECIPE.sgd, rate },
      cosine: { ...QUICK_RECIPE.cosine, warmUpEpochs: 0 },
      augmentation: augment ? QUICK_RECIPE.augmentation : { padding: 0, flip: false, cutout: 0 },
    },
    weights: { kind: 'seeded', seed, repeat: 0, init: 'pytorch' },
    shuffleTargets: task.shuffled,
    preciseStatistics: Math.ceil(PRECISE_SAMPLES / (training.task?.samples ?? 1)),
  });
  return { accuracies, losses, diverged, seconds: (performance.now() - begin) / 1000 };
}
