import type { Graph, GraphCost, NodeId } from '@tenas/graph';
import type { DatasetShape } from './dataset-shape.js';
import type { Choices, Decision, Domain } from './domain.js';
import type { Progressive } from './progressive.js';
import type { Supernet } from './supernet.js';
import type { TrainingRecipe } from './training-recipe.js';

/**
 * A search space: what is open, how an architecture is written, and the networks to score and to train. What a space
 * can do besides (a supernet, an enumeration, telling isomorphic architectures, growing block by block) is an optional member. Everything
 * returned is immutable or fresh; nothing depends on hidden state.
 *
 * @typeParam A an architecture: an object that only its space looks into. A space found by name takes any by type and
 * refuses those of others with `ARCHITECTURE_INVALID`.
 * @typeParam Size the size of a network. Where it has them, its fields are called `numClasses`, `inputShape` ([channels,
 * height, width]), `C` (channels of the first cells) and `N` (cells, per stage or in all): the command sets these.
 */
export interface Space<A extends object = object, Size extends object = object> {
  /** Lower case, digits, hyphens. Stable: records name it. */
  readonly name: string;
  /** For people, e.g. `NAS-Bench-201`. */
  readonly title: string;
  /** Where the space was published; empty if it was not. */
  readonly paper: string;
  /** The decisions, in a fixed order. Their choices make every architecture that {@link sample} draws. */
  readonly decisions: readonly Decision[];
  /** Names of well-known architectures that {@link parse} accepts. */
  readonly knownArchitectures: readonly string[];
  /** An architecture's text, for help and messages. */
  readonly example: string;
  /**
   * Name of a space some of whose texts {@link parse} reads, too. Where no space is named, such a text is an architecture
   * of that other space.
   */
  readonly alsoReads?: string | undefined;

  /** Reads an architecture's text or a well-known name. @throws TenasError, `GENOTYPE_SYNTAX` in the built-in spaces. */
  parse(text: string): A;
  /** Writes an architecture as text that {@link parse} reads back. */
  format(architecture: A): string;
  /**
   * The choices that make an architecture.
   * @throws TenasError `ARCHITECTURE_INVALID` if it can be written but not chosen (see the space).
   */
  choicesOf(architecture: A): Choices;
  /** The architecture of one choice for each decision. @throws TenasError `CHOICES_INVALID` naming the decision. */
  fromChoices(choices: Choices): A;

  readonly sizes: SpaceSizes<Size>;
  /** The network of one architecture; without a size, at the one to train on CIFAR-10. @throws TenasError `CONFIG_INVALID`. */
  network(architecture: A, size?: Size): Graph;
  /**
   * Counts what {@link network} of an architecture costs. For many of one size: what they have in common is counted
   * once. @throws TenasError `CONFIG_INVALID`.
   */
  costs(size?: Size): NetworkCosts<A>;
  /** Architectures drawn at random, reproducible by seed; the first of a larger sample are the smaller one. */
  sample(options: { count: number; seed: number }): A[];

  /**
   * The network of one architecture with what recipes add to it in training; without this member there is nothing to
   * add. @throws TenasError `CONFIG_INVALID`.
   */
  trainingNetwork?(architecture: A, size?: Size): TrainingNetwork;

  /**
   * The operations on the edges of its cells, `cell/1<-0` and so on, for figures, where they are not the decisions: a line
   * from node 0 to node 1 for each. `cell/output<-2`: the output joins node 2, of a cell whose first two nodes are inputs
   * and whose edges count from the third one.
   */
  drawing?(architecture: A): Domain;
  /**
   * For each skip connection of its cells the nodes that it passes over: 0 from a node to the next one. A skip connection is
   * an edge whose operation passes its input on. Spaces without cells that have operations on their edges lack this member.
   */
  skipSpans?(architecture: A): readonly number[];
  /**
   * Whether an operation of its cells, one that is not `none`, lies on no path from a cell's input to its output: it
   * counts in the parameters and changes no answer. Spaces in which this cannot happen lack this member.
   */
  hasUnreachableOperation?(architecture: A): boolean;
  /** The recipe that its networks were published with; default: a short one. */
  readonly recipe?: TrainingRecipe | undefined;
  readonly supernet?: SpaceSupernet<A> | undefined;
  /** Where each decision is a layer, and the layers follow each other. */
  readonly layers?: SpaceLayers<Size> | undefined;
  readonly enumeration?: Enumeration<A> | undefined;
  readonly isomorphism?: Isomorphism<A> | undefined;
  readonly progressive?: Progressive<A> | undefined;
}

