import type { Choice, Domain } from '@tenas/spaces';
import type { BestOps, SearchEvent } from './events.js';
import { type PlannedRound, plannedEvaluations } from './plan.js';
import type { Ranking } from './ranking.js';
import type { EvaluationCounts } from './record.js';
import { TimeEstimate } from './time-estimate.js';

/** Turns what a search does into events, with the share done and the time left. */
export class Progress {
  #rounds: readonly PlannedRound[];
  readonly #estimate: TimeEstimate;
  readonly #emit: (event: SearchEvent) => void;
  readonly #started = performance.now();
  #round = 0;
  /** Evaluations of this round that are done, without the request in flight. */
  #done = 0;
  #requestStarted = 0;
  #best: BestOps | null = null;

  constructor(rounds: readonly PlannedRound[], emit: (event: SearchEvent) => void) {
    this.#rounds = rounds;
    this.#estimate = new TimeEstimate(rounds);
    this.#emit = emit;
  }

  get rounds(): number {
    return this.#rounds.length;
  }

  get secondsElapsed(): number {
    return (performance.now() - this.#started) / 1000;
  }

  get secondsLeft(): number | null {
    return this.#estimate.secondsLeft();
  }

  get best(): BestOps | null {
    return this.#best;
  }

  /** Evaluations of the whole search. */
  get evaluations(): EvaluationCounts {
    return plannedEvaluations(this.#rounds);
  }

  /** Takes other rounds for those from this one on. */
  replan(round: number, rounds: readonly PlannedRound[]): void {
    this.#rounds = [...this.#rounds.slice(0, round), ...rounds];
    this.#estimate.plan(this.#rounds);
  }

  startRound(round: number): void {
    this.#round = round;
    this.#done = 0;
  }

  /** A request to the evaluator has come so far. */
  request(metric: 'ntk' | 'regions', evaluations: number, state: 'running' | 'done'): void {
    const { activeOps } = this.#planned;
    if (evaluations === 0) this.#requestStarted = performance.now();
    const seconds = (performance.now() - this.#requestStarted) / 1000;
    if (state === 'done') {
      this.#done += evaluations;
      this.#estimate.add(metric, evaluations, activeOps, seconds);
      this.#report(this.#done, this.#estimate.secondsLeft());
    } else if (evaluations > 0) {
      this.#report(
        this.#done + evaluations,
        this.#estimate.secondsLeft({ metric, evaluations, activeOps, seconds }),
      );
    }
  }

  /** A stage of the finals was decided. */
  leads(active: Domain): void {
    this.#best = bestOf([], [], active);
  }

  /** A round was decided: `active` is left of it. */
  ranked(candidates: readonly Choice[], { order }: Ranking, active: Domain): void {
    this.#best = bestOf(candidates, order, active);
  }

  get #planned(): PlannedRound {
    return this.#rounds[this.#round]!;
  }

  #report(evaluations: number, secondsLeft: number | null): void {
    const { candidates, evaluations: planned } = this.#planned;
    const total = planned.ntk + planned.regions;
    this.#emit({
      kind: 'candidates-done',
      round: this.#round,
      rounds: this.rounds,
      done: Math.floor((candidates * evaluations) / total),
      total: candidates,
      evaluations: { done: evaluations, total },
      secondsElapsed: this.secondsElapsed,
      secondsLeft,
      best: this.#best,
    });
  }
}

/** On each edge the active operation that ranked last to be pruned, or the only one. */
function bestOf(candidates: readonly Choice[], order: readonly number[], active: Domain): BestOps {
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
