import type { DatasetName } from '@tenas/data';
import type { Aggregation, Initialisation, NtkSettings } from '@tenas/metrics';
import { engineInfo } from '@tenas/metrics';
import type { Protocol, PruningSettings } from '@tenas/search';
import { canonicalJson, contentKey } from './content-key.js';

/** A dataset as results know it: by name and contents, not by where a machine keeps it. */
export interface DatasetReference {
  readonly name: DatasetName;
  /** Of the contents, as `ImageSource.fingerprint` of @tenas/data. */
  readonly fingerprint: string;
  /** Height and width that images are made or resized to; absent where the dataset decides. */
  readonly size?: number;
  /** Seed of synthetic images; absent for others. */
  readonly seed?: number;
}

/** Settings shared by many scores: all that affects the result but seed and architecture. */
export interface ScoreTask {
  readonly kind: 'score';
  readonly results: string;
  readonly space: string;
  readonly dataset: DatasetReference;
  readonly repeats: number;
  readonly aggregation: Aggregation;
  readonly ntk: Pick<NtkSettings, 'mode' | 'batchSize' | 'init'>;
  readonly regions: { readonly batches: number; readonly batchSize: number; readonly init: Initialisation };
  /** Whether isomorphic cells share the score of their representative, or each is evaluated by itself. */
  readonly isomorphic: 'shared' | 'each';
}

/** Settings shared by many searches: all that affects the result but the seed. */
export interface SearchTask {
  readonly kind: 'search';
  readonly results: string;
  readonly space: string;
  readonly dataset: DatasetReference;
  readonly protocol: Protocol;
  readonly settings: PruningSettings;
}

/** A setting under which units of work are evaluated. */
export type Task = ScoreTask | SearchTask;

/** What is evaluated at once: a search, or the score of one architecture. */
export interface Unit {
  readonly key: string;
  readonly seed: number;
  /** Of a score; null for a search. */
  readonly architecture: string | null;
}

/** Version of what this package computes and how it writes it down. */
const RUNNER_RESULTS = 2;

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
