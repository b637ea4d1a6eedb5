import { createHash } from 'node:crypto';
import { readInputText, settingError, TenasError } from '@tenas/base';
import {
  type LatencyNumbers,
  latencySum,
  predictedLatency,
  readLatencyModel,
  requireLatencyModel,
} from '@tenas/records';
import type { Choices, Space } from '@tenas/spaces';

/** Which model of latencies predicts. */
export interface LatencyModelName {
  /** The file of the model. */
  readonly file: string;
  readonly device: string;
  /** SHA-256 of the file, hexadecimal: which model it is, wherever it lies. */
  readonly digest: string;
}

/** Predicts latencies of a space's architectures on a device. */
export interface LatencyPredictor extends LatencyModelName {
  /** Latency in ms of an architecture by its choices. */
  ms(choices: Choices): number;
  /** Where no prediction is below a least one: that, and {@link ms} before it is raised to it. */
  readonly floor?: { readonly least: number; sum(choices: Choices): number } | undefined;
}

/** Predicts by the numbers of an additive model. */
export interface AdditivePredictor extends LatencyPredictor {
  /** The numbers of the choices of the space. */
  readonly numbers: Omit<LatencyNumbers, 'space'>;
}

/** What a model predicts for an architecture. */
export interface PredictedLatency {
  /** In ms. */
  readonly value: number;
  readonly unit: 'ms';
  /** Whether the architecture costs less than all that the model was fitted on: `value` is then the smallest of these. */
  readonly belowRange: boolean;
  readonly model: LatencyModelName;
}

const LARGEST = 64 * 1024 * 1024;

/**
 * Reads a model of `tenas latency table`.
 *
 * @param field that names the file, for errors
 * @throws TenasError `SETTING_INVALID` for a file that cannot be read; `RECORD_INVALID`; `LATENCY_MODEL_MISMATCH` for a
 * model of another space
 */
export async function openLatencyModel(
  space: Space,
  file: string,
  field: string,
): Promise<AdditivePredictor> {
  const text = await modelText(file, field);
  const model = readLatencyModel(text, file);
  requireLatencyModel(model, { space: space.name, decisions: space.decisions });
  const { device, fixed, least } = model;
  const decisions = Object.fromEntries(
    space.decisions.map(({ name, choices }) => {
      const numbers = model.decisions[name] ?? {};
      return [name, Object.fromEntries(choices.map((choice) => [choice, numbers[choice]!]))];
    }),
  );
  const digest = createHash('sha256').update(text).digest('hex');
  return latencyPredictor(space, { file, device, digest }, { fixed, least, decisions });
}

/**
 * Predicts by numbers that were read already.
 * @throws TenasError `LATENCY_MODEL_MISMATCH` where a choice of the space has no number
 */
export function latencyPredictor(
  space: Space,
  { file, device, digest }: LatencyModelName,
  numbers: AdditivePredictor['numbers'],
): AdditivePredictor {
  const { least } = numbers;
  const model = { ...numbers, space: space.name };
  requireLatencyModel({ ...model, device }, { space: space.name, decisions: space.decisions });
  return {
    ...{ file, device, digest, numbers },
    ms: (choices) => predictedLatency(model, choices),
    ...(least === undefined
      ? {}
      : { floor: { least, sum: (choices: Choices) => latencySum(model, choices) } }),
  };
}

/**
 * The latency of one architecture.
 * @throws TenasError `ARCHITECTURE_INVALID` for one that is not made of choices: no model predicts it
 */
export function predictLatency(
  space: Pick<Space, 'choicesOf'>,
  { file, device, digest, ms, floor }: LatencyPredictor,
  architecture: object,
): PredictedLatency {
  const choices = space.choicesOf(architecture);
  return {
    ...{ value: ms(choices), unit: 'ms' },
    belowRange: floor !== undefined && floor.sum(choices) < floor.least,
    model: { file, device, digest },
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
