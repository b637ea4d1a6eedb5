import type { Choice, Choices, Domain } from '@tenas/spaces';
import type { OpenStep } from '../ask.js';
import type { PlannedRound } from './plan.js';
import type { MeasuredMetric } from './record.js';
import { TimeEstimate } from './time-estimate.js';

/** Tells how far the rounds are, with the time left by what each metric took so far. */
export class RoundProgress {
  #rounds: readonly PlannedRound[];
  readonly #estimate: TimeEstimate;
  #round = 0;
  #step: OpenStep | null = null;
  /** Evaluations of this round that are done, without the request in flight. */
  #done = 0;
  #requestStarted = 0;

  constructor(rounds: readonly PlannedRound[]) {
    this.#rounds = rounds;
    this.#estimate = new TimeEstimate(rounds);
  }

  /** Takes other rounds for those from this one on. */
  replan(round: number, rounds: readonly PlannedRound[]): void {
    this.#rounds = [...this.#rounds.slice(0, round), ...rounds];
    this.#estimate.plan(this.#rounds);
  }

  startRound(round: number, step: OpenStep): void {
    this.#round = round;
    this.#step = step;
    this.#done = 0;
  }

  /** A request to the evaluator has come so far. */
  request(metric: MeasuredMetric, evaluations: number, state: 'running' | 'done'): void {
    const { activeOps } = this.#rounds[this.#round]!;
    if (evaluations === 0) this.#requestStarted = performance.now();
    const seconds = (performance.now() - this.#requestStarted) / 1000;
    if (state === 'done') {
      this.#done += evaluations;
      this.#estimate.add(metric, evaluations, activeOps, seconds);
      this.#tell(this.#done, this.#estimate.secondsLeft());
    } else if (evaluations > 0) {
      this.#tell(
        this.#done + evaluations,
        this.#estimate.secondsLeft({ metric, evaluations, activeOps, seconds }),
      );
    }
  }

  /** Candidates are evaluated together: as many count as done as their share of the evaluations. */
  #tell(evaluations: number, secondsLeft: number | null): void {
    const { candidates, evaluations: planned } = this.#rounds[this.#round]!;
    const done = Math.floor((candidates * evaluations) / (planned.ntk + planned.zen + planned.regions));
    this.#step?.tell({ done, secondsLeft });
  }
}

/** On each edge the active operation that ranked last to be pruned, or the only one; pruned edges are absent. */
export function leadersOf(candidates: readonly Choice[], order: readonly number[], active: Domain): Choices {
  const keyOf = (decision: string, choice: string) => JSON.stringify([decision, choice]);
  const place = new Map(
    order.map((position, index) => {
      const { decision, choice } = candidates[position]!;
      return [keyOf(decision, choice), index];
    }),
  );
  return Object.fromEntries(
    Object.entries(active).flatMap(([decision, open]) => {
      const placeOf = (choice: string) => place.get(keyOf(decision, choice)) ?? 0;
      const best = open.toSorted((a, b) => placeOf(b) - placeOf(a))[0];
      return best === undefined ? [] : [[decision, best]];
    }),
  );
}
