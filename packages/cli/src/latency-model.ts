import { TenasError } from '@tenas/base';
import type { PredictedLatency } from '@tenas/search';
import type { Space } from '@tenas/spaces';

/** Predicts the latency of an architecture of one space. */
export type PredictLatency = (architecture: object) => PredictedLatency;

/**
 * Predicts by the file of `--latency-model`; undefined where there is none.
 *
 * @param space undefined: that of a network from a file, which no model is of
 * @throws TenasError `OPTION_INVALID` without a space; `SETTING_INVALID` for a file that cannot be read; `RECORD_INVALID`;
 *   `LATENCY_MODEL_MISMATCH` for a model of another space
 */
export async function givenLatencyModel(
  file: string | undefined,
  space: Space | undefined,
): Promise<PredictLatency | undefined> {
  if (file === undefined) return undefined;
  if (space === undefined) {
    const message =
      '--latency-model: predicts architectures of a space; tenas latency --onnx FILE measures a network';
    throw new TenasError('OPTION_INVALID', message, { field: '--latency-model', value: file });
  }
  // Loaded where there is one: other scores do without.
  const { openLatencyModel, predictLatency } = await import('@tenas/search');
  const model = await openLatencyModel(space, file, '--latency-model');
  return (architecture) => predictLatency(space, model, architecture);
}
