import { type ContractCheck, TenasError } from '@tenas/base';

/** One thing that is true of every strategy. Throws TenasError `STRATEGY_INVALID`, or what the strategy itself throws. */
export interface StrategyCheck extends ContractCheck {
  /** Whether it takes no more than milliseconds and no engine. */
  readonly quick: boolean;
}

/** @throws TenasError `STRATEGY_INVALID` unless the condition holds */
export function ensure(condition: boolean, problem: string, value?: unknown): asserts condition {
  if (!condition) throw new TenasError('STRATEGY_INVALID', problem, { value });
}
