import { z } from 'zod';
import { amount, count, finite, type Immutable, list, name } from './fields.js';
import type { SearchRecord } from './search-record.js';

/** Most of each that a record is read with; far above what spaces have and strategies write. */
const MOST_DECISIONS = 1000;
const MOST_CHOICES = 1000;
const MOST_STATES = 200;

const probability = amount.max(1, { error: () => 'a number from 0 to 1' });

/** Decisions of a policy with their choices. */
export const policyDecisionsSchema = list(
  z.object({ name, choices: list(name, MOST_CHOICES) }),
  MOST_DECISIONS,
);

/** Probabilities by decision and choice. */
export const probabilitiesSchema = list(list(probability, MOST_CHOICES), MOST_DECISIONS);

/** Whether each state has a probability for each choice of each decision. */
export function hasAllProbabilities({
  decisions,
  states,
}: {
  readonly decisions: readonly { readonly choices: readonly string[] }[];
  readonly states: readonly { readonly probabilities: readonly (readonly number[])[] }[];
}): boolean {
  return states.every(
    ({ probabilities }) =>
      probabilities.length === decisions.length &&
      decisions.every(({ choices }, place) => probabilities[place]!.length === choices.length),
  );
}

/** The `detail` in the record of a strategy that learns probabilities for the choices of each decision. */
export const policyDetailSchema = z
  .object({
    decisions: policyDecisionsSchema,
    /** The policy after some of the draws, in order. */
    states: list(
      z.object({
        /** Architectures drawn until then. */
        drawn: count,
        /** Mean over the decisions, in nats. */
        entropy: amount,
        /** Moving average of the rewards; absent where the strategy has none. */
        baseline: finite.optional(),
        /** By decision and choice. */
        probabilities: probabilitiesSchema,
      }),
      MOST_STATES,
    ),
  })
  .refine(hasAllProbabilities, { error: () => 'states with a probability for each choice of each decision' });

/** The `detail` in the record of a strategy that learns probabilities for the choices of each decision. */
export type PolicyDetail = Immutable<z.output<typeof policyDetailSchema>>;

/** The policy that a record tells of; null where it tells of none. Strategies of anybody may write one. */
export function policyDetailOf({ detail }: Pick<SearchRecord, 'detail'>): PolicyDetail | null {
  const read = policyDetailSchema.safeParse(detail);
  return read.success ? read.data : null;
}
