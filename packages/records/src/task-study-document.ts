import { z } from 'zod';
import {
  amount,
  architectureText,
  count,
  estimate,
  finite,
  type Immutable,
  jsonObject,
  list,
  name,
  size,
  text,
} from './fields.js';

/** Version of the documents of studies of tasks. */
export const TASK_STUDY_VERSION = 1;

const MOST_CELLS = 100_000;
const MOST_SCORES = 100;
const MOST_SEARCHES = 10_000;
/** Most epochs of a training. */
const MOST_EPOCHS = 1000;

/** What of a training ranks networks: the best validation accuracy of an epoch, the training loss of the last epoch, or the sum over all epochs. */
const taskScore = z.enum(['best-accuracy', 'last-loss', 'loss-sum'], {
  error: () => 'best-accuracy, last-loss or loss-sum',
});

/** The name of what of a training ranks networks. */
export type TaskScore = z.output<typeof taskScore>;

/** A study of how tasks rank networks: what each network of a sample reaches by each task. */
export const taskStudySchema = z.object({
  kind: z.literal('task-study', { error: () => 'task-study' }),
  studyVersion: z.literal(TASK_STUDY_VERSION, { error: () => `${TASK_STUDY_VERSION}` }),
  versions: z.object({ tool: text.optional(), isa: text }),
  space: name,
  dataset: z.object({ name, fingerprint: text }),
  /** Of the sample, images, initial weights and intervals. */
  seed: count,
  seeds: size,
  /** What of the trainings ranks the cells; absent in studies that had no choice: the best accuracy. */
  score: taskScore.optional(),
  /** File and column of the accuracies that the sample is drawn by and judged by; null: drawn at random. */
  table: z.object({ file: text, column: text }).nullable(),
  cells: list(
    z.object({
      architecture: architectureText,
      params: count,
      /** Of the table. */
      accuracy: finite.nullable(),
    }),
    MOST_CELLS,
  ),
  /** What networks were trained on; those with `shuffled` targets are controls. */
  tasks: list(
    z.object({
      name,
      task: name,
      shuffled: z.boolean({ error: () => 'true or false' }),
      settings: jsonObject,
      /** By cell the best validation accuracy of an epoch, mean of the seeds; null: a training diverged. */
      accuracy: list(finite.nullable(), MOST_CELLS),
      /** By cell the mean training loss of each epoch, mean of the seeds; null: a training diverged. */
      losses: list(list(finite, MOST_EPOCHS).nullable(), MOST_CELLS).optional(),
      /** Seconds of one training on one thread, median. */
      seconds: amount,
    }),
    MOST_SCORES,
  ),
  /**
   * How each task ranks the cells beside another ranking: by `labels`, or by the `table`. Where losses rank, the lowest is
   * first, so that 1 always means the same order.
   */
  results: list(
    z.object({
      task: name,
      against: name,
      /** Cells that both have a value of. */
      cells: count,
      spearman: estimate,
      /** Given the logarithm of the number of parameters. */
      partial: estimate,
    }),
    MOST_SCORES * 2,
  ),
  /** Accuracy of the table that the best of m random cells by a task has, expected. */
  bestOf: list(
    z.object({
      task: name,
      curve: list(z.object({ m: size, accuracy: finite, perfect: finite }), 1000),
    }),
    MOST_SCORES,
  ),
  /** Searches, one for each task and seed; absent where there were none. */
  searches: z
    .object({
      strategy: name,
      /** Of all searches, without the task. */
      settings: jsonObject,
      found: list(
        z.object({
          task: name,
          seed: count,
          architecture: architectureText,
          params: count,
          /** Of the table; null: there is none, or it has not this architecture. */
          accuracy: finite.nullable(),
          /** Of the search, when it was done. */
          seconds: amount,
        }),
        MOST_SEARCHES,
      ),
    })
    .optional(),
  /** Of all trainings and searches of this run; what an earlier run did is not counted. */
  seconds: amount,
});

/** The document of a study of tasks. */
export type TaskStudy = Immutable<z.output<typeof taskStudySchema>>;
