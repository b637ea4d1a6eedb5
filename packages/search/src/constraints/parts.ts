import type { Domain, Space, SpaceSupernet } from '@tenas/spaces';
import { chosenArchitecture } from '../chosen-architecture.js';

/** One way to fill a part of an architecture: by decision the choices that it has. */
export type PartOption = Readonly<Record<string, readonly string[]>>;

/**
 * How architectures are put together: of each part one option. A part is a decision; or, where a supernet keeps some
 * edges of each node, a node with its edges.
 */
export interface Parts {
  readonly parts: readonly { readonly options: readonly PartOption[] }[];
  /** The architecture of an option of each part, or null where the space has none. */
  architectureOf(options: readonly PartOption[]): object | null;
  /** The choices of an architecture, by the decisions of the options. */
  domainOf(architecture: object): Domain;
}

/** Decisions of a space with a choice of each. */
export type SpaceChoices = readonly (readonly [decision: string, choice: string])[];

/**
 * What the options of a part choose of the decisions of the space: where nodes with their edges are parts, a space may
 * choose inputs and operations one by one.
 */
export function choicesOfOptions(
  space: Pick<Space, 'choicesOf'>,
  { parts, architectureOf }: Parts,
  part: number,
): SpaceChoices[] {
  const first = parts.map(({ options }) => options[0]!);
  const all = parts[part]!.options.map((option) => {
    const architecture = architectureOf(first.with(part, option));
    return architecture === null ? null : space.choicesOf(architecture);
  });
  const known = all.find((choices) => choices !== null) ?? {};
  const own = Object.keys(known).filter((name) => all.some((choices) => choices?.[name] !== known[name]));
  return all.map((choices, place) => {
    if (choices === null)
      return Object.entries(parts[part]!.options[place]!).map(([name, [one]]) => [name, one!]);
    return own.map((name) => [name, choices[name]!]);
  });
}

/** Adds nothing to a node: an edge that is kept has another operation. */
const NOTHING = 'none';

/** Parts of a space: those of its supernet where that keeps some edges of each node, else its decisions. */
export function partsOf(space: Space): Parts {
  const { supernet, decisions } = space;
  if (supernet?.edgePruning) return partsOfSupernet(supernet);
  return {
    parts: decisions.map(({ name, choices }) => ({
      options: choices.map((choice) => ({ [name]: [choice] })),
    })),
    architectureOf: (options) => {
      const choices = options.flatMap((option) =>
        Object.entries(option).map(([name, [one]]) => [name, one!]),
      );
      return chosenArchitecture(space, Object.fromEntries(choices));
    },
    domainOf: (architecture) =>
      Object.fromEntries(
        Object.entries(space.choicesOf(architecture)).map(([name, choice]) => [name, [choice]]),
      ),
  };
}

/**
 * Parts of a supernet: its edges, or its nodes where edges are pruned.
 *
 * @param twice whether two inputs of a node may be operations of one edge
 */
export function partsOfSupernet(
  supernet: Pick<SpaceSupernet, 'decisions' | 'edgePruning' | 'architectureOf' | 'domainOf'>,
  twice = false,
): Parts {
  const { decisions, edgePruning } = supernet;
  const choicesOf = new Map(decisions.map(({ name, choices }) => [name, choices]));
  const groups = edgePruning?.groups ?? [];
  const grouped = new Set(groups.flat());
  const alone = decisions.filter(({ name }) => !grouped.has(name));
  const parts = [
    ...alone.map(({ name, choices }) => ({ options: choices.map((choice) => ({ [name]: [choice] })) })),
    ...groups.map((group) => {
      const inputs = group.flatMap((name) =>
        choicesOf
          .get(name)!
          .filter((choice) => choice !== NOTHING)
          .map((choice) => ({ name, choice })),
      );
      const count = Math.min(edgePruning!.keep, group.length);
      const apart = inputsOf(inputs, count, false);
      const together = twice ? inputsOf(inputs, count, true).filter(sharesEdge) : [];
      return { options: [...apart, ...together].map(optionOf) };
    }),
  ];
  const empty = Object.fromEntries(decisions.map(({ name }) => [name, []]));
  return {
    parts,
    architectureOf: (options) => supernet.architectureOf(Object.assign({}, empty, ...options)),
    domainOf: (architecture) => supernet.domainOf(architecture),
  };
}

interface Input {
  readonly name: string;
  readonly choice: string;
}

/** All ways to take so many inputs, in their order. */
function inputsOf(inputs: readonly Input[], count: number, twice: boolean): Input[][] {
  if (count === 0) return [[]];
  return inputs.flatMap((input, place) => {
    const others = inputs.slice(place + 1).filter(({ name }) => twice || name !== input.name);
    return inputsOf(others, count - 1, twice).map((rest) => [input, ...rest]);
  });
}

function sharesEdge(inputs: readonly Input[]): boolean {
  return new Set(inputs.map(({ name }) => name)).size < inputs.length;
}

function optionOf(inputs: readonly Input[]): PartOption {
  const option: Record<string, string[]> = {};
  for (const { name, choice } of inputs) option[name] = [...(option[name] ?? []), choice];
  return option;
}
