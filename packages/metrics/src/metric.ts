import type { LearningTaskName } from '@tenas/data';
import type { Graph, GraphCost } from '@tenas/graph';
import type { AnswersOf, Init, Task } from '@tenas/native';
import type { z } from 'zod';

/** Plain data. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [field: string]: Json };

/** Why there is no value: a short word, the same for the same reason, e.g. `{ failure: 'singular' }`. */
export interface Failure {
  readonly failure: string;
}

/**
 * Which of a space's networks is looked at:
 * - `proxy`: a small one, on whole images. Through the supernet where the space has one.
 * - `deep`: a narrow one with several cells in a row, on whole images; `proxy` where the space has none. Through the
 *   supernet where the space has one.
 * - `stemless`: a small one on crops of one channel. Through the supernet where the space has one.
 * - `final`: the one to train on the dataset.
 */
export type NetworkRole = 'proxy' | 'deep' | 'stemless' | 'final';

/** All network roles. */
export const NETWORK_ROLES: readonly NetworkRole[] = ['proxy', 'deep', 'stemless', 'final'];

/** Networks that read whole images. */
export type AnyNetwork = Exclude<NetworkRole, 'stemless'>;

/** All networks that read whole images. */
export const ANY_NETWORKS: readonly AnyNetwork[] = ['proxy', 'deep', 'final'];

/**
 * The inputs of the network:
 * - `training`: images, cropped and flipped at random, [batches][N][3][height][width];
 * - `crops`: small square crops of one channel each, [batches][N][1][crop][crop], for the network `stemless`; of the size
 *   that the space gives that network where `crop` is null;
 * - `ones`: images whose every value is 1;
 * - `noise`: images of standard normal numbers with random labels. With `perturbation`, every batch after the first is the
 *   first plus so many times other such images. `crop` is their height and width; null, or nothing: those of the dataset.
 */
export type Inputs =
  | { readonly kind: 'training' }
  | { readonly kind: 'crops'; readonly crop: number | null }
  | { readonly kind: 'ones' }
  | {
      readonly kind: 'noise';
      readonly perturbation?: number | undefined;
      readonly crop?: number | null | undefined;
    };

/**
 * A pass through a network: which network, inputs and weights. Metrics whose passes are equal share one. Plain data that
 * depends on the settings alone.
 */
export interface Pass {
  readonly network: NetworkRole;
  readonly inputs: Inputs;
  /** Samples in a batch. */
  readonly batchSize: number;
  /** Batches, each normalised by its own statistics. Default 1. */
  readonly batches?: number | undefined;
  /** How the weights are drawn. */
  readonly init: Init;
  /** Whether every parameter is replaced by its absolute value. Default false. */
  readonly absolute?: boolean | undefined;
}

/** Requirements that a metric may have of a space or a dataset. Without them it is refused before any work. */
export type MetricNeed =
  /** A dataset with labels; the batch then comes with them. */
  | 'labels'
  /** A space with a supernet. */
  | 'supernet';

/** All needs. */
export const METRIC_NEEDS: readonly MetricNeed[] = ['labels', 'supernet'];

/** Fields that all metrics share. */
export interface MetricDescription<S extends object = object> {
  /** Lower case letters, digits, hyphens. Stable: records name it. */
  readonly name: string;
  /** One line for people, without the name. */
  readonly title: string;
  /** Which end is good, for rankings. */
  readonly better: 'lower' | 'higher';
  /** Smallest value that it can have. Tables of scores write failures as values below it. Default: there is none. */
  readonly least?: number | undefined;
  /** Where it was published; empty if it was not. */
  readonly paper: string;
  /** A letter or so for axes and tables. Default: the name. */
  readonly symbol?: string | undefined;
  /** A sentence or two for readers who do not know it. */
  readonly about?: string | undefined;
  readonly needs: readonly MetricNeed[];
  /**
   * A strict zod object: every field has a default and a description, so that `{}` is enough, help can list them and
   * unknown ones are refused.
   */
  readonly settings: z.ZodType<S>;
  /** Reasons of {@link Failure}, each with a sentence that explains it. Default: none. */
  readonly failures?: Readonly<Record<string, string>> | undefined;
  /**
   * The value of an architecture from those of its repeats, null where one failed. Default: their mean, and null as
   * soon as one failed.
   */
  combine?(repeats: readonly (number | null)[], settings: S): number | null;
  /**
   * Ways for {@link combine} to combine repeats, by name: the settings that each takes. `tenas evaluate` compares them.
   * Default: none.
   */
  readonly aggregations?: Readonly<Record<string, Partial<S>>> | undefined;
  /**
   * Whether evaluations leave it out where scores have no column of it. Default false: they count metrics that count for
   * every architecture.
   */
  readonly onDemand?: boolean | undefined;
  /** Settings that deserve a flag of their own beside `--set`: names of flags without dashes, and of the settings. */
  readonly flags?: Readonly<Record<string, string>> | undefined;
}

