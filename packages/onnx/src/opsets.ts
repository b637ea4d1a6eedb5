import { TenasError } from '@tenas/base';

/** ONNX operator-set versions that the exporter writes. */
export const SUPPORTED_OPSETS = [17, 18, 19, 20, 21, 22, 23, 24] as const;

/** One of {@link SUPPORTED_OPSETS}. */
export type Opset = (typeof SUPPORTED_OPSETS)[number];

/** The opset of a model when none is asked for: read by every ONNX consumer of the last years. */
export const DEFAULT_OPSET: Opset = 17;

/**
 * The IR version that the ONNX release which introduced an opset was published with (the table in the ONNX
 * project's docs/Versioning.md): the oldest file format that a reader of this opset is sure to know.
 */
const IR_VERSIONS: Readonly<Record<Opset, number>> = {
  17: 8,
  18: 8,
  19: 9,
  20: 9,
  21: 10,
  22: 10,
  23: 11,
  24: 12,
};

/**
 * Narrows a number to a supported opset.
 * @throws TenasError OPSET_UNSUPPORTED naming the range.
 */
export function requireOpset(opset: number): Opset {
  const found = SUPPORTED_OPSETS.find((known) => known === opset);
  if (found === undefined) {
    throw new TenasError(
      'OPSET_UNSUPPORTED',
      `opset ${opset} can't be written; use a whole number from ${SUPPORTED_OPSETS[0]} to ${SUPPORTED_OPSETS.at(-1)}`,
      { field: 'opset', value: opset },
    );
  }
  return found;
}

/** The ONNX IR version that a model of this opset declares (opset 17 -> 8, ..., 24 -> 12). */
export function irVersionOf(opset: Opset): number {
  return IR_VERSIONS[opset];
}
