import { createHash } from 'node:crypto';
import { readInputText, settingError, TenasError } from '@tenas/base';
import { predictedLatency, readLatencyModel, requireLatencyModel } from '@tenas/records';
import type { Choices, Space } from '@tenas/spaces';

/** Predicts latencies of a space's architectures on a device. */
export interface LatencyPredictor {
  /** The file of the model. */
  readonly file: string;
  readonly device: string;
  /** SHA-256 of the file, hexadecimal: which model it is, wherever it lies. */
  readonly digest: string;
  /** Latency in ms of an architecture by its choices. */
  ms(choices: Choices): number;
}

const LARGEST = 64 * 1024 * 1024;

/**
 * Reads a model of `tenas latency table`.
 *
 * @param field that names the file, for errors
 * @throws TenasError `SETTING_INVALID` for a file that cannot be read; `RECORD_INVALID`; `LATENCY_MODEL_MISMATCH` for a
 * model of another space
 */
export async function openLatencyModel(space: Space, file: string, field: string): Promise<LatencyPredictor> {
  const text = await modelText(file, field);
  const model = readLatencyModel(text, file);
  requireLatencyModel(model, { space: space.name, decisions: space.decisions });
  return {
    file,
    device: model.device,
    digest: createHash('sha256').update(text).digest('hex'),
    ms: (choices) => predictedLatency(model, choices),
  };
}

async function modelText(file: string, field: string): Promise<string> {
  try {
    return await readInputText(file, { maxBytes: LARGEST });
  } catch (cause) {
    const { code, message } = settingError(field, file, 'a file of tenas latency table');
    throw new TenasError(code, message, { field, value: file, cause });
  }
}