/** The network that a metric looked at, and its context. */
export interface Probed<S extends object = object> {
  readonly settings: S;
  readonly graph: Graph;
  /** Mixing coefficients: an operation whose coefficient is 0 did not run. */
  readonly coefficients: Float64Array;
  /** Label of each sample, [batches][N]; absent unless the metric needs labels. */
  readonly labels?: Int32Array | undefined;
  /** Values of all parameters in the graph's order, as this repeat has them. Made when they are asked for. */
  readonly weights: () => Float32Array;
}

/**
 * A metric that looks at a network with fresh weights. It says which pass it needs and what to ask of the engine there;
 * the evaluator does the rest.
 *
 * @typeParam S settings, plain data
 * @typeParam T the tasks, whose answers `value` gets in the same order
 */
export interface ProbingMetric<S extends object = object, T extends readonly Task[] = readonly Task[]>
  extends MetricDescription<S> {
  /** A function of the settings alone. */
  pass(settings: S): Pass;
  /**
   * The tasks for the engine: a function of settings and graph, plain data. Equal tasks of a pass are asked once. A metric of
   * the weights alone has none, and no pass runs.
   */
  tasks(settings: S, graph: Graph): T;
  /** The value of one network in one repeat. */
  value(answers: AnswersOf<T>, about: Probed<S>): number | Failure;
  /** Further values of the first repeat, e.g. a spectrum. */
  detail?(answers: AnswersOf<T>, about: Probed<S>): Json;
}

/** The network that a metric counts on without a pass: the one to train on the dataset. */
export interface Counted<S extends object = object> {
  readonly settings: S;
  readonly cost: GraphCost;
  /** Built when it is asked for. */
  readonly graph: () => Graph;
  /** Mixing coefficients of the graph. Default: it has none. */
  readonly coefficients?: Float64Array | undefined;
  /**
   * For each skip connection of its cells the nodes that it passes over; null where the space has no cells with operations
   * on their edges.
   */
  readonly skipSpans: () => readonly number[] | null;
}

/** A metric that follows from the architecture alone, without weights, inputs or chance. */
export interface CountingMetric<S extends object = object> extends MetricDescription<S> {
  count(about: Counted<S>): number | Failure;
}

/**
 * A short training of the network of one architecture. Metrics whose trainings are equal share one. Plain data that depends
 * on the settings alone.
 */
export interface ShortTraining {
  /** `proxy` and `deep` are small networks of one architecture, also where the space has a supernet. */
  readonly network: AnyNetwork;
  /** Channels of the first cells; null: as the network has them. */
  readonly channels: number | null;
  /** Cells, per stage or in all as the space counts them; null: as the network has them. */
  readonly cells: number | null;
  readonly epochs: number;
  /** Training images, drawn anew for each repeat. */
  readonly images: number;
  /** Images that are not trained on, and that the trained network classifies. They do not change the training. */
  readonly validation: number;
  /**
   * Height and width that square images are shrunk to. Default, and where theirs is no multiple: they stay as they are.
   */
  readonly side?: number | null | undefined;
  readonly batchSize: number;
  /** Learning rate at the start; it falls to 0 by half a cosine. */
  readonly rate: number;
  /** What is learned on the images. Default: their labels. */
  readonly task?: LearningTaskName | undefined;
  /** Whether images are cropped and flipped at random. */
  readonly augment: boolean;
}

/** A network after a short training, all of whose losses are finite. */
export interface ShortlyTrained<S extends object = object> {
  readonly settings: S;
  /** Mean loss of the training images of each epoch, augmented, in training mode. */
  readonly losses: readonly number[];
  /** Share of the validation images (of a task: of its labels) that the network has right; null without such images. */
  readonly accuracy: number | null;
}

/**
 * A metric that trains the network of an architecture for a short time. It needs labels, unless its training has a task. A training that diverges has the
 * reason `diverged` instead of a value.
 */
export interface TrainingMetric<S extends object = object> extends MetricDescription<S> {
  /** A function of the settings alone. */
  training(settings: S): ShortTraining;
  /** The value of one network in one repeat. */
  learned(trained: ShortlyTrained<S>): number | Failure;
  /** Further values of the first repeat, e.g. a learning curve. */
  detail?(trained: ShortlyTrained<S>): Json;
}

/** A metric: one file, and one line in the registry. */
export type Metric<S extends object = object, T extends readonly Task[] = readonly Task[]> =
  | ProbingMetric<S, T>
  | CountingMetric<S>
  | TrainingMetric<S>;

/** Whether a metric looks at a network with fresh weights. */
export function isProbing(metric: Metric): metric is ProbingMetric {
  return 'pass' in metric;
}

/** Whether a metric follows from the architecture alone. */
export function isCounting(metric: Metric): metric is CountingMetric {
  return 'count' in metric;
}

/** Whether a metric trains networks. */
export function isTraining(metric: Metric): metric is TrainingMetric {
  return 'training' in metric;
}

/** Whether a metric needs labels with these settings: a training may have a task without. */
export function requiresLabels(metric: Metric, settings: object): boolean {
  if (!metric.needs.includes('labels')) return false;
  return !isTraining(metric) || (metric.training(settings).task ?? 'labels') === 'labels';
}
