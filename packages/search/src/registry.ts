import { describeValue, settingError, TenasError } from '@tenas/base';
import { evolution } from './evolution/strategy.js';
import { dartsGradient } from './gradient/darts-gradient.js';
import { gdas } from './gradient/gdas.js';
import { hurricane } from './hurricane/strategy.js';
import { manas, manasLs } from './manas/strategy.js';
import { nsga2 } from './nsga2/strategy.js';
import { pnas } from './pnas/strategy.js';
import { prune } from './prune/strategy.js';
import { random } from './random/strategy.js';
import { reinforce } from './reinforce/strategy.js';
import type { Strategy } from './strategy.js';

/** The strategies of this package, one line each, in the order in which they are listed. */
const BUILT_IN: readonly Strategy[] = [
  prune, //
  random,
  evolution,
  nsga2,
  reinforce,
  manas,
  manasLs,
  pnas,
  gdas,
  dartsGradient,
  hurricane,
];

/** The strategy where none is named. */
export const DEFAULT_STRATEGY = prune.name;

const strategies = new Map<string, Strategy>(BUILT_IN.map((strategy) => [strategy.name, strategy]));

/** How strategies are named. */
export const STRATEGY_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * Makes a strategy of your own known by its name in this process. Check it first with `@tenas/search/contract`.
 *
 * @throws TenasError `STRATEGY_INVALID` if the name is malformed or taken by another strategy.
 */
export function registerStrategy(strategy: Strategy): void {
  const { name } = strategy;
  if (typeof name !== 'string' || !STRATEGY_NAME.test(name)) {
    throw settingError('name', name, 'lower case letters, digits and hyphens', 'STRATEGY_INVALID');
  }
  const known = strategies.get(name);
  if (known !== undefined && known !== strategy) {
    throw settingError('name', name, 'another, as a strategy is already called so', 'STRATEGY_INVALID');
  }
  strategies.set(name, strategy);
}

/** All known strategies, the built-in ones first. */
export function listStrategies(): readonly Strategy[] {
  return [...strategies.values()];
}

/**
 * The strategy of that name.
 *
 * @throws TenasError `UNKNOWN_STRATEGY` listing the known names.
 */
export function getStrategy(name: string): Strategy {
  const strategy = strategies.get(name);
  if (strategy !== undefined) return strategy;
  throw new TenasError(
    'UNKNOWN_STRATEGY',
    `unknown strategy ${describeValue(name)}, known are ${[...strategies.keys()].join(', ')}`,
    { field: 'strategy', value: name },
  );
}
