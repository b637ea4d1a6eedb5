import type { RandomStream } from '@tenas/base';
import { type Choices, type Decision, requireSupernet, type Space } from '@tenas/spaces';
import { type Actions, drawActions } from '../choice-probabilities.js';
import { type DrawingSearch, drawnArchitecture, likeliestArchitecture } from '../drawn-architecture.js';
import { type CellCopies, copyName } from './cell-copies.js';

/** A network that agents chose. */
export interface Played {
  /** By agent. */
  readonly actions: Actions;
  /** The architecture of the network; null where its cells differ, so that the space has no architecture for it. */
  readonly architecture: object | null;
  /** Its choices in the supernet. */
  readonly path: Choices;
}

/** The agents of a supernet: one for each decision of the space, or one for each decision of each cell. */
export class Players {
  /** The decisions of the agents. */
  readonly decisions: readonly Decision[];
  readonly #search: DrawingSearch;
  readonly #space: Space;
  /** null: all cells of a type decide together. */
  readonly #copies: CellCopies | null;
  /** By decision of the space: its agents, one for each cell. */
  readonly #agents: readonly (readonly number[])[];

  /** @param copies cells that decide for themselves; null: all cells of a type decide together */
  constructor(search: DrawingSearch, copies: CellCopies | null) {
    const { space } = search;
    this.#search = search;
    this.#space = space;
    this.#copies = copies;
    const decisions: Decision[] = [];
    this.#agents = space.decisions.map((decision) => {
      if (copies === null) return [decisions.push(decision) - 1];
      return Array.from(
        { length: copies.count(decision.name) },
        (_, cell) => decisions.push({ ...decision, name: copyName(decision.name, cell) }) - 1,
      );
    });
    this.decisions = decisions;
  }

  /**
   * Draws choices until they make a network of the supernet, one cell after the other.
   *
   * @param probabilities by agent and choice
   * @param rate name of the setting that says how fast agents learn, for the error
   * @throws TenasError `NOTHING_FOUND`
   */
  draw(probabilities: readonly Float64Array[], random: RandomStream, rate: string): Played {
    const actions = new Array<number>(this.decisions.length).fill(0);
    const path: Record<string, string> = {};
    const cells = Math.max(1, ...this.#agents.map(({ length }) => length));
    let architecture: object | null = null;
    for (let cell = 0; cell < cells; cell++) {
      const chances = this.#agents.map((agents) =>
        cell < agents.length ? probabilities[agents[cell]!]! : certain(actions[agents.at(-1)!]!),
      );
      const drawn = drawnArchitecture(this.#search, () => drawActions(chances, random), {
        rate,
        random,
        fits: (one) => this.#isHeld(one),
      });
      for (const [decision, agents] of this.#agents.entries()) {
        if (cell < agents.length) actions[agents[cell]!] = drawn.actions[decision]!;
      }
      Object.assign(path, this.pathOf(drawn.architecture, cell));
      architecture = drawn.architecture;
    }
    return { actions, architecture: cells === 1 ? architecture : null, path };
  }

  /** The choices of an architecture in the supernet. @param cell of the cells that decide for themselves; default: all */
  pathOf(architecture: object, cell?: number): Choices {
    const path: Record<string, string> = {};
    const open = requireSupernet(this.#space, 'a strategy that trains one').domainOf(architecture);
    for (const [name, [choice]] of Object.entries(open)) {
      if (choice === undefined) continue;
      if (this.#copies === null) {
        path[name] = choice;
        continue;
      }
      for (let place = 0; place < this.#copies.count(name); place++) {
        if (cell === undefined || cell === place) path[copyName(name, place)] = choice;
      }
    }
    return path;
  }

  /** What the agents of all cells hold for best: for each decision of the space the choice of the largest mean probability. */
  preferred(probabilities: readonly Float64Array[]): Actions {
    return this.#summed(probabilities).map((sums) => sums.indexOf(Math.max(...sums)));
  }

  /** The architecture of what they hold for best, or else the one within the constraints that they hold for the best. */
  answer(probabilities: readonly Float64Array[]): object {
    const sums = this.#summed(probabilities);
    const means = sums.map((own, decision) => own.map((sum) => sum / this.#agents[decision]!.length));
    return likeliestArchitecture(this.#search, this.preferred(probabilities), means);
  }

  /** For each decision of the space and each of its choices the sum of the probabilities of its agents. */
  #summed(probabilities: readonly Float64Array[]): number[][] {
    return this.#agents.map((agents) =>
      this.decisions[agents[0]!]!.choices.map((_, place) =>
        agents.reduce((sum, agent) => sum + probabilities[agent]![place]!, 0),
      ),
    );
  }

  #isHeld(architecture: object): boolean {
    return this.#space.supernet?.apart?.needed(architecture) !== true;
  }
}

/** Probabilities under which one choice is certain. */
function certain(place: number): Float64Array {
  const chances = new Float64Array(place + 1);
  chances[place] = 1;
  return chances;
}
