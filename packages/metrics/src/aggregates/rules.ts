/**
 * How several metrics become one order of a population. By each metric the worst of n has rank 1 and the best rank n; equal
 * values share the mean of their ranks.
 * - `log-rank`: sum of ln(rank / n), which weighs one bad rank more than a good one (AZ-NAS, arXiv 2403.19232);
 * - `rank-sum`: sum of the ranks (TE-NAS, arXiv 2102.11535);
 * - `max-sum`: sum of the values, each over the size of the best one (FreeREA, arXiv 2207.05135);
 * - `lexicographic`: by the first metric, among equals by the next one (VKDNW, arXiv 2502.04975).
 */
export const AGGREGATE_RULES = ['log-rank', 'rank-sum', 'max-sum', 'lexicographic'] as const;
/** {@link AGGREGATE_RULES} */
export type AggregateRule = (typeof AGGREGATE_RULES)[number];

/**
 * Where an architecture without a value by some metric stands. Published tables differ by which they took:
 * - `last`: as the worst by that metric;
 * - `median`: as the middle of the others by that metric;
 * - `drop`: behind all that have every value, and no part of the population that these are ranked in.
 */
export const MISSING_POLICIES = ['last', 'median', 'drop'] as const;
/** {@link MISSING_POLICIES} */
export type MissingPolicy = (typeof MISSING_POLICIES)[number];

/** A named aggregate: metrics, and how they become one order. It needs a population: one architecture has no rank. */
export interface AggregatePreset {
  /** Lower case letters, digits, hyphens and pluses. Stable: records name it. */
  readonly name: string;
  /** One line for people, without the name. */
  readonly title: string;
  /** Where it was published; empty if it was not. */
  readonly paper: string;
  readonly rule: AggregateRule;
  /** Names of metrics; a list of them counts as one metric, by the first and among equals by the next. */
  readonly terms: readonly (string | readonly string[])[];
}
