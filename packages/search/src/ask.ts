import type { RandomStream } from '@tenas/base';
import type { ImageSource } from '@tenas/data';
import type { ChosenMetric, EngineOptions } from '@tenas/metrics';
import type { Scores, SearchRecord } from '@tenas/records';
import type { Choices, Space } from '@tenas/spaces';
import type { Constraint } from './constraints/constraint.js';
import type { FeasibleArchitectures } from './constraints/feasible-architectures.js';
import type { LatencyPredictor } from './constraints/latency-predictor.js';

export type { Scores } from '@tenas/records';

/** An architecture and what the metrics say of it. */
export interface Best {
  readonly architecture: object;
  readonly scores: Scores;
}

/** Progress of a step. Fields that are left out keep their values. */
export interface StepUpdate {
  /** Units of the step that are done. {@link Ask.score} counts the architectures that it scores by itself. */
  readonly done?: number | undefined;
  /** The best architecture so far, for the record and for people. */
  readonly best?: Best | undefined;
  /** Choices by decision to show as the best so far, if they make no architecture yet. Default: those of `best`. */
  readonly bestChoices?: Choices | undefined;
  /** The result of the step, for people: `6 operations pruned`. */
  readonly text?: string | undefined;
  /** Architectures that were compared in the step, the best first, and how many of them go on; for the record. */
  readonly stage?: { readonly finalists: readonly Best[]; readonly kept: number } | undefined;
  /**
   * Time left of all steps whose units cost as much as this one's, null while unknown. Default: by their planned units
   * that are done.
   */
  readonly secondsLeft?: number | null | undefined;
}

/** Evaluations that a strategy made without {@link Ask.score}. */
export interface Evaluated {
  /** Name of the metric. */
  readonly metric: string;
  readonly evaluations?: number | undefined;
  /** Number of evaluations without a value, by reason. */
  readonly failures?: Readonly<Record<string, number>> | undefined;
  /** Time that the search waited for them. */
  readonly seconds?: number | undefined;
}

/** A step that is under way. */
export interface OpenStep {
  /** Reports the progress of the step. */
  tell(update: StepUpdate): void;
  /** Counts evaluations for the record. */
  count(evaluated: Evaluated): void;
}

/** The plan of a strategy. */
export interface SearchPlan {
  /** Units of work of each step, in any unit: architectures, candidates. The time left is estimated by them. */
  readonly steps: readonly number[];
  /**
   * The cost of one unit of each step beside the others, in any unit: by it shares of the search are counted, and times
   * left of work that has not begun. Default: all cost the same.
   */
  readonly costs?: readonly number[] | undefined;
  /** In words: `4 rounds, 600 evaluations`. Default: the number of steps. */
  readonly text?: string | undefined;
}

/** The repeats that architectures are scored on. */
export interface ScoreOptions {
  /** Repeats, each with its own batch and weights, the same for all architectures of a search. Default 1. */
  readonly repeats?: number | undefined;
  /** Number of the first repeat, from 0 (default): later ones are other batches and weights. */
  readonly from?: number | undefined;
  /** Metrics to score by in place of the chosen ones. */
  readonly metrics?: readonly ChosenMetric[] | undefined;
}

/**
 * The services that `runSearch` gives to every strategy. All methods but {@link allowed} throw the reason of the
 * {@link signal} once it is aborted. Tests may pass their own implementation.
 */
export interface Ask {
  readonly space: Space;
  readonly source: ImageSource;
  readonly seed: number;
  /** The metrics that were chosen, with their settings. */
  readonly metrics: readonly ChosenMetric[];
  /** For strategies that talk to the engine themselves. */
  readonly engine: EngineOptions;
  readonly signal: AbortSignal;
  /** The record of an earlier run that this one goes on from; null: it starts afresh. */
  readonly before: SearchRecord | null;
  /** Upper bounds on what the answer costs. Answers above one of them are refused. */
  readonly constraints: readonly Constraint[];
  /** Predicts latency, for objectives; absent: there is no model. */
  readonly latency?: LatencyPredictor | undefined;
  /** Finds architectures within the constraints; null: there are no constraints. */
  readonly feasible: FeasibleArchitectures | null;

  /**
   * Random numbers that depend on the seed, the strategy and this name.
   * @param stream what the numbers are for
   */
  random(stream: string): RandomStream;

  /**
   * Whether an architecture is within all constraints. Ask before anything is evaluated. Refused architectures are
   * counted, and shown as progress.
   */
  allowed(architecture: object): boolean;

  /**
   * Scores of architectures by the chosen metrics, or by others, in the same order. What was scored before is not scored
   * again; where the space knows isomorphic architectures, equal networks count as one.
   */
  score(architectures: readonly object[], options?: ScoreOptions): Promise<Scores[]>;

  /**
   * Announces the plan before the first step. If it changes, announces it again, for all steps from the next one on.
   */
  plan(plan: SearchPlan): void;

  /**
   * Does a step: the one place that the record's steps, progress and time estimate come from. Steps follow each other.
   *
   * @param label for people: `round 1`, `generation 12`
   * @returns what the work returns
   */
  step<T>(label: string, work: (step: OpenStep) => Promise<T>): Promise<T>;

  /** Takes over the first steps of {@link before} as they are, instead of doing them again. */
  keep(steps: number): void;

  /**
   * Sets the source of the record's detail, which is plain data of the strategy. It is called when the search ends,
   * however it ends.
   */
  describe(detail: () => unknown): void;
}
