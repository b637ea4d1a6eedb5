import type { DatasetName } from '@tenas/data';
import { engineInfo } from '@tenas/metrics';
import type { PlugInReference } from '@tenas/records';
import type { AdditivePredictor, ConstraintBound, LatencyModelName } from '@tenas/search';
import type { TrainingRecipe } from '@tenas/spaces';
import { canonicalJson, contentKey } from './content-key.js';

/** A dataset as results know it: by name and contents, not by where a machine keeps it. */
export interface DatasetReference {
  readonly name: DatasetName;
  /** Fingerprint of the contents, as `ImageSource.fingerprint` of @tenas/data. */
  readonly fingerprint: string;
  /** Height and width that images are made or resized to; absent where the dataset decides. */
  readonly size?: number | undefined;
  /** Seed of synthetic images; absent for others. */
  readonly seed?: number | undefined;
}

/** The labelled images of a training. */
export interface TrainingDatasetReference extends DatasetReference {
  /** Images of the dataset to train on and to hold out of; absent: all. */
  readonly images?: number | undefined;
  /** Fingerprint of the test images; null: there are none. */
  readonly test: string | null;
}

/** Settings by name. */
export type Settings = Readonly<Record<string, unknown>>;

/** A metric by its name, with all of its settings. */
export interface TaskMetric {
  readonly name: string;
  readonly settings: Settings;
}

interface CommonTask {
  /** See `resultsVersion`. */
  readonly results: string;
  readonly space: string;
  readonly dataset: DatasetReference;
  readonly metrics: readonly TaskMetric[];
  /** Which of space, metrics and strategy come from files, in the order of kind and name. */
  readonly plugins: readonly PlugInReference[];
}

/** Settings shared by many scores: all that affects the result but seed and architecture. */
export interface ScoreTask extends CommonTask {
  readonly kind: 'score';
  readonly repeats: number;
  /** Whether isomorphic cells share the score of their representative, or each is evaluated by itself. */
  readonly isomorphic: 'shared' | 'each';
}

/** A model of latencies as tasks carry it: with its numbers, as workers have no file of it. */
export interface TaskLatency extends LatencyModelName {
  /** Name of the file, without its folder. */
  readonly file: string;
  readonly numbers: AdditivePredictor['numbers'];
}

/** Settings shared by many searches: all that affects the result but the seed. */
export interface SearchTask extends CommonTask {
  readonly kind: 'search';
  readonly strategy: string;
  /** Settings of the strategy, as complete as it can make them. */
  readonly settings: Settings;
  /** Upper bounds on what is found; absent: there are none. */
  readonly constraints?: readonly ConstraintBound[] | undefined;
  /** Predicts latency for constraints and objectives; absent: none of them asks. */
  readonly latency?: TaskLatency | undefined;
}

/** Settings shared by many trainings: all that affects the result but seed and architecture. */
export interface TrainTask extends CommonTask {
  readonly kind: 'train';
  readonly dataset: TrainingDatasetReference;
  /** With all of its settings. */
  readonly recipe: TrainingRecipe;
  readonly epochs: number;
  readonly batchSize: number;
  /** The size of the network, as its space has it. */
  readonly network: Settings;
  /** Images that are held out of the training ones, as a number or a share; 0: none. */
  readonly validation: number;
}

/** A setting under which units of work are evaluated. */
export type Task = ScoreTask | SearchTask | TrainTask;

/** Kinds of work. */
export const TASK_KINDS = ['score', 'search', 'train'] as const satisfies readonly Task['kind'][];

/** Version of what this package computes and how it writes it down. */
const RUNNER_RESULTS = 3;

/**
 * Identifies what results depend on besides settings: the engine's version and that of the result records. Part of
 * every key, so that results of different versions never mix; a coordinator and its workers must agree on it.
 */
export function resultsVersion(): string {
  const { name, version } = engineInfo();
  return `${name}-${version}+runner.${RUNNER_RESULTS}`;
}

/** Key of a task: a hash of all its settings. */
export function taskKey(task: Task): string {
  return contentKey(canonicalJson(task));
}

/** Key of a job: a hash of all its settings. The architecture of a search is not known before and plays no part. */
export function jobKey(task: string, seed: number, architecture: string | null): string {
  return contentKey(task, seed, architecture ?? '');
}

/** The protocol of a search whose strategy has one; null for other tasks. */
export function protocolOf(task: Task): string | null {
  if (task.kind !== 'search') return null;
  const { protocol } = task.settings;
  return typeof protocol === 'string' ? protocol : null;
}

/** How a search searches, in a word: its protocol where it has one, else its strategy. */
export function methodOf(task: SearchTask): string {
  return protocolOf(task) ?? task.strategy;
}
