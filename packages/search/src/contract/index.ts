/**
 * The contract of every search strategy, built-in or not: checks that need no test framework.
 *
 *     for (const { name, run } of strategyContract(strategy, { settings: { cycles: 12 } })) it(name, () => run());
 *
 * @packageDocumentation
 */
import type { ContractCheck } from '@tenas/base';
import type { Strategy } from '../strategy.js';
import type { StrategyCheck } from './check.js';
import { descriptionChecks } from './description.js';
import { runChecks } from './runs.js';
import type { TrialOptions } from './trial.js';

export type { StrategyCheck, TrialOptions };

/** All checks of a strategy, in the order in which they should be run: later ones rely on earlier ones. */
export function strategyContract(strategy: Strategy, options: TrialOptions = {}): readonly StrategyCheck[] {
  return [...descriptionChecks(strategy), ...runChecks(strategy, options)];
}

/** The checks that take no more than milliseconds and no engine: for loading a strategy from a file. */
export function quickStrategyContract(strategy: Strategy): readonly ContractCheck[] {
  return strategyContract(strategy).filter(({ quick }) => quick);
}
