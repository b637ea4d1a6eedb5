import { z } from 'zod';
import { architectureText, count, type Immutable, json, text } from './fields.js';
import { scoreDocumentSchema } from './score-document.js';

const LONGEST_ID = 1024;

const idError = {
  error: () =>
    `a number that JSON keeps (whole ones to 2^53 - 1), or a text of at most ${LONGEST_ID} characters`,
};

/** Names a request in its answer. */
const requestId = z.union(
  [
    z.string().max(LONGEST_ID),
    // A larger whole number would come back as another one.
    z.number().refine((id) => !Number.isInteger(id) || Number.isSafeInteger(id), idError),
  ],
  idError,
);

/** A line that `tenas score --stdin` reads. */
export const scoreRequestSchema = z.strictObject(
  { architecture: architectureText, id: requestId.optional() },
  {
    error: ({ code }) =>
      code === 'unrecognized_keys' ? 'an object with architecture and id alone' : 'an object',
  },
);

/** A line that `tenas score --stdin` reads. */
export type ScoreRequest = Immutable<z.output<typeof scoreRequestSchema>>;

const answered = {
  /** Number of the line that asked, from 1. */
  line: count,
  /** As in the request; absent there: absent here. */
  id: requestId.optional(),
};

/** A line that `tenas score --stdin` writes: the document of a score, or an error. */
export const scoreLineSchema = z.union([
  scoreDocumentSchema.extend(answered),
  z.object({
    ...answered,
    error: z.object({
      code: text,
      message: z.string(),
      field: text.optional(),
      value: json.optional(),
    }),
  }),
]);

/** A line that `tenas score --stdin` writes. */
export type ScoreLine = Immutable<z.output<typeof scoreLineSchema>>;
