import { TenasError } from '@tenas/base';
import { readSettings, settingsShape } from '@tenas/base/settings';
import type { ImageSource } from '@tenas/data';
import { type ChosenMetric, presetAmong } from '@tenas/metrics';
import {
  type AdditivePredictor,
  checkStages,
  completeSettings,
  type Strategy,
  settingsOfPreset,
} from '@tenas/search';
import type { Space } from '@tenas/spaces';
import { inSpec, type SpecPlace } from './spec/in-spec.js';
import type { ReadSpec, SpecPath } from './spec/read-spec.js';
import type { SearchSection } from './spec/schema.js';
import type { Settings } from './tasks.js';

/** Settings of a search, with the metrics of its stages and its objectives. */
export interface SearchVariant {
  readonly settings: Settings;
  readonly stages: readonly (readonly ChosenMetric[])[];
  readonly completed: ReturnType<typeof completeSettings>;
}

/** What a section's searches have in common. */
export interface SearchedWith {
  readonly strategy: Strategy;
  readonly space: Space;
  readonly source: ImageSource;
  readonly metrics: readonly ChosenMetric[];
  readonly latency: AdditivePredictor | undefined;
}

/**
 * The settings of a strategy, one for each combination of protocols and settings, as complete as it can make them.
 * @param path where the spec has the section
 * @throws TenasError `SPEC_INVALID` naming the field
 */
export function searchVariants(
  read: ReadSpec,
  path: SpecPath,
  section: SearchSection,
  about: SearchedWith,
): SearchVariant[] {
  const { strategy } = about;
  const placed = (field: SpecPath, within?: SpecPlace['within']): SpecPlace => ({
    read,
    path: [...path, ...field],
    within,
  });
  const { protocols } = section;
  const own = section.overrides === undefined ? 'settings' : 'overrides';
  const named = section.metrics?.map(({ name }) => name) ?? [];
  const preset = inSpec(placed(['metrics']), () => presetAmong(named));
  if (protocols !== undefined && !hasSetting(strategy, 'protocol')) {
    const problem = `the strategy ${strategy.name} has no protocols; leave it out`;
    throw read.fieldError([...path, 'protocols'], problem);
  }
  return (protocols ?? [undefined]).flatMap((protocol, protocolIndex) =>
    (section[own] ?? [{}]).map((given, index) => {
      const within = ([of, ...setting]: SpecPath): SpecPath => {
        if (of === 'metrics') return named.length === 0 ? [own, index, 'aggregate'] : ['metrics'];
        return setting[0] === 'protocol' && protocol !== undefined
          ? ['protocols', protocolIndex]
          : [own, index, ...setting];
      };
      return inSpec(placed([], within), () => {
        if (protocol !== undefined && Object.hasOwn(given, 'protocol')) {
          throw new TenasError('SETTING_INVALID', 'is given by protocols, too; give one of them', {
            field: 'settings.protocol',
          });
        }
        const settingsOf = (settings: object) => readSettings('settings', strategy.settings, settings);
        const implied = preset === undefined ? {} : settingsOfPreset(strategy, preset);
        const settings = settingsOf({
          ...implied,
          ...given,
          ...(protocol === undefined ? {} : { protocol }),
        });
        const completed = completeSettings(strategy, settings, about);
        checkStages(completed.stages, about);
        return {
          settings: { ...settingsOf({ ...settings, ...completed.settings }) },
          stages: completed.stages,
          completed,
        };
      });
    }),
  );
}

function hasSetting({ settings }: Strategy, name: string): boolean {
  return settingsShape(settings)
    .keys()
    .some(({ key }) => key === name);
}
