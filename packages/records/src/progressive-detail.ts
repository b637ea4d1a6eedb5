import { z } from 'zod';
import { amount, architectureText, count, finite, type Immutable, list } from './fields.js';
import type { SearchRecord } from './search-record.js';

/** Most of each that a record is read with; far above what spaces have and strategies write. */
const MOST_LEVELS = 100;
const MOST_CELLS = 1_000_000;

const share = amount.max(1, { error: () => 'a number from 0 to 1' });
const correlation = finite
  .min(-1.000001, { error: () => 'a number from -1 to 1' })
  .max(1.000001, { error: () => 'a number from -1 to 1' })
  .nullable();

/** The `detail` in the record of a strategy whose architectures grow level by level, picked by a predictor. */
export const progressiveDetailSchema = z.strictObject({
  levels: list(
    z.strictObject({
      /** From 1. */
      level: count.min(1, { error: () => 'a whole number from 1' }),
      /** Architectures of which the predictor picked those to score. */
      candidates: count,
      /** Architectures so far, to which the predictor was fitted after this level. */
      seen: count,
      /**
       * Spearman's correlation of predictions and targets of the level: before the predictor saw the level, and after. null:
       * there was no predictor yet, or all of one side were equal.
       */
      ahead: correlation,
      own: correlation,
      /** Mean prediction before the level less mean target; null on the first level. */
      gap: finite.nullable(),
      /** Mean absolute errors over all architectures so far: of the mean prediction, and the mean of those of its members. */
      errors: z.strictObject({ ensemble: amount, members: amount }),
      /** The architectures that were scored, in order. */
      cells: list(
        z.strictObject({
          architecture: architectureText,
          /** Before the predictor saw the level; null on the first level. */
          predicted: share.nullable(),
          /** After. */
          fitted: share,
          /** What it learned of the architecture, as it stood after this level. */
          target: share,
        }),
        MOST_CELLS,
      ),
    }),
    MOST_LEVELS,
  ),
});

/** The `detail` in the record of a strategy whose architectures grow level by level, picked by a predictor. */
export type ProgressiveDetail = Immutable<z.output<typeof progressiveDetailSchema>>;

/** The levels that a record tells of; null where it tells of none. Strategies of anybody may write them. */
export function progressiveDetailOf({ detail }: Pick<SearchRecord, 'detail'>): ProgressiveDetail | null {
  const read = progressiveDetailSchema.safeParse(detail);
  return read.success ? read.data : null;
}
