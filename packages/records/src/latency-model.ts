import { TenasError } from '@tenas/base';
import { z } from 'zod';
import { amount, byName, count, finite, type Immutable, jsonObject, list, name, text } from './fields.js';
import { latencySetupSchema } from './latency-document.js';
import { parseDocument, parseJsonText } from './parse-document.js';

/** Version of the documents of `tenas latency table`. */
export const LATENCY_MODEL_VERSION = 1;

/** How well a model predicts networks that it was not fitted on. */
export const latencyCheckSchema = z.object({
  networks: count,
  /** Rank correlation of predictions and measurements; null where one of both has equal values alone. */
  spearman: finite.nullable(),
  /** |predicted - measured| / measured: its median, mean and largest value. */
  relativeError: z.object({ median: amount, mean: amount, worst: amount }),
});

/**
 * An additive model of latency: a fixed part, and a number of ms for each choice of each decision of a space. A single
 * number may be negative.
 */
export const latencyModelSchema = z.object({
  kind: z.literal('latency-model', { error: () => 'latency-model' }),
  latencyModelVersion: z.literal(LATENCY_MODEL_VERSION, { error: () => String(LATENCY_MODEL_VERSION) }),
  space: name,
  unit: z.literal('ms', { error: () => 'ms' }),
  device: name,
  /** How the latencies were measured; null: they are from a table of another program. */
  measured: latencySetupSchema.extend({ network: jsonObject }).nullable(),
  /** The table that the latencies are from; null: they were measured. */
  table: z.object({ file: text, column: name }).nullable(),
  fixed: finite,
  /**
   * Smallest latency of the fit: no prediction is below it. Absent from models of earlier versions, whose predictions may be
   * 0 or less.
   */
  least: amount.optional(),
  decisions: byName(byName(finite, 10_000, 'ms by choice'), 10_000, 'choices by decision'),
  fit: z.object({
    networks: count,
    /** Networks whose output does not depend on their input: left out. */
    disconnected: count,
    /** Choices that no network of the fit has: their numbers follow from multiply-adds and parameters alone. */
    unseen: count,
    /** Strength of the penalty on what multiply-adds and parameters do not explain. */
    ridge: amount,
  }),
  check: latencyCheckSchema.nullable(),
  warnings: list(text, 100),
});

/** An additive model of latency. */
export type LatencyModel = Immutable<z.output<typeof latencyModelSchema>>;

/** The part of a model that predictions are made of. */
export type LatencyNumbers = Pick<LatencyModel, 'space' | 'fixed' | 'least' | 'decisions'>;

/** How well a model predicts. */
export type LatencyCheck = Immutable<z.output<typeof latencyCheckSchema>>;

/** Reads a model from JSON text. @throws TenasError `RECORD_INVALID` naming the field */
export function readLatencyModel(json: string, from: string): LatencyModel {
  const document = parseJsonText(json, from);
  return parseDocument(latencyModelSchema, document, from, 'a latency model of tenas latency table');
}

/**
 * Refuses a model for another space than the one it was made for, and for another device where one is named.
 * @param wanted decisions of the space, with their choices, and the device
 * @throws TenasError `LATENCY_MODEL_MISMATCH` naming what differs
 */
export function requireLatencyModel(
  model: Pick<LatencyModel, 'space' | 'device' | 'decisions'>,
  wanted: {
    readonly space: string;
    readonly decisions: readonly { readonly name: string; readonly choices: readonly string[] }[];
    readonly device?: string | undefined;
  },
): void {
  const refuse = (field: string, value: unknown, problem: string): never => {
    throw new TenasError('LATENCY_MODEL_MISMATCH', `${field}: ${problem}`, { field, value });
  };
  if (model.space !== wanted.space) {
    refuse('space', model.space, `the latency model is of ${model.space}, not of ${wanted.space}`);
  }
  if (wanted.device !== undefined && model.device !== wanted.device) {
    refuse('device', model.device, `the latency model is of ${model.device}, not of ${wanted.device}`);
  }
  for (const { name: decision, choices } of wanted.decisions) {
    const known = model.decisions[decision] ?? {};
    const missing = choices.find((choice) => known[choice] === undefined);
    if (missing === undefined) continue;
    refuse(
      `decisions.${decision}`,
      missing,
      `the latency model has no choice ${missing} here; the space changed since`,
    );
  }
}

/**
 * The latency in ms that a model predicts: its fixed part and a number for each choice, but not less than the smallest
 * latency that it was fitted on. The sums of networks that cost less than all of these extrapolate, to 0 and below.
 * @throws TenasError `LATENCY_MODEL_MISMATCH` for a choice that it does not know
 */
export function predictedLatency(model: LatencyNumbers, choices: Readonly<Record<string, string>>): number {
  return Math.max(latencySum(model, choices), model.least ?? Number.NEGATIVE_INFINITY);
}

/** Whether a network lies below the range of a model: {@link predictedLatency} is then the end of that range. */
export function isBelowRange(model: LatencyNumbers, choices: Readonly<Record<string, string>>): boolean {
  return latencySum(model, choices) < (model.least ?? Number.NEGATIVE_INFINITY);
}

/**
 * The fixed part of a model and a number for each choice, in ms: {@link predictedLatency} without its lower end.
 * @throws TenasError `LATENCY_MODEL_MISMATCH` for a choice that it does not know
 */
export function latencySum(model: LatencyNumbers, choices: Readonly<Record<string, string>>): number {
  let sum = model.fixed;
  for (const [decision, choice] of Object.entries(choices)) {
    const part = model.decisions[decision]?.[choice];
    if (part === undefined) {
      throw new TenasError(
        'LATENCY_MODEL_MISMATCH',
        `decisions.${decision}: the latency model of ${model.space} has no choice ${choice}`,
        { field: `decisions.${decision}`, value: choice },
      );
    }
    sum += part;
  }
  return sum;
}
