import type { Task } from '../tasks.js';

/** A unit that was taken to be evaluated. */
export interface ClaimedUnit {
  readonly id: number;
  readonly key: string;
  readonly seed: number;
  readonly architecture: string | null;
  /** Runs of it that ended with an error so far. */
  readonly attempts: number;
}

/** Units of one task that were taken together. */
export interface Claim {
  readonly task: Task;
  readonly units: readonly ClaimedUnit[];
}

/** The result of a unit, on its way into the store. */
export interface UnitResult {
  readonly key: string;
  /** The result record as JSON. */
  readonly result: string;
  readonly seconds: number;
  readonly isa: string;
  /** Host and process that evaluated it. */
  readonly worker: string;
  /** The architecture that a search found. */
  readonly found?: string | undefined;
}

/** Facts of an architecture that results have beside its scores. */
export interface ArchitectureFacts {
  /** Of the network to train. */
  readonly params: number;
  /** Multiply-adds of the network to train. */
  readonly flops: number;
  /** Place in the enumeration of its space; null where it has none. */
  readonly place: number | null;
}

export type FactsOf = (task: Task, architecture: string) => ArchitectureFacts;

/** Why a unit failed. */
export interface UnitFailure {
  readonly code: string;
  readonly message: string;
}

/** Changes of jobs that one call made. */
export interface Changed {
  readonly jobs: number;
  readonly units: number;
}
