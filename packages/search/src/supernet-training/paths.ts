import { TenasError, wordsText } from '@tenas/base';
import { type Choices, type Decision, slotName } from '@tenas/spaces';

/** The decisions of a supernet beside the slots of its graph. */
export class Paths {
  readonly decisions: readonly Decision[];
  readonly #slots: number;
  /** By decision and choice: the slot; -1: the choice has none, as `none`. */
  readonly #places: readonly Int32Array[];

  constructor(decisions: readonly Decision[], slots: readonly string[]) {
    this.decisions = decisions;
    this.#slots = slots.length;
    const places = new Map(slots.map((name, place) => [name, place]));
    this.#places = decisions.map(({ name, choices }) =>
      Int32Array.from(choices, (choice) => places.get(slotName(name, choice)) ?? -1),
    );
  }

  /**
   * Mixing coefficients of one path: 1 for the choice of each decision, 0 for all others, which do not run.
   *
   * @param path choices by decision; decisions that are left out contribute nothing, as does `none`
   * @throws TenasError `CHOICES_INVALID` naming an unknown decision or choice
   */
  ofChoices(path: Choices): Float64Array {
    const numbers = this.decisions.map(({ name, choices }) => {
      const choice = path[name];
      const number = choice === undefined ? -1 : choices.indexOf(choice);
      if (number < 0 && choice !== undefined) throw invalid(`choices.${name}`, choice, choices);
      return number;
    });
    const names = this.decisions.map(({ name }) => name);
    for (const name of Object.keys(path)) {
      if (!names.includes(name)) throw invalid(`choices.${name}`, path[name], names);
    }
    return this.ofNumbers(numbers);
  }

  /** The same by the number of each decision's choice, in the order of the decisions; -1: it contributes nothing. */
  ofNumbers(numbers: readonly number[]): Float64Array {
    return this.ofWeights(
      this.decisions.map(({ choices }, decision) =>
        Float64Array.from(choices, (_, number) => (number === numbers[decision] ? 1 : 0)),
      ),
    );
  }

  /** Mixing coefficients of weights by decision and choice, as of DARTS. Those of choices without a slot are not used. */
  ofWeights(weights: readonly Float64Array[]): Float64Array {
    const coefficients = new Float64Array(this.#slots);
    for (const [decision, places] of this.#places.entries()) {
      for (const [number, slot] of places.entries()) {
        if (slot >= 0) coefficients[slot] = weights[decision]![number]!;
      }
    }
    return coefficients;
  }

  /** The value of each decision, where all of its slots have the same; 0 for decisions without any. */
  ofMixes(values: Float64Array): number[] {
    return this.#places.map((places) => values[places.find((slot) => slot >= 0) ?? -1] ?? 0);
  }

  /** Values of slots by decision and choice; 0 for choices without a slot. */
  byDecision(values: Float64Array): Float64Array[] {
    return this.#places.map((places) => Float64Array.from(places, (slot) => (slot < 0 ? 0 : values[slot]!)));
  }
}

function invalid(field: string, value: unknown, known: readonly string[]): TenasError {
  return new TenasError(
    'CHOICES_INVALID',
    `${field}: unknown, must be one of ${wordsText(known)}, got ${JSON.stringify(value)}`,
    { field, value },
  );
}
