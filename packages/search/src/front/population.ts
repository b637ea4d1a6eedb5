import { paretoFront, type Solution, settingError } from '@tenas/base';
import type { RankedPopulation } from '@tenas/metrics/definitions';
import { isConnected } from '@tenas/spaces/connected';
import type { Space } from '@tenas/spaces/definitions';
import type { Best, Scores } from '../ask.js';
import { historyFor } from '../objective-settings.js';
import type { FrontMember } from './member.js';
import {
  type ObjectivesAbout as About,
  type FrontSettings,
  type ObjectiveSource,
  type Objectives,
  objectivesOf,
} from './objectives.js';

/** The architectures of a search with their values by several objectives, in the order in which they were added. */
export class ObjectivePopulation {
  readonly #objectives: Objectives;
  readonly #ranks: RankedPopulation | null;
  readonly #members: Best[] = [];
  /** Costs of each architecture by objective, which never change. */
  readonly #costs: (readonly (number | null)[])[] = [];
  /** Whether the output of each depends on its input. A network that computes a constant stands on no front. */
  readonly #connected: boolean[] = [];
  readonly #space: Space;

  /** Of a search for a front. @throws TenasError as the objectives and their ranking do */
  static ofFront(ask: About, settings: FrontSettings): ObjectivePopulation {
    const objectives = objectivesOf(ask, settings, { ranked: false });
    if (objectives === null) throw settingError('settings.objectives', undefined, 'a list of objectives');
    return ObjectivePopulation.#made(ask, settings, objectives);
  }

  /** Of a search that ranks by its metrics, and may have objectives besides; null where the settings name none. */
  static beside(ask: About, settings: FrontSettings): ObjectivePopulation | null {
    const objectives = objectivesOf(ask, settings, { ranked: true });
    return objectives === null ? null : ObjectivePopulation.#made(ask, settings, objectives);
  }

  static #made(ask: About, settings: FrontSettings, objectives: Objectives): ObjectivePopulation {
    const ranked = objectives.list.some(({ source }) => source.kind === 'rank');
    return new ObjectivePopulation(ask.space, objectives, ranked ? historyFor(ask, settings) : null);
  }

  private constructor(space: Space, objectives: Objectives, ranks: RankedPopulation | null) {
    this.#space = space;
    this.#objectives = objectives;
    this.#ranks = ranks;
  }

  /** Metrics that the objectives need, for {@link Ask.score}. */
  get metrics(): Objectives['metrics'] {
    return this.#objectives.metrics;
  }

  get objectives(): Objectives {
    return this.#objectives;
  }

  get length(): number {
    return this.#members.length;
  }

  at(place: number): Best {
    return this.#members[place]!;
  }

  /** Adds an architecture; its place is the length before. */
  add(architecture: object, scores: Scores): void {
    this.#members.push({ architecture, scores });
    this.#ranks?.add(scores);
    this.#connected.push(isConnected(this.#space, architecture));
    this.#costs.push(
      this.#objectives.list.map(({ source }) =>
        source.kind === 'cost' ? finiteOrNull(source.of(architecture)) : null,
      ),
    );
  }

  /**
   * As one of those that sorts and selects: objectives are minimised; missing values, and an output that does not depend
   * on the input, are broken constraints.
   */
  solution(place: number): Required<Solution> {
    const values = this.#objectives.list.map(({ better, source }, at) => {
      const value = this.#valueOf(place, source, at);
      return value === null ? null : better === 'lower' ? value : -value;
    });
    return {
      objectives: values.map((value) => value ?? 0),
      violation: values.filter((value) => value === null).length + (this.#connected[place] ? 0 : 1),
    };
  }

  /**
   * Places on the front of all so far, the best by the first objective first. Of architectures with equal values the first
   * stands for all; none is on it that has no value by an objective, or
   * whose output does not depend on its input.
   */
  frontPlaces(): number[] {
    const complete = this.#members.flatMap((_, place) => {
      const { objectives, violation } = this.solution(place);
      return violation === 0 ? [{ place, objectives }] : [];
    });
    return paretoFront(complete.map(({ objectives }) => objectives))
      .map((at) => complete[at]!)
      .sort((a, b) => compared(a.objectives, b.objectives))
      .map(({ place }) => place);
  }

  /** Places of all so far: {@link frontPlaces}, then the others by the first objective, those without a value last. */
  ranking(): number[] {
    const front = this.frontPlaces();
    const onFront = new Set(front);
    const others = this.#members.flatMap((_, place) =>
      onFront.has(place) ? [] : [{ place, ...this.solution(place) }],
    );
    others.sort(
      (a, b) => a.violation - b.violation || compared(a.objectives, b.objectives) || a.place - b.place,
    );
    return [...front, ...others.map(({ place }) => place)];
  }

  /** {@link frontPlaces} with architectures and values. */
  front(): FrontMember[] {
    return this.frontPlaces().map((place) => ({
      architecture: this.at(place).architecture,
      values: Object.fromEntries(
        this.#objectives.list.map(({ name, source }, at) => [name, this.#valueOf(place, source, at)!]),
      ),
    }));
  }

  #valueOf(place: number, source: ObjectiveSource, at: number): number | null {
    switch (source.kind) {
      case 'rank':
        return this.#ranks!.relativeWorth(place);
      case 'metric':
        return this.#members[place]!.scores[source.name]?.value ?? null;
      case 'cost':
        return this.#costs[place]![at] ?? null;
    }
  }
}

/** No model predicts an architecture that is not made of choices. */
function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function compared(one: readonly number[], other: readonly number[]): number {
  const differs = one.findIndex((value, at) => value !== other[at]);
  return differs < 0 ? 0 : one[differs]! - other[differs]!;
}
