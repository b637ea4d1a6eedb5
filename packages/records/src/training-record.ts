import { z } from 'zod';
import {
  amount,
  architectureText,
  count,
  finite,
  type Immutable,
  jsonObject,
  list,
  name,
  size,
  text,
} from './fields.js';
import { modelReferenceSchema } from './model-reference.js';
import { plugInsSchema } from './plug-in-reference.js';
import { datasetReferenceSchema, notesSchema } from './scores.js';

/** Version of the format that trainings write. */
export const TRAINING_VERSION = 1 as const;

const MOST_EPOCHS = 100_000;
const MOST_CLASSES = 65_536;

const flag = z.boolean({ error: () => 'true or false' });
const share = finite
  .min(0, { error: () => 'a share from 0 to 1' })
  .max(1, { error: () => 'a share from 0 to 1' });

/** A recipe as `@tenas/spaces` has it, with the settings that were changed. */
const recipeSchema = z.object({
  name,
  paper: text,
  epochs: count,
  batchSize: count,
  sgd: z.object({ rate: amount, momentum: amount, nesterov: flag, weightDecay: amount }),
  cosine: z.object({
    warmUpEpochs: amount,
    per: z.enum(['step', 'epoch'], { error: () => 'step or epoch' }),
  }),
  labelSmoothing: amount,
  clip: amount,
  augmentation: z.object({ padding: count, flip: flag, cutout: count }),
  dropPath: amount,
  /** Absent: 0, as before the trainer had it. */
  dropout: amount.optional(),
  auxiliary: amount,
});

/** One epoch of a learning curve. */
const epochSchema = z.object({
  /** Mean over the images, as they were augmented. */
  trainLoss: finite,
  trainAccuracy: share,
  /** With running statistics, after the epoch; null: no images were held out. */
  validAccuracy: share.nullable(),
  seconds: amount,
  /** Of the steps alone. */
  imagesPerSecond: amount,
});

/** The record of `tenas train`, and its document with `--json`. */
export const trainingRecordSchema = z.object({
  trainingVersion: z.literal(TRAINING_VERSION, { error: () => `${TRAINING_VERSION}` }),
  kind: z.literal('training', { error: () => 'training' }),
  versions: z.object({ tool: text.optional(), isa: text }),
  plugins: plugInsSchema,
  space: name,
  architecture: architectureText,
  /** The file that the network was read from; absent: it is one of the space. */
  model: modelReferenceSchema.optional(),
  /** The size of the network, as its space has it. */
  network: jsonObject,
  params: count,
  /** Multiply-adds for one image. */
  macs: count,
  dataset: datasetReferenceSchema.extend({
    classes: size,
    /** Absent: not known. */
    classNames: list(text, MOST_CLASSES, 'a list of names').optional(),
    height: size,
    width: size,
    /** Images of each part; no image is in two. */
    training: count,
    validation: count,
    test: count,
    /** Pictures that could not be read and were replaced by others. */
    skipped: count,
  }),
  /** What was learned on the images instead of their labels; absent: the labels. */
  task: name.optional(),
  recipe: recipeSchema,
  batchSize: count,
  seed: count,
  /** null: all of the machine's. Does not affect the result. */
  threads: count.nullable(),
  epochs: list(epochSchema, MOST_EPOCHS, 'a list of epochs'),
  /** Accuracy of the trained network in our own engine; null: there were no images for it. */
  test: z
    .object({
      /** Where a dataset has no test images, those that were held out serve. */
      of: z.enum(['test', 'validation'], { error: () => 'test or validation' }),
      images: count,
      accuracy: share,
    })
    .nullable(),
  /** Path of the safetensors file; that of a job of a batch is relative to the batch's folder. */
  weights: text,
  /** null: none was written, as in batches. */
  onnx: z
    .object({
      path: text,
      opset: count,
      bytes: count,
      /** On the images of `test`, measured in onnxruntime; null: there were none. */
      accuracy: share.nullable(),
      /** Logits of onnxruntime beside those of our own engine, on images that were not trained on where there are any. */
      check: z.object({
        ok: flag,
        failure: text.nullable(),
        images: count,
        maxAbs: finite.optional(),
        tolerance: finite.optional(),
        relative: finite.nullable().optional(),
        ortVersion: text,
      }),
    })
    .nullable(),
  /** Of all epochs together. */
  seconds: amount,
  notes: notesSchema.optional(),
});

/** The record of a training. */
export type TrainingRecord = Immutable<z.output<typeof trainingRecordSchema>>;
