import { mean, median } from '@tenas/base';
import type { NtkOutcome } from '@tenas/metrics';
import { roundDecimals } from './ranking.js';
import type { ChangeAggregation, PruningSettings } from './settings.js';

/** The worst change of kappa there is: the candidate is pruned last. */
const WORST = Number.NEGATIVE_INFINITY;

/** A change over the repeats: that of each, and the one that ranks. */
export interface Change {
  /** -Infinity: worst. Never NaN. */
  readonly repeats: readonly number[];
  readonly value: number;
}

/** Sums may leave the range of double precision in the published code's way with failures. */
function finite(value: number): number {
  if (Number.isNaN(value)) return WORST;
  return value === WORST ? WORST : Math.min(value, Number.MAX_VALUE);
}

function aggregate(repeats: readonly number[], settings: ChangeAggregation): Change {
  const value = settings.aggregate === 'mean' ? mean(repeats) : median(repeats);
  return { repeats, value: finite(value) };
}

function rounded(value: number, { decimals }: ChangeAggregation): number {
  return decimals === null ? value : roundDecimals(value, decimals);
}

/** The condition number that an outcome counts as; null: none. */
function kappaOf(outcome: NtkOutcome, failures: PruningSettings['failures']): number | null {
  if (outcome.kind === 'ok') return outcome.conditionNumber;
  if (failures.kind === 'worst') return null;
  const { quotient } = outcome;
  if (Number.isNaN(quotient)) return failures.nan;
  return Math.max(-Number.MAX_VALUE, Math.min(quotient, Number.MAX_VALUE));
}

function kappaChangeOf(before: number, after: number, settings: PruningSettings['kappaChange']): number {
  switch (settings.kind) {
    case 'difference':
      return before - after;
    case 'relative':
      return (before - after) / before;
    case 'log-ratio':
      return Math.log(cut(before, settings.cap) / cut(after, settings.cap));
  }
}

/** A condition number is at least 1; substitutes of failures need not be. */
function cut(kappa: number, cap: number): number {
  return Math.max(1, Math.min(kappa, cap));
}

/**
 * Change of the condition number when an operation is removed.
 * @param origin before, one outcome per repeat
 * @param candidate after, on the same repeats
 */
export function kappaChange(
  origin: readonly NtkOutcome[],
  candidate: readonly NtkOutcome[],
  settings: Pick<PruningSettings, 'kappaChange' | 'failures'>,
): Change {
  const { failures } = settings;
  const repeats = candidate.map((outcome, repeat) => {
    const after = kappaOf(outcome, failures);
    if (after === null) return WORST;
    const before =
      kappaOf(origin[repeat]!, failures) ?? (failures.kind === 'worst' ? failures.originKappa : 0);
    return finite(rounded(kappaChangeOf(before, after, settings.kappaChange), settings.kappaChange));
  });
  return aggregate(repeats, settings.kappaChange);
}

/** Change of the number of regions when an operation is removed; arguments as for {@link kappaChange}. */
export function regionChange(
  origin: readonly number[],
  candidate: readonly number[],
  settings: PruningSettings['regionChange'],
): Change {
  const repeats = candidate.map((after, repeat) => {
    const before = origin[repeat]!;
    const change = settings.kind === 'difference' ? before - after : (before - after) / before;
    return rounded(change, settings);
  });
  return aggregate(repeats, settings);
}
