import { TenasError } from '@tenas/base';
import { oneOf, text } from './flag-values.js';
import { flag } from './flags.js';

/** The name that documents give the space of networks from ONNX files. */
export const ONNX_SPACE = 'onnx';

const WEIGHTS = ['seeded', 'file'] as const;

/** Which weights a network from an ONNX file has: drawn ones, or those in the file. */
export type OnnxWeights = (typeof WEIGHTS)[number];

/** `--onnx` and `--onnx-weights`. @param fallback which weights where none are named */
export function onnxFlags(fallback: OnnxWeights) {
  return {
    onnx: flag(
      '<file>',
      'take the network in an ONNX file instead of an architecture',
      text('an ONNX file').optional(),
    ),
    onnxWeights: flag(
      '<which>',
      `weights of that network: seeded, drawn by the seed; or file, those in it (default: ${fallback})`,
      oneOf(WEIGHTS).optional(),
    ),
  };
}

/** @throws TenasError OPTION_INVALID for `--onnx-weights` without `--onnx` */
export function requireOnnx(given: {
  readonly onnx?: string | undefined;
  readonly onnxWeights?: OnnxWeights | undefined;
}): void {
  if (given.onnxWeights === undefined || given.onnx !== undefined) return;
  throw new TenasError(
    'OPTION_INVALID',
    '--onnx-weights: goes with a network from a file, as --onnx net.onnx',
    {
      field: '--onnx-weights',
      value: given.onnxWeights,
    },
  );
}
