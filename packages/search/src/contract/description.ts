import { isRecord, TenasError } from '@tenas/base';
import { readSettings, settingsShape } from '@tenas/base/settings';
import { getMetric } from '@tenas/metrics';
import { STRATEGY_NAME } from '../registry.js';
import { STRATEGY_NEEDS, type Strategy } from '../strategy.js';
import { ensure, type StrategyCheck } from './check.js';

/** Checks of a strategy's description. The first check takes any value that a file exports. */
export function descriptionChecks(strategy: Strategy): StrategyCheck[] {
  const check = (name: string, run: () => void): StrategyCheck => ({ name, quick: true, run });
  const keys = () => settingsShape(strategy.settings).keys();
  return [
    check('says what it is', () => {
      ensure(isRecord(strategy), 'a strategy must be an object', strategy);
      const { name, title, paper, needs, metrics, ranksBy = [] } = strategy;
      const named = typeof name === 'string' && STRATEGY_NAME.test(name);
      ensure(named, `name must be lower case letters, digits and hyphens, got ${JSON.stringify(name)}`, name);
      ensure(typeof title === 'string' && title !== '', 'title must be a line of text', title);
      ensure(typeof paper === 'string', 'paper must be text; empty if there is none', paper);
      const known = STRATEGY_NEEDS.join(', ');
      ensure(
        Array.isArray(needs) && needs.every((need) => STRATEGY_NEEDS.includes(need)),
        `needs must be a list of ${known}, got ${JSON.stringify(needs)}`,
        needs,
      );
      ensure(Array.isArray(metrics), 'metrics must be a list of names', metrics);
      for (const metric of [...metrics, ...ranksBy]) getMetric(metric);
      ensure(typeof strategy.run === 'function', 'run must be a function', strategy.run);
    }),
    check('describes every setting, and does without any', () => {
      const given: unknown = strategy.settings;
      ensure(
        isRecord(given) && 'safeParse' in given,
        'settings must be a strict zod object, as z.strictObject({})',
        given,
      );
      for (const { key, description } of keys()) {
        ensure(description !== null && description !== '', `settings.${key} must have a description`, key);
      }
      const defaults = readSettings('settings', strategy.settings);
      readSettings('settings', strategy.settings, defaults);
    }),
    check('refuses unknown settings by name', () => {
      const unknown = 'no-such-setting';
      try {
        readSettings('settings', strategy.settings, { [unknown]: 1 });
      } catch (error) {
        const named = error instanceof TenasError && error.field === `settings.${unknown}`;
        ensure(named, `the error of a setting that does not exist must name it, got ${String(error)}`);
        return;
      }
      ensure(false, 'settings must be a strict object: one that does not exist was accepted');
    }),
    check('has flags for settings only', () => {
      const known = keys().map(({ key }) => key);
      for (const [flag, key] of Object.entries(strategy.flags ?? {})) {
        ensure(known.includes(key), `flags.${flag}: there is no setting ${key}`, key);
      }
    }),
  ];
}
