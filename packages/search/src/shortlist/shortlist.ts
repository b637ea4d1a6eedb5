import { plural } from '@tenas/base';
import type { Ask, Best } from '../ask.js';
import { canonicalKey } from '../canonical-key.js';
import { evaluationCost } from '../evaluation-cost.js';
import { scoringPortion } from '../scoring-portion.js';
import type { Found } from '../strategy.js';
import type { ShortlistSettings } from './fields.js';
import { type Stage, stagesOf } from './stages.js';

/** What a stage's architectures cost, for the plan of a search. */
interface PlannedStages {
  readonly steps: readonly number[];
  readonly costs: readonly number[];
}

/**
 * The end of a search: its best architectures are compared anew, stage by stage, each by its metrics and on repeats that
 * nothing before has seen, until one is left. Without a shortlist, a search ends as it is.
 */
export class Shortlist {
  readonly #ask: Ask;
  readonly #size: number;
  readonly #stages: readonly Stage[];
  readonly #firstRepeat: number;

  /**
   * @param repeats that the search itself has used of {@link Ask.score}, from 0
   * @throws as {@link stagesOf}
   */
  constructor(ask: Ask, settings: ShortlistSettings, { repeats }: { readonly repeats: number }) {
    this.#ask = ask;
    this.#size = settings.shortlist ?? 0;
    this.#stages = stagesOf(settings, ask.metrics);
    this.#firstRepeat = repeats;
  }

  /** Architectures that the search has to give, or more; 0: there is no shortlist. */
  get size(): number {
    return this.#size;
  }

  /** A plan with the stages behind the steps of the search. */
  planned(search: {
    readonly steps: readonly number[];
    readonly cost: number;
    readonly text?: string | undefined;
  }) {
    const { steps, costs } = this.#plannedFrom(0, this.#size);
    const then =
      this.#stages.length === 0 ? '' : `, then the best ${this.#size} architectures by ${this.#text()}`;
    return {
      steps: [...search.steps, ...steps],
      costs: [...search.steps.map(() => search.cost), ...costs],
      ...(search.text === undefined ? {} : { text: `${search.text}${then}` }),
    };
  }

  /**
   * Compares the best architectures of a search.
   *
   * @param found the best one, which is the answer without a shortlist
   * @param ranked gives architectures of the search, the best first; of isomorphic ones, the first counts, and those that
   * the constraints refuse do not
   */
  async best(found: Found, ranked: () => Iterable<Found>): Promise<Found> {
    if (this.#stages.length === 0) return found;
    let left = this.#distinct(ranked());
    let from = this.#firstRepeat;
    for (const [place, stage] of this.#stages.entries()) {
      this.#ask.plan(this.#plannedFrom(place, left.length));
      left = await this.#stage(place, stage, left, from);
      from += stage.repeats;
    }
    return left[0]!;
  }

  async #stage(place: number, stage: Stage, some: readonly Found[], from: number): Promise<Found[]> {
    const { metrics, repeats, keep } = stage;
    const portion = scoringPortion(this.#ask, metrics);
    return await this.#ask.step(`shortlist ${place + 1}`, async ({ tell }) => {
      const population = stage.population();
      const scored: Best[] = [];
      for (let start = 0; start < some.length; start += portion) {
        const architectures = some.slice(start, start + portion).map(({ architecture }) => architecture);
        const scores = await this.#ask.score(architectures, { repeats, from, metrics });
        for (const [index, one] of scores.entries()) {
          population.add(one);
          scored.push({ architecture: architectures[index]!, scores: one });
        }
        tell({ best: scored[population.best]! });
      }
      const order = population.ranking();
      const kept = order.slice(0, keep);
      tell({
        stage: { finalists: order.map((index) => scored[index]!), kept: kept.length },
        best: scored[order[0]!]!,
        text: `${plural(some.length, 'architecture')} scored, ${kept.length === 1 ? 'the best' : `the best ${kept.length}`} kept`,
      });
      return kept.map((index) => {
        const { stageScores, ...one } = some[index]!;
        return { ...one, stageScores: { ...stageScores, ...scored[index]!.scores } };
      });
    });
  }

  #distinct(ranked: Iterable<Found>): Found[] {
    const { space } = this.#ask;
    const distinct = new Map<string, Found>();
    for (const one of ranked) {
      if (!this.#ask.allowed(one.architecture)) continue;
      const key = canonicalKey(space, one.architecture);
      if (!distinct.has(key)) distinct.set(key, one);
      if (distinct.size === this.#size) break;
    }
    return [...distinct.values()];
  }

  /** The stages from one on. @param count architectures that come to it */
  #plannedFrom(first: number, count: number): PlannedStages {
    let left = count;
    const planned = this.#stages.slice(first).map(({ metrics, repeats, keep }) => {
      const units = left;
      left = Math.min(left, keep);
      return { units, cost: evaluationCost(this.#ask, metrics) * repeats };
    });
    return { steps: planned.map(({ units }) => units), costs: planned.map(({ cost }) => cost) };
  }

  #text(): string {
    return this.#stages
      .map(({ metrics }) => metrics.map(({ metric }) => metric.name).join('+'))
      .join(', then ');
  }
}
