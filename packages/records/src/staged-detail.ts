import { z } from 'zod';
import { amount, architectureText, count, finite, type Immutable, list, name, text } from './fields.js';
import type { SearchRecord } from './search-record.js';

const MOST_LAYERS = 1000;
const MOST_OPERATORS = 1000;
const MOST_STAGES = 100;
const MOST_CANDIDATES = 1_000_000;

const yesOrNo = z.boolean({ error: () => 'true or false' });

/**
 * The `detail` in the record of a strategy that searches the layers of a space stage by stage under a bound
 * (HURRICANE).
 */
export const stagedDetailSchema = z.strictObject({
  /** The largest cost of an answer, and what it is counted in: `ms`, `M multiply-adds`. */
  bound: amount,
  unit: text,
  /** The file of the latency model and the device that it is of; null: multiply-adds are bounded. */
  latency: z.strictObject({ file: text, device: name }).nullable(),
  /** The operators of each layer, the best first. */
  layers: list(
    z.strictObject({
      decision: name,
      operators: list(
        z.strictObject({
          choice: name,
          /** Rank by capacity less rank by cost, from -1 to 1. */
          score: finite,
          /** Beyond the smallest of the layer. */
          params: count,
          macs: count,
          cost: amount,
          kept: yesOrNo,
        }),
        MOST_OPERATORS,
      ),
    }),
    MOST_LAYERS,
  ),
  stages: list(
    z.strictObject({
      name: z.enum(['late', 'early', 'joint'], { error: () => 'late, early or joint' }),
      /** Names of the decisions that were searched. */
      searched: list(name, MOST_LAYERS),
      /** Mean loss of the last epoch of the supernet. */
      loss: amount,
      /** All that were evaluated, the best first. */
      candidates: list(
        z.strictObject({
          architecture: architectureText,
          cost: finite,
          /** Under the supernet's weights, on images that these were not trained on. */
          accuracy: amount.max(1, { error: () => 'a number from 0 to 1' }),
        }),
        MOST_CANDIDATES,
      ),
    }),
    MOST_STAGES,
  ),
});

/** The `detail` in the record of a strategy that searches stage by stage under a bound. */
export type StagedDetail = Immutable<z.output<typeof stagedDetailSchema>>;

/** The stages that a record tells of; null where it tells of none. */
export function stagedDetailOf({ detail }: Pick<SearchRecord, 'detail'>): StagedDetail | null {
  const read = stagedDetailSchema.safeParse(detail);
  return read.success ? read.data : null;
}
