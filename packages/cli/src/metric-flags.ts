import { settingsShape } from '@tenas/base/settings';
import { listMetrics } from '@tenas/metrics/definitions';
import { text } from './flag-values.js';
import { flag, flagKey, flagName, type ValueFlag } from './flags.js';
import type { GivenSetting } from './settings-option.js';

/** The flags that metrics have for some of their settings. */
export const metricFlags: Readonly<Record<string, ValueFlag>> = Object.fromEntries(
  listMetrics().flatMap(({ name, settings, flags = {} }) => {
    return Object.entries(flags).map(([flagged, key]) => {
      const { wanted } = settingsShape(settings)
        .keys()
        .find((setting) => setting.key === key)!;
      return [
        flagKey(flagged),
        flag('<value>', `the same as --set ${name}.${key}=VALUE`, text(wanted).optional()),
      ];
    });
  }),
);

/** The settings that were given by {@link metricFlags}. @param given values of all flags */
export function givenByMetricFlags(given: Readonly<Record<string, unknown>>): GivenSetting[] {
  return listMetrics().flatMap(({ name, flags = {} }) =>
    Object.entries(flags).flatMap(([flagged, key]) => {
      const flag = flagKey(flagged);
      const value = given[flag];
      return value === undefined ? [] : { key: `${name}.${key}`, text: String(value), flag: flagName(flag) };
    }),
  );
}
