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
  text,
} from './fields.js';
import { frontMemberSchema } from './front.js';
import { modelReferenceSchema } from './model-reference.js';

/** The document of `tenas export --json`. */
export const exportDocumentSchema = z.object({
  /** Path of the file or folder, as it was given. */
  out: text,
  /** Absent in documents of 0.1, which are of ONNX files. */
  format: z.enum(['onnx', 'pytorch'], { error: () => 'onnx or pytorch' }).optional(),
  /** Names of the files in the folder, of `--format pytorch`. */
  files: list(text, 100).optional(),
  /** Folder of a page that runs the network; absent: none. */
  web: text.optional(),
  space: name,
  genotype: architectureText,
  /** The file that the network was read from; absent: it is one of the space. */
  model: modelReferenceSchema.optional(),
  /** The size of the network, as its space has it. */
  network: jsonObject.optional(),
  opset: count,
  params: count,
  /** Multiply-adds for one image. */
  flops: count,
  /** Of the ONNX file. */
  bytes: count,
  /** Where the weights are from. */
  weights: text,
  /** Absent in documents of 0.1. */
  trained: z.boolean({ error: () => 'true or false' }).optional(),
  /** Of `--weights`; absent: there was no file. */
  weightsFile: z
    .object({
      /** Files that an index named. */
      shards: list(text, 1000),
      /** How many names lost each prefix. */
      renamed: z.record(text, count),
      /** How many tensors of each other type became single precision. */
      converted: z.record(text, count),
      /** Names of tensors that were left out. */
      ignored: list(text, 100_000),
    })
    .optional(),
  /** Images that the statistics of batch norm were measured on; absent: they are those of the weights' file. */
  calibration: text.optional(),
  /** Of `--fold-batch-norm`: batch norms that were folded and that were left, and nodes of the model before and after. */
  batchNorms: z.object({ folded: count, left: count, nodesBefore: count, nodes: count }).optional(),
  /** Absent: not checked. */
  check: z
    .object({
      ok: z.boolean({ error: () => 'true or false' }),
      failure: text.nullable(),
      maxAbs: finite.optional(),
      tolerance: finite.optional(),
      relative: finite.nullable(),
      maxAbsLogit: finite.optional(),
      batches: list(count, 1000).optional(),
      warnings: list(text, 1000).optional(),
      ortVersion: text,
    })
    .optional(),
  seconds: amount.optional(),
});

/** The document of `tenas export --front --json`. */
export const exportFrontSchema = z.object({
  /** Path of the folder, as it was given. */
  out: text,
  format: z.enum(['onnx', 'pytorch'], { error: () => 'onnx or pytorch' }),
  space: name,
  networks: list(
    exportDocumentSchema.extend({
      /** On the front, from 1: the best by the first objective. */
      place: count.min(1, { error: () => 'a whole number from 1' }),
      values: frontMemberSchema.shape.values,
    }),
    100_000,
  ),
});

/** A document of `tenas export --front`. */
export type ExportFront = Immutable<z.output<typeof exportFrontSchema>>;

/** A document of `tenas export`. */
export type ExportDocument = Immutable<z.output<typeof exportDocumentSchema>>;
