import { z } from 'zod';
import { architectureText, count, finite, type Immutable, list, name, text } from './fields.js';
import { latencyCheckSchema } from './latency-model.js';

/** A predicted latency in ms. */
const prediction = {
  architecture: architectureText,
  predicted: finite,
  /**
   * Whether the network costs less than all that the model was fitted on: `predicted` is then the smallest latency of the
   * fit. Always false for models of earlier versions.
   */
  belowRange: z.boolean({ error: () => 'true or false' }),
};

const common = {
  kind: z.literal('latency-predictions', { error: () => 'latency-predictions' }),
  space: name,
  unit: z.literal('ms', { error: () => 'ms' }),
  device: name,
  /** Path of the model, as it was given. */
  model: text,
  /** How well the model predicted networks that it was not fitted on; null: there were none. */
  check: latencyCheckSchema.nullable(),
  /** Predictions beside each device of a table; absent: there was no table. */
  checks: list(
    latencyCheckSchema.extend({
      column: name,
      /** Number of networks of the table. */
      networks: count,
      /** Spearman's rank correlation of the latencies with counts; null where one has equal values alone. */
      counts: z.object({ params: finite.nullable(), macs: finite.nullable() }),
    }),
    1000,
  ).optional(),
};

/** The document of `tenas latency --model --json`: about one network, or with `networks` about several. */
export const latencyPredictionsSchema = z.union([
  z.object({ ...common, networks: list(z.object(prediction), 1_000_000) }),
  z.object({ ...common, ...prediction }),
]);

/** A document of `tenas latency --model`. */
export type LatencyPredictions = Immutable<z.output<typeof latencyPredictionsSchema>>;
