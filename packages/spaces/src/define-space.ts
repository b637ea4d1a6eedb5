import { type Graph, graphCost } from '@tenas/graph';
import { formatChoices, parseChoices } from './choices-text.js';
import {
  type Choices,
  checkChoices,
  checkDomain,
  type Decision,
  decidedChoices,
  fullDomain,
  mapDomain,
} from './domain.js';
import {
  enumerateChoices,
  MAX_ENUMERATED,
  type SampleOptions,
  sampleIndices,
  sampleStream,
} from './enumerate.js';
import { findKnown } from './known-name.js';
import { ownArchitecture } from './own-architecture.js';
import type { EdgePruning, Space, SpaceSizes, SpaceSupernet } from './space.js';
import { supernetOf } from './supernet.js';
import type { TrainingRecipe } from './training-recipe.js';

/** An architecture that is nothing but its choices. */
export interface ChosenArchitecture {
  readonly space: string;
  readonly choices: Choices;
}

/** The definition of a space whose architectures are nothing but their choices. */
export interface SpaceDefinition<Size extends object = object, SupernetSize extends object = object> {
  /** Lower case letters, digits, hyphens. */
  readonly name: string;
  /** For people; default: the name. */
  readonly title?: string | undefined;
  /** Where the space was published, if it was. */
  readonly paper?: string | undefined;
  /** The recipe that its networks are trained by; default: a short one. */
  readonly recipe?: TrainingRecipe | undefined;
  readonly decisions: readonly Decision[];
  /**
   * Between the choices of an architecture's text; no choice may contain it. A list has one for each place between two
   * decisions. Empty: the choices are single characters. Default `:`.
   */
  readonly separator?: string | readonly string[] | undefined;
  /** An architecture's text, for help and messages. Default: the last choice of every decision. */
  readonly example?: string | undefined;
  /** Texts of well-known architectures by name; case, hyphens and underscores in names do not count. */
  readonly known?: Readonly<Record<string, string>> | undefined;
  readonly sizes: SpaceSizes<Size>;
  /** The network of an architecture; without a size, at the one to train on CIFAR-10. */
  network(choices: Choices, size?: Size): Graph;
  /** A network with every choice, if the space has one: its slots are named by `slotName(decision, choice)`. */
  readonly supernet?:
    | {
        readonly sizes: SpaceSupernet<ChosenArchitecture, SupernetSize>['sizes'];
        build(size: SupernetSize): Graph;
        readonly edgePruning?: EdgePruning | null | undefined;
      }
    | undefined;
}

/**
 * A space from its decisions, sizes and networks. All else follows: an architecture's text is its choices one after the
 * other (`64:32:8`), samples are uniform, without repetition where there are at most 2^32 architectures (these can also
 * be enumerated), costs are counted on the network, and the supernet's decisions are those of the space.
 *
 * Check the result with `spaceContract` of `@tenas/spaces/contract`, and make it known with `registerSpace`.
 */
export function defineSpace<Size extends object, SupernetSize extends object = object>(
  definition: SpaceDefinition<Size, SupernetSize>,
): Space<ChosenArchitecture, Size> {
  const { name, title = name, paper = '', decisions, separator = ':', known = {}, sizes } = definition;
  const enumeration = enumerateChoices(decisions);
  const countable = enumeration.size <= MAX_ENUMERATED;
  const own = (architecture: ChosenArchitecture) => ownArchitecture(name, architecture);
  const chosen = (choices: Choices): ChosenArchitecture => ({ space: name, choices });
  const fromChoices = (choices: Choices) => chosen(checkChoices(decisions, choices));
  const text = { title, decisions, separator };
  const format = ({ choices }: ChosenArchitecture) => formatChoices(choices, text);
  const network = (architecture: ChosenArchitecture, size?: Size) =>
    definition.network(own(architecture).choices, size);
  return {
    name,
    title,
    paper,
    decisions,
    knownArchitectures: Object.keys(known),
    example: definition.example ?? format(chosen(lastChoices(decisions))),
    parse: (given) => chosen(parseChoices(findKnown(known, given) ?? given, text)),
    format: (architecture) => format(own(architecture)),
    choicesOf: (architecture) => own(architecture).choices,
    fromChoices,
    sizes,
    network,
    costs: (size) => ({ of: (architecture) => graphCost(network(architecture, size)) }),
    recipe: definition.recipe,
    sample(options) {
      if (!countable) return sampleChoices(name, decisions, options).map(chosen);
      return sampleIndices(name, enumeration.size, options).map((index) => chosen(enumeration.at(index)));
    },
    supernet: definition.supernet && supernetFor(definition.supernet, { name, decisions, fromChoices }),
    enumeration: countable
      ? {
          size: enumeration.size,
          at: (index) => chosen(enumeration.at(index)),
          indexOf: (architecture) => enumeration.indexOf(own(architecture).choices),
        }
      : undefined,
  };
}

function lastChoices(decisions: readonly Decision[]): Choices {
  return Object.fromEntries(decisions.map(({ name, choices }) => [name, choices.at(-1)!]));
}

/** Choices drawn uniformly, each decision by itself. */
function sampleChoices(name: string, decisions: readonly Decision[], options: SampleOptions): Choices[] {
  const random = sampleStream(name, options);
  return Array.from({ length: options.count }, () =>
    Object.fromEntries(
      decisions.map(({ name: decision, choices }) => [decision, choices[random.below(choices.length)]!]),
    ),
  );
}

function supernetFor<SupernetSize extends object>(
  given: NonNullable<SpaceDefinition<object, SupernetSize>['supernet']>,
  space: {
    readonly name: string;
    readonly decisions: readonly Decision[];
    readonly fromChoices: (choices: Choices) => ChosenArchitecture;
  },
): SpaceSupernet<ChosenArchitecture, SupernetSize> {
  const { name, decisions, fromChoices } = space;
  return {
    decisions,
    edgePruning: given.edgePruning ?? null,
    sizes: given.sizes,
    full: () => fullDomain(decisions, ['none']),
    check: (value) => checkDomain(decisions, value),
    build: (size) => supernetOf(decisions, given.build(size)),
    domainOf(architecture) {
      const { choices } = ownArchitecture(name, architecture);
      return mapDomain(decisions, (decision) => [choices[decision.name]!]);
    },
    architectureOf: (domain) => fromChoices(decidedChoices(checkDomain(decisions, domain))),
  };
}
