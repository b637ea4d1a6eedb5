import type { Actions } from '../choice-probabilities.js';

/**
 * The agents of MANAS: one for each decision, each with probabilities for its choices. All agents learn from the one
 * loss of the network that their choices make.
 */
export interface Agents {
  /** Probabilities of the choices in the next round, by decision. */
  readonly probabilities: readonly Float64Array[];
  /** A round: all agents hear the loss of their choices, smaller is better. */
  learn(actions: Actions): void;
}

/** The losses of the rounds, as agents hear them. */
export interface HeardLosses {
  /** The loss of the last round. */
  readonly last: number;
  /** The losses of the last rounds as they stand now, the last one at the end. */
  recent(): readonly number[];
}

/** The agents of a search by MANAS. */
export interface AgentsOf {
  /** @param choices number of choices of each agent */
  make(choices: readonly number[], losses: HeardLosses): Agents;
  /** The setting that says how fast they learn. */
  readonly rate: string;
}
