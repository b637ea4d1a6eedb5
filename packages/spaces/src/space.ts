import type { Graph, GraphCost } from '@tenas/graph';
import type { ActiveOps } from './active-ops.js';
import type { NetworkConfig, SupernetConfig } from './config.js';
import type { DartsArchitecture } from './darts/genotype.js';
import type { DatasetShape } from './dataset-shape.js';
import type { NasBench201Architecture } from './nas-bench-201/genotype.js';
import type { Supernet } from './supernet.js';

/** An architecture of one of the spaces. */
export type Architecture = NasBench201Architecture | DartsArchitecture;

/** Names of the spaces. */
export type SpaceName = Architecture['space'];

/** Edges that compete for being kept once each has one operation left. */
export interface EdgePruning {
  /** Half-open ranges of positions in {@link SearchSpace.edges}: the inputs of one node each. */
  readonly groups: readonly (readonly [start: number, end: number])[];
  /** Edges to keep in each group. */
  readonly keep: number;
}

/** Counts what the networks of architectures cost, all of one size. */
export interface NetworkCosts<A extends Architecture = Architecture> {
  of(architecture: A): GraphCost;
}

/** What the pruning search needs of a space: write this for a space of your own (docs/extending.md). */
export interface PrunableSpace {
  /** Lower case, hyphens. */
  readonly name: string;
  /** Operations in the reference's order, `none` first; an operation's place names its parameters. */
  readonly ops: readonly string[];
  readonly cellTypes: readonly string[];
  /** Edges of a cell, sorted as the reference sorts them. */
  readonly edges: readonly string[];
  /** How edges are pruned after the operations; null where every edge stays. */
  readonly edgePruning: EdgePruning | null;

  /** Every operation but `none` on every edge: where the pruning search starts. */
  fullActive(): ActiveOps;
  /** Checks an active set from outside. @throws TenasError `ACTIVE_OPS_INVALID`. */
  checkActive(value: unknown): ActiveOps;

  /** The supernet of the given size. @throws TenasError `CONFIG_INVALID`. */
  supernet(config: SupernetConfig): Supernet;
  /** Size of the supernet whose neural tangent kernel the protocols evaluate. */
  ntkNetwork(data: DatasetShape): SupernetConfig;
  /** Size of the supernet whose linear regions the protocols count, on 3x3 crops of one channel. */
  regionNetwork(data: DatasetShape): SupernetConfig;

  /**
   * The architecture that is left when every edge is decided, as text.
   *
   * @throws TenasError `GENOTYPE_UNDECIDED` naming an edge or node with too many or too few operations.
   */
  genotypeOf(active: ActiveOps): string;
  /**
   * A key that decided active sets share whose networks are the same by structure, whatever their genotypes. Spaces
   * that have none take every genotype for another network.
   */
  isomorphismKey?(active: ActiveOps): string;
}

/**
 * A search space: what can be searched, how an architecture is written, and the networks to score and to train.
 *
 * Everything returned is immutable or fresh; nothing depends on hidden state.
 */
export interface SearchSpace<A extends Architecture = Architecture> extends PrunableSpace {
  readonly name: A['space'];

  /**
   * The architecture that is left when every edge is decided.
   *
   * @throws TenasError `GENOTYPE_UNDECIDED` naming an edge or node with too many or too few operations.
   */
  architectureOf(active: ActiveOps): A;
  /** The active set in which only the architecture's operations are left; the inverse of {@link architectureOf}. */
  activeOf(architecture: A): ActiveOps;

  /** Names of well-known architectures that {@link parse} accepts. */
  readonly knownArchitectures: readonly string[];
  /** Reads an architecture's text or a well-known name. @throws GenotypeSyntaxError, a TenasError `GENOTYPE_SYNTAX`. */
  parse(text: string): A;
  /** Writes an architecture as text that {@link parse} reads back. */
  format(architecture: A): string;
  /** Architectures drawn uniformly (those of NAS-Bench-201 without repetition), reproducible by seed. */
  sample(options: { count: number; seed: number }): A[];

  /** The network of one architecture. @throws TenasError `CONFIG_INVALID`. */
  network(architecture: A, config?: NetworkConfig): Graph;
  /**
   * Counts what {@link network} of an architecture costs. For many of one size: what they have in common is counted once.
   * @throws TenasError `CONFIG_INVALID`.
   */
  costs(config?: NetworkConfig): NetworkCosts<A>;
  /** Size at which the found architecture is trained on a dataset: `imagenet-1k`, another name, or a shape. */
  finalNetwork(dataset: string | DatasetShape): NetworkConfig;
}