/** A network with what recipes add to it in training. Evaluations and exports leave the additions out. */
export interface TrainingNetwork {
  /** It begins with the nodes and parameters of the network itself, whose output it has. */
  readonly graph: Graph;
  /**
   * Operations whose outputs drop path leaves out for some samples: nodes of the network itself that mixes and concats
   * alone read.
   */
  readonly dropPath: readonly NodeId[];
  /** The output of an auxiliary head: a linear layer with one value per class. Null: there is none at this size. */
  readonly auxiliary: NodeId | null;
}

/** Sizes of the networks of single architectures. */
export interface SpaceSizes<Size extends object = object> {
  /** A small network that metrics can look at thousands of times. */
  proxy(images: DatasetShape): Size;
  /**
   * A narrow network with several cells in a row, where `proxy` has one: what cells do to each other shows there. Without
   * this member `proxy` takes its place, as where architectures decide themselves how deep they are.
   */
  deep?(images: DatasetShape): Size;
  /** A small network on crops of one channel, without a stem where the space can do without: for linear regions. */
  stemless?(images: DatasetShape): Size;
  /** The network that is trained in the end. */
  final(images: DatasetShape): Size;
}

/** Sizes of a space that has a network for crops. */
export type SizesWithCrops<Size extends object = object> = SpaceSizes<Size> &
  Required<Pick<SpaceSizes<Size>, 'stemless'>>;

/** Counts what the networks of architectures cost, all of one size. */
export interface NetworkCosts<A extends object = object> {
  of(architecture: A): GraphCost;
  /**
   * Values that the network holds at once: parameters, running statistics, and the largest sum of feature maps
   * (`peakActivations`). Without this member they are counted on the network.
   */
  values?(architecture: A): number;
}

/** Edges that compete for being kept once each has one operation left. */
export interface EdgePruning {
  /** Names of the decisions that feed one node each. */
  readonly groups: readonly (readonly string[])[];
  /** How many to keep of each group. */
  readonly keep: number;
}

/** The space as one network that holds every operation, whose operations are switched by mixing coefficients. */
export interface SpaceSupernet<A extends object = object, Size extends object = object> {
  /**
   * The decisions of the supernet: edges with their operations. A choice's place may name its parameters. Not
   * necessarily the decisions of the space: DARTS chooses inputs, its supernet has edges.
   */
  readonly decisions: readonly Decision[];
  /** How edges are pruned after their operations; null where every edge stays. */
  readonly edgePruning: EdgePruning | null;
  readonly sizes: Omit<SizesWithCrops<Size>, 'final'>;
  /** Where a pruning search starts: every operation but `none`. */
  full(): Domain;
  /** Checks a domain from outside. @throws TenasError `DOMAIN_INVALID`. */
  check(value: unknown): Domain;
  /** The supernet of the given size. @throws TenasError `CONFIG_INVALID`. */
  build(size: Size): Supernet;
  /** The domain in which only the architecture's operations are left. */
  domainOf(architecture: A): Domain;
  /**
   * The architecture that is left when every decision is made.
   *
   * @throws TenasError `GENOTYPE_UNDECIDED` naming an edge or node with too many or too few operations.
   */
  architectureOf(domain: Domain): A;
  /** Networks of the architectures that the supernet cannot hold; without this member it holds all. */
  readonly apart?: ApartNetworks<A, Size> | undefined;
}

/** A space whose decisions are the layers of a chain, in their order. */
export interface SpaceLayers<Size extends object = object> {
  /**
   * One network that holds some choices of each layer. Each has a slot, named by `slotName`, and weights apart from those of the
   * others; the only choice of a layer has none and always runs.
   *
   * @param domain at least one choice for each decision
   * @throws TenasError `DOMAIN_INVALID`, `CONFIG_INVALID`
   */
  network(domain: Domain, size?: Size): Graph;
}

/**
 * Networks of single architectures in the frame of the supernet, so that their scores can be compared with those of the
 * architectures that it holds: what both have is computed alike, under the same names of parameters.
 */
export interface ApartNetworks<A extends object = object, Size extends object = object> {
  /** Whether the supernet cannot hold the architecture. */
  needed(architecture: A): boolean;
  /** The network of one architecture, without slots. @throws TenasError `CONFIG_INVALID`. */
  network(architecture: A, size: Size): Graph;
}

/** All architectures in a fixed order. */
export interface Enumeration<A extends object = object> {
  readonly size: number;
  /** The inverse of {@link indexOf}. @throws TenasError `INDEX_OUT_OF_RANGE` unless 0 <= index < size. */
  at(index: number): A;
  indexOf(architecture: A): number;
}

/** Which architectures are the same network by structure, whatever their texts. */
export interface Isomorphism<A extends object = object> {
  /** A key that isomorphic architectures share, and no others. */
  key(architecture: A): string;
  /** The one that stands for all that are isomorphic to this one. */
  representative(architecture: A): A;
}
