import { isRecord } from '@tenas/base';
import { DATASETS } from '@tenas/data';
import {
  metricsOfScoreV1,
  PRUNING,
  parseDocument,
  parseJsonText,
  plugInReferenceSchema,
} from '@tenas/records';
import { CONSTRAINT_NAMES } from '@tenas/search/definitions';
import { checkRecipe } from '@tenas/spaces';
import { z } from 'zod';
import type { Task } from './tasks.js';

const LONGEST_NAME = 128;
const MOST_METRICS = 256;
/** Numbers of a model of latencies that a job carries. */
export const MOST_LATENCY_NUMBERS = 10_000;
export const MOST_REPEATS = 10_000;
export const MOST_EPOCHS = 100_000;
export const MOST_BATCH = 65_536;

const name = z.string().min(1).max(LONGEST_NAME);
const settings = z.record(z.string(), z.unknown());

/** Checked by the package that recipes are of; what it does not know stays, as the key was made with it. */
const recipe = z.unknown().transform((given, context) => {
  try {
    return checkRecipe(given);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
});

const dataset = z.strictObject({
  name: z.enum(DATASETS),
  fingerprint: name,
  size: z.int().min(1).optional(),
  seed: z.int().min(0).optional(),
});

const constraint = z.strictObject({
  name: z.enum(CONSTRAINT_NAMES),
  op: z.literal('<='),
  limit: z.number().gt(0),
  unit: name,
});

const finite = z.number();
const SHA256 = /^[0-9a-f]{64}$/;

/** Numbers of a model: of searches alone, which are few, and of spaces that a person can write down. */
const latency = z.strictObject({
  file: name,
  device: name,
  digest: z.string().regex(SHA256),
  numbers: z.strictObject({
    fixed: finite,
    least: finite.min(0).optional(),
    decisions: z
      .record(name, z.record(name, finite))
      .refine((decisions) => numbersIn(decisions) <= MOST_LATENCY_NUMBERS, {
        error: () => `at most ${MOST_LATENCY_NUMBERS} numbers`,
      }),
  }),
});

/** How many numbers the decisions of a model of latencies have. */
export function numbersIn(decisions: Readonly<Record<string, Readonly<Record<string, number>>>>): number {
  return Object.values(decisions).reduce((sum, choices) => sum + Object.keys(choices).length, 0);
}

const commonFields = {
  results: name,
  space: name,
  dataset,
  metrics: z.array(z.strictObject({ name, settings })).max(MOST_METRICS),
  plugins: z.array(plugInReferenceSchema).max(MOST_METRICS),
};

/** A task as JSON has it. Its settings are checked by those whose they are, when it is done. */
export const taskSchema: z.ZodType<Task> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('score'),
    ...commonFields,
    repeats: z.int().min(1).max(MOST_REPEATS),
    isomorphic: z.enum(['shared', 'each']),
  }),
  z.strictObject({
    kind: z.literal('search'),
    ...commonFields,
    strategy: name,
    settings,
    constraints: z.array(constraint).max(CONSTRAINT_NAMES.length).optional(),
    latency: latency.optional(),
  }),
  z.strictObject({
    kind: z.literal('train'),
    ...commonFields,
    dataset: dataset.extend({ images: z.int().min(2).optional(), test: name.nullable() }),
    recipe,
    epochs: z.int().min(1).max(MOST_EPOCHS),
    batchSize: z.int().min(1).max(MOST_BATCH),
    network: settings,
    validation: z.number().min(0),
  }),
]);

/** A task of version 0.1, in the words of this one; anything else stays as it is. */
function migrated(task: unknown): unknown {
  if (!isRecord(task) || 'metrics' in task) return task;
  if (task.kind === 'search') {
    const { protocol, ...others } = task;
    const own = isRecord(task.settings) ? task.settings : {};
    const metrics = metricsOfScoreV1({});
    return { ...others, strategy: PRUNING, settings: { protocol, ...own }, metrics, plugins: [] };
  }
  const { kind, results, space, dataset, repeats, isomorphic } = task;
  const metrics = metricsOfScoreV1(task);
  return { kind, results, space, dataset, repeats, isomorphic, metrics, plugins: [] };
}

/**
 * Reads a task from JSON.
 * @param from where it is from, for messages
 * @throws TenasError `RECORD_INVALID` naming the field
 */
export function readTask(json: unknown, from: string): Task {
  return parseDocument(taskSchema, json, from, 'a task of a batch');
}

/** {@link readTask} from the text that a store has of it, also of a store of version 0.1. */
export function readStoredTask(text: string, from: string): Task {
  return readTask(migrated(parseJsonText(text, from)), from);
}
