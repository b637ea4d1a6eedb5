import { wordsText } from '@tenas/base';
import { settingsShape } from '@tenas/base/settings';
import { listStrategies } from '@tenas/search/definitions';
import type { z } from 'zod';
import { optionInvalid } from '../../flag-reading.js';
import type { SettingsOwner } from '../../settings-option.js';

/** The setting of strategies that can learn by a task. */
const TASK = 'task';

/**
 * The owner of the settings of a study's searches, for `--set`: under `search` stands `search.epochs`.
 *
 * @param strategy of `--search`
 * @throws TenasError OPTION_INVALID where no strategy of this name can learn by a task
 */
export function ownerOfSearch(strategy: string): SettingsOwner<z.ZodType<object>> {
  const able = listStrategies().filter(({ settings }) =>
    settingsShape(settings)
      .keys()
      .some(({ key }) => key === TASK),
  );
  const found = able.find(({ name }) => name === strategy);
  if (found === undefined) {
    const names = able.map(({ name }) => name);
    throw optionInvalid('--search', strategy, `a strategy that learns by a task: ${wordsText(names)}`);
  }
  return { title: `searches by ${strategy}`, schema: found.settings, under: 'search' };
}
