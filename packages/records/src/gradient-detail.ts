import { z } from 'zod';
import { amount, architectureText, count, finite, type Immutable, list, name } from './fields.js';
import type { SearchRecord } from './search-record.js';

/** Most of each that a record is read with; far above what spaces have and strategies write. */
const MOST_DECISIONS = 1000;
const MOST_CHOICES = 1000;
const MOST_STATES = 200;
const MOST_FINALISTS = 1000;
const MOST_ROUNDS = 50;

const share = amount.max(1, { error: () => 'a number from 0 to 1' });

/** The `detail` in the record of a strategy that learns an architecture by gradient, with the weights of a supernet. */
export const gradientDetailSchema = z
  .strictObject({
    decisions: list(z.strictObject({ name, choices: list(name, MOST_CHOICES) }), MOST_DECISIONS),
    /** Images of the two parts of the dataset. */
    images: z.strictObject({ training: count, validation: count }),
    /** Steps of the weights, and as many of the architecture. */
    steps: count,
    /** Where finalists were trained on: how each round judged them, and its steps for each. */
    finetuning: z
      .strictObject({
        judge: z.enum(['training-loss', 'validation-loss']),
        rounds: list(z.strictObject({ finalists: count, steps: count }), MOST_ROUNDS),
      })
      .optional(),
    /** After some of the epochs, in order. */
    states: list(
      z.strictObject({
        /** From 1. */
        epoch: count,
        /** Temperature of the epoch; null where the method has none. */
        tau: amount.nullable(),
        /** Mean over the decisions of the entropy of their choices, in nats. */
        entropy: amount,
        /** Means over the batches of the epoch, of the networks that ran. */
        trainLoss: amount,
        /** Null while the weights learn alone. */
        validationLoss: amount.nullable(),
        validationAccuracy: share.nullable(),
        /** Operations without weights in the architecture. */
        parameterFree: count,
        /** The architecture that the probabilities decide for. */
        architecture: architectureText,
        /** By decision and choice. */
        probabilities: list(list(share, MOST_CHOICES), MOST_DECISIONS),
      }),
      MOST_STATES,
    ),
    /**
     * Architectures that were compared in the end, the lowest loss first, those of the last round before those of rounds
     * before; absent where the probabilities decide.
     */
    finalists: list(
      z.strictObject({
        architecture: architectureText,
        /**
         * Under the shared weights, of images that these were not trained on; where finalists were trained on, those of
         * its last round.
         */
        accuracy: share,
        loss: amount,
        /** Where finalists were trained on: what each round that it was trained in said of it. */
        rounds: list(z.strictObject({ loss: amount, accuracy: share }), MOST_ROUNDS).optional(),
        /** Sum of the natural logarithms of the probabilities of its choices. */
        logProbability: finite.max(0, { error: () => 'a number up to 0' }),
      }),
      MOST_FINALISTS,
    ).optional(),
  })
  .refine(
    ({ decisions, states }) =>
      states.every(
        ({ probabilities }) =>
          probabilities.length === decisions.length &&
          decisions.every(({ choices }, place) => probabilities[place]!.length === choices.length),
      ),
    { error: () => 'states with a probability for each choice of each decision' },
  );

/** The `detail` in the record of a strategy that learns an architecture by gradient. */
export type GradientDetail = Immutable<z.output<typeof gradientDetailSchema>>;

/** What a record tells of an architecture that was learnt by gradient; null where it tells of none. */
export function gradientDetailOf({ detail }: Pick<SearchRecord, 'detail'>): GradientDetail | null {
  const read = gradientDetailSchema.safeParse(detail);
  return read.success ? read.data : null;
}
