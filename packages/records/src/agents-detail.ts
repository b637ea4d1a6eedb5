import { z } from 'zod';
import { amount, architectureText, count, type Immutable, list } from './fields.js';
import { hasAllProbabilities, policyDecisionsSchema, probabilitiesSchema } from './policy-detail.js';
import type { SearchRecord } from './search-record.js';

const MOST_STATES = 200;
const MOST_FINALISTS = 10_000;

const share = amount.max(1, { error: () => 'a number from 0 to 1' });

/**
 * The `detail` in the record of a strategy with an agent for each decision, which all learn from the loss of the network
 * that their choices make (MANAS). It is a policy's detail, too.
 */
export const agentsDetailSchema = z
  .strictObject({
    /** Losses are those of trained weights on images that they were not trained on, or ranks by metrics. */
    loss: z.enum(['validation', 'metrics'], { error: () => 'validation or metrics' }),
    /** One for each agent. */
    decisions: policyDecisionsSchema,
    /** The agents after some of the rounds, in order. */
    states: list(
      z.strictObject({
        /** Rounds until then. */
        drawn: count,
        /** Mean over the agents, in nats. */
        entropy: amount,
        /** Mean loss that agents heard since the state before, from 0 to 1. */
        loss: share,
        /** Sum of all losses that agents heard, less the smallest one in each round. */
        regret: amount,
        /** By agent and choice. */
        probabilities: probabilitiesSchema,
      }),
      MOST_STATES,
    ),
    /** Networks that were compared in the end under the trained weights, the best first; none where metrics decide. */
    finalists: list(
      z.strictObject({
        architecture: architectureText,
        /** Of images that the weights were not trained on. */
        accuracy: share,
        loss: amount,
      }),
      MOST_FINALISTS,
    ),
    /** Both answers, null while there is none: the choices that the agents prefer, and the best of the networks seen. */
    answers: z.strictObject({ policy: architectureText.nullable(), best: architectureText.nullable() }),
  })
  .refine(hasAllProbabilities, { error: () => 'states with a probability for each choice of each decision' });

/** The `detail` in the record of a strategy with an agent for each decision. */
export type AgentsDetail = Immutable<z.output<typeof agentsDetailSchema>>;

/** The agents that a record tells of; null where it tells of none. */
export function agentsDetailOf({ detail }: Pick<SearchRecord, 'detail'>): AgentsDetail | null {
  const read = agentsDetailSchema.safeParse(detail);
  return read.success ? read.data : null;
}
