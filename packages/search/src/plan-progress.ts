import type { SearchPlan } from './ask.js';

/** How far a search is by its plan. */
export interface PlanState {
  /** Units of the step. */
  readonly total: number;
  /** Share of the whole search that is done. */
  readonly share: number;
  readonly secondsLeft: number | null;
}

/** Steps whose units cost the same: how many are done and planned, and the seconds that they took. */
interface Alike {
  done: number;
  planned: number;
  seconds: number;
}

/** A step that is under way. */
export interface UnderWay {
  readonly done: number;
  readonly seconds: number;
}

/** The planned units of each step, and what follows from them. */
export class PlanProgress {
  #units: readonly number[] = [];
  #costs: readonly number[] = [];
  /** Seconds of the steps that are done. */
  readonly #seconds: number[] = [];
  /** Time left according to the strategy of steps of a cost; null: it does not say. */
  #told: { readonly cost: number; readonly secondsLeft: number | null } | null = null;

  get steps(): number {
    return this.#units.length;
  }

  /** Takes other steps for those from the next one on. */
  plan({ steps, costs }: SearchPlan): void {
    const kept = this.#seconds.length;
    this.#units = [...this.#units.slice(0, kept), ...steps];
    this.#costs = [...this.#costs.slice(0, kept), ...steps.map((_, place) => costs?.[place] ?? 1)];
  }

  /** Units that are planned for the step; undefined: the step was not planned. */
  get planned(): number | undefined {
    return this.#units[this.#seconds.length];
  }

  /** Counts a step as done. */
  finish(seconds: number): void {
    this.#seconds.push(seconds);
  }

  /** Time left of the steps that cost as much as the present one, according to the strategy. */
  tell(secondsLeft: number | null): void {
    this.#told = { cost: this.#costOf(this.#seconds.length), secondsLeft };
  }

  /** @param secondsElapsed of the whole search */
  state({ done, seconds }: UnderWay, secondsElapsed: number): PlanState {
    const number = this.#seconds.length;
    const steps = Math.max(this.#units.length, number + 1);
    const alike = new Map<number, Alike>();
    for (let step = 0; step < steps; step++) {
      const cost = this.#costOf(step);
      const sums = alike.get(cost) ?? { done: 0, planned: 0, seconds: 0 };
      const planned = this.#units[step] ?? 0;
      const here = step === number ? done : step < number ? planned : 0;
      sums.done += here;
      sums.planned += Math.max(planned, here);
      sums.seconds += step === number ? seconds : (this.#seconds[step] ?? 0);
      alike.set(cost, sums);
    }
    const costOf = (units: 'done' | 'planned') =>
      [...alike].reduce((sum, [cost, sums]) => sum + cost * sums[units], 0);
    const [doneCost, allCost] = [costOf('done'), costOf('planned')];
    return {
      total: Math.max(this.#units[number] ?? 0, done),
      share: allCost === 0 ? 0 : doneCost / allCost,
      secondsLeft: this.#secondsLeft(alike, { secondsElapsed, doneCost }),
    };
  }

  #secondsLeft(
    alike: ReadonlyMap<number, Alike>,
    { secondsElapsed, doneCost }: { readonly secondsElapsed: number; readonly doneCost: number },
  ): number | null {
    const here = this.#costOf(this.#seconds.length);
    let left = 0;
    for (const [cost, { done, planned, seconds }] of alike) {
      if (cost === here && this.#told?.cost === cost) {
        if (this.#told.secondsLeft === null) return null;
        left += this.#told.secondsLeft;
        continue;
      }
      if (planned === done) continue;
      if (doneCost === 0) return null;
      // Where all cost the same, time between steps counts, too. What has not begun is taken to cost what was planned.
      const each =
        alike.size === 1
          ? secondsElapsed / done
          : done > 0
            ? seconds / done
            : (secondsElapsed / doneCost) * cost;
      left += each * (planned - done);
    }
    return left;
  }

  #costOf(step: number): number {
    return this.#costs[step] ?? 1;
  }
}
