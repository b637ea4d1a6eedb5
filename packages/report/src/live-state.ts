import type { Domain } from '@tenas/records';

/** How far some jobs are. */
export interface LiveCounts {
  readonly done: number;
  readonly failed: number;
  readonly total: number;
}

/** A finished job, as the page shows it. */
export interface LiveResult {
  readonly space: string;
  /** With size and seed, where they are not the default. */
  readonly dataset: string;
  readonly architecture: string;
  readonly seed: number;
  readonly value: number;
  readonly params: number | null;
}

/** The best finished jobs by one metric. */
export interface LiveBest {
  readonly metric: string;
  readonly better: 'lower' | 'higher';
  /** Best first. */
  readonly results: readonly LiveResult[];
  /** Parameters and values of finished jobs: those on the front, and some others. */
  readonly front: readonly LiveResult[];
  readonly others: readonly LiveResult[];
}

/** A running batch of jobs, as its page shows it. */
export interface LiveState {
  readonly jobs: LiveCounts;
  readonly tasks: readonly (LiveCounts & { readonly name: string; readonly secondsEach: number | null })[];
  /** Jobs per second lately; null while nothing is known. */
  readonly rate: number | null;
  readonly secondsLeft: number | null;
  /** Some kinds of jobs have not begun: it takes longer than `secondsLeft`. */
  readonly secondsLeftAreLeast: boolean;
  readonly best: readonly LiveBest[];
  readonly failures: readonly { readonly code: string; readonly error: string; readonly jobs: number }[];
  /** No job waits any more. */
  readonly ended: boolean;
}

/** Choices by decision of an architecture; null where it is none. */
export type ChoicesOf = (space: string, architecture: string) => Domain | null;
