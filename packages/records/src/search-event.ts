import { z } from 'zod';
import {
  amount,
  architectureText,
  byName,
  count,
  finite,
  type Immutable,
  jsonObject,
  list,
  name,
} from './fields.js';
import { scoresSchema } from './scores.js';
import { stepSchema } from './search-record.js';

/** Version of the format that events of searches are written in. */
export const SEARCH_EVENT_VERSION = 1 as const;

const version = z.literal(SEARCH_EVENT_VERSION, { error: () => `${SEARCH_EVENT_VERSION}` });
const words = z.string();

const state = {
  eventVersion: version,
  /** Number of the step, from 0, and of steps as far as known. */
  step: count,
  steps: count,
  label: words,
  /** Units of the step that are done, and planned. */
  done: count,
  total: count,
  /** Share of the whole search, 0 to 1. */
  share: finite,
  /** The best architecture so far, its choices by decision, its values by metric; null: none yet. */
  best: architectureText.nullable(),
  bestChoices: byName(z.unknown(), 100_000, 'an object of choices').nullable(),
  values: byName(finite.nullable(), 256, 'an object of values').nullable(),
  /** Architectures that the constraints refused so far; absent where there are no constraints. */
  refused: count.optional(),
  secondsElapsed: amount,
  /** null: not known yet. */
  secondsLeft: amount.nullable(),
};

/** A line that `tenas search --events jsonl` writes. */
export const searchEventSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('start'),
    eventVersion: version,
    strategy: name,
    space: name,
    dataset: name,
    metrics: list(name, 256, 'a list of names'),
    settings: jsonObject,
    seed: count,
    steps: count,
    /** The plan, in words. */
    text: words,
  }),
  z.object({ kind: z.literal('step-start'), ...state }),
  z.object({ kind: z.literal('progress'), ...state }),
  z.object({
    kind: z.literal('step-end'),
    ...state,
    /** The step as the record has it. */
    record: stepSchema,
    /** The result of the step, in words. */
    text: words.nullable(),
  }),
  z.object({ kind: z.literal('note'), eventVersion: version, text: words }),
  z.object({
    kind: z.literal('finish'),
    eventVersion: version,
    architecture: architectureText,
    scores: scoresSchema.nullable(),
    seconds: amount,
  }),
]);

/** A line that `tenas search --events jsonl` writes. */
export type SearchEventLine = Immutable<z.output<typeof searchEventSchema>>;
