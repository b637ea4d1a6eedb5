import { z } from 'zod';
import {
  amount,
  better,
  byName,
  count,
  finite,
  type Immutable,
  json,
  jsonObject,
  list,
  name,
  text,
} from './fields.js';

/** Repeats of one evaluation; the scorer takes at most as many. */
export const MOST_REPEATS = 100_000;

/** One metric's value of an architecture. */
export const scoreSchema = z.object({
  /** null: there is none. */
  value: finite.nullable(),
  /** One for each repeat, null where it has no value; empty where only the value is known. */
  repeats: list(finite.nullable(), MOST_REPEATS, 'a list of numbers'),
  /** Per repeat the reason why it has no value, or null. Absent: none failed, or the reasons are unknown. */
  failures: list(name.nullable(), MOST_REPEATS, 'a list of reasons').optional(),
  /** Time that it took; null: unknown. */
  seconds: amount.nullable(),
  /** Further values, e.g. `eigenvalues` (ascending) of the first repeat. */
  detail: json.optional(),
});

/** One metric's value of an architecture. */
export type Score = Immutable<z.output<typeof scoreSchema>>;

const MOST_METRICS = 256;

/** Scores of one architecture by the name of the metric. */
export const scoresSchema = byName(scoreSchema, MOST_METRICS, 'an object of scores');

/** Scores of one architecture by the name of the metric. */
export type Scores = Readonly<Record<string, Score>>;

/** Description of a metric that a document names. */
export const metricInfoSchema = z.object({
  name,
  /** For headings: `condition number of the neural tangent kernel`. */
  title: text,
  better,
  /** A letter or so for axes and tables: `κ`. Default: the name. */
  symbol: name.optional(),
  /** A sentence or two for readers who do not know it. */
  about: text.optional(),
  /** The settings that it was evaluated with. */
  settings: jsonObject,
});

/** Description of a metric that a document names. */
export type MetricInfo = Immutable<z.output<typeof metricInfoSchema>>;

/** The metrics that a document names. */
export const metricInfosSchema = list(metricInfoSchema, MOST_METRICS, 'a list of metrics');

/** Evaluations by metric. */
export const evaluationsSchema = byName(count, MOST_METRICS, 'an object of counts by metric');

/** Seconds by metric. */
export const metricSecondsSchema = byName(amount, MOST_METRICS, 'an object of seconds by metric');

/** Evaluations without a value, by metric and reason. */
export const failuresSchema = byName(
  byName(count, 64, 'an object of counts by reason'),
  MOST_METRICS,
  'an object of failures by metric',
);

/** Notes of the engine for people, e.g. why it did not use the CUDA device that there is; absent: nothing. */
export const notesSchema = list(text, 1000, 'a list of notes');

/** Images as a document names them. */
export const datasetReferenceSchema = z.object({
  name,
  /** Tells two datasets of the same name apart. */
  fingerprint: text.optional(),
});
