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
import { inSpec } from './spec/in-spec.js';
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

/** A protocol and settings as a section combines them. */
interface GivenSettings {
  readonly given: object;
  readonly protocol: string | undefined;
  /** Where the section has the field of an error. */
  readonly within: (field: SpecPath) => SpecPath;
}

/** Every combination of the protocols and settings of a section. @throws TenasError `SPEC_INVALID` */
function givenSettings(read: ReadSpec, path: SpecPath, section: SearchSection, strategy: Strategy) {
  const { protocols } = section;
  const own = section.overrides === undefined ? 'settings' : 'overrides';
  if (protocols !== undefined && !hasSetting(strategy, 'protocol')) {
    const problem = `the strategy ${strategy.name} has no protocols; leave it out`;
    throw read.fieldError([...path, 'protocols'], problem);
  }
  return (protocols ?? [undefined]).flatMap((protocol, protocolIndex) =>
    (section[own] ?? [{}]).map((given, index): GivenSettings => {
      const within = ([of, ...setting]: SpecPath): SpecPath => {
        if (of === 'metrics') {
          return (section.metrics?.length ?? 0) === 0 ? [own, index, 'aggregate'] : ['metrics'];
        }
        return setting[0] === 'protocol' && protocol !== undefined
          ? ['protocols', protocolIndex]
          : [own, index, ...setting];
      };
      return { given, protocol, within };
    }),
  );
}

/**
 * Finds what the strategy alone can tell to be wrong with the protocols and settings of a section.
 * @param path where the spec has the section
 * @throws TenasError `SPEC_INVALID` naming the field
 */
export function requireSettings(read: ReadSpec, path: SpecPath, section: SearchSection, strategy: Strategy) {
  for (const { given, protocol, within } of givenSettings(read, path, section, strategy)) {
    const settings = { ...given, ...(protocol === undefined ? {} : { protocol }) };
    inSpec({ read, path, within }, () => readSettings('settings', strategy.settings, settings));
  }
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
  const named = section.metrics?.map(({ name }) => name) ?? [];
  const preset = inSpec({ read, path: [...path, 'metrics'] }, () => presetAmong(named));
  return givenSettings(read, path, section, strategy).map(({ given, protocol, within }) =>
    inSpec({ read, path, within }, () => {
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
    }),
  );
}

function hasSetting({ settings }: Strategy, name: string): boolean {
  return settingsShape(settings)
    .keys()
    .some(({ key }) => key === name);
}
