import { wordsText } from '@tenas/base';
import { settingsShape } from '@tenas/base/settings';
import { listStrategies, type Strategy } from '@tenas/search/definitions';
import { optionInvalid } from '../../flag-reading.js';
import { text } from '../../flag-values.js';
import { flag, flagKey, flagName, type ValueFlag } from '../../flags.js';
import { fieldSchema, schemaWords } from '../../schema-words.js';
import type { GivenSetting } from '../../settings-option.js';

/** The flags that strategies have for some of their settings, one for each name, with the strategies that have it. */
export const strategyFlags: Readonly<Record<string, ValueFlag>> = Object.fromEntries(
  listStrategies().flatMap((strategy) => {
    return Object.entries(strategy.flags ?? {}).map(([name, key]) => {
      const keys = settingsShape(strategy.settings).keys();
      const { description, wanted } = keys.find((setting) => setting.key === key)!;
      return [
        flagKey(name),
        flag('<value>', description ?? key, text(wanted).optional(), {
          group: `Settings of ${wordsText(strategiesWith(name))} with separate flags:`,
          words: schemaWords(fieldSchema(strategy.settings, key)),
          settingHolds: ({ strategy: chosen }) =>
            chosen === undefined ||
            typeof chosen !== 'string' ||
            !flagsOfOthers(chosen).includes(flagKey(name)),
        }),
      ];
    });
  }),
);

function strategiesWith(flagName: string): string[] {
  return listStrategies()
    .filter(({ flags = {} }) => flagName in flags)
    .map(({ name }) => name);
}

/** The flags that a strategy does not have, by key. @param name of the strategy */
export function flagsOfOthers(name: string): string[] {
  const own = listStrategies().find((strategy) => strategy.name === name);
  const keys = Object.keys(own?.flags ?? {}).map(flagKey);
  return Object.keys(strategyFlags).filter((key) => !keys.includes(key));
}

/**
 * The settings that were given by separate flags.
 *
 * @param given values of all flags
 * @throws TenasError OPTION_INVALID for a flag of another strategy
 */
export function givenByFlags(strategy: Strategy, given: Readonly<Record<string, unknown>>): GivenSetting[] {
  const own = new Map(Object.entries(strategy.flags ?? {}).map(([name, key]) => [flagKey(name), key]));
  return Object.keys(strategyFlags).flatMap((flag) => {
    const value = given[flag];
    if (value === undefined) return [];
    const key = own.get(flag);
    if (key !== undefined) return [{ key, text: String(value), flag: flagName(flag) }];
    throw optionInvalid(
      flagName(flag),
      value,
      `--set KEY=VALUE, as this flag is not one of the strategy ${strategy.name}; \`tenas search --strategy ${strategy.name} --help\` lists its settings`,
    );
  });
}
