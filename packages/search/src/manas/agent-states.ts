import type { AgentsDetail } from '@tenas/records';
import type { Decision } from '@tenas/spaces';
import { meanEntropy } from '../choice-probabilities.js';
import type { Agents, HeardLosses } from './agents.js';
import type { Played } from './players.js';
import { Regret } from './regret.js';

/** States of the agents that a record holds at most. */
const MOST_STATES = 100;

/** The course of a search by agents: lets them learn, and keeps what the record tells. */
export class AgentStates {
  readonly #decisions: readonly Decision[];
  readonly #agents: Agents;
  readonly #losses: HeardLosses;
  readonly #stride: number;
  readonly #regret = new Regret();
  readonly #states: AgentsDetail['states'][number][] = [];
  #steps = 0;
  /** Since the last state that was kept. */
  #heard = { sum: 0, rounds: 0 };

  /** @param steps calls of {@link AgentStates.keep} that are planned */
  constructor(
    decisions: readonly Decision[],
    {
      agents,
      losses,
      steps,
    }: { readonly agents: Agents; readonly losses: HeardLosses; readonly steps: number },
  ) {
    this.#decisions = decisions;
    this.#agents = agents;
    this.#losses = losses;
    this.#stride = Math.ceil(steps / MOST_STATES);
  }

  get probabilities(): readonly Float64Array[] {
    return this.#agents.probabilities;
  }

  /** Rounds so far. */
  get rounds(): number {
    return this.#regret.rounds;
  }

  /** A round, whose loss was added last. */
  learn({ actions }: Pick<Played, 'actions'>): void {
    const { last } = this.#losses;
    this.#regret.add(last);
    this.#heard = { sum: this.#heard.sum + last, rounds: this.#heard.rounds + 1 };
    this.#agents.learn(actions);
  }

  /** Ends a step of the search. @param last whether it is the last one */
  keep(last: boolean): void {
    if (this.#steps++ % this.#stride !== 0 && !last) return;
    const { sum, rounds } = this.#heard;
    this.#heard = { sum: 0, rounds: 0 };
    this.#states.push({
      drawn: this.rounds,
      entropy: meanEntropy(this.probabilities),
      loss: rounds === 0 ? 0 : sum / rounds,
      regret: Math.max(0, this.#regret.total),
      probabilities: this.probabilities.map((chances) => [...chances]),
    });
  }

  /** For people. */
  get text(): string {
    return `entropy ${meanEntropy(this.probabilities).toFixed(2)}, regret ${this.#regret.total.toFixed(1)}`;
  }

  /** What the record tells of the agents. */
  get detail(): Pick<AgentsDetail, 'decisions' | 'states'> {
    return {
      decisions: this.#decisions.map(({ name, choices }) => ({ name, choices: [...choices] })),
      states: this.#states,
    };
  }
}
