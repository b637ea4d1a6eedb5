import { LEARNING_TASKS, type LearningTaskName } from '@tenas/data/definitions';
import { optionInvalid } from '../../flag-reading.js';

/** Tasks by the names that a flag gives, none twice. @throws TenasError OPTION_INVALID */
export function taskNames(flagName: string, given: readonly string[]): LearningTaskName[] {
  return [...new Set(given)].map((name) => {
    const found = LEARNING_TASKS.find((known) => known === name);
    if (found === undefined) throw optionInvalid(flagName, name, `some of ${LEARNING_TASKS.join(', ')}`);
    return found;
  });
}
