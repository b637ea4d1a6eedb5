import { settingError, type TenasError } from '@tenas/base';
import type { SearchSettings } from './complete-settings.js';
import type { ConstraintBound } from './constraints/read-constraint.js';

/** Whether a search asks for the latency of architectures. */
export function usesLatency(
  bounds: readonly Pick<ConstraintBound, 'name'>[],
  completed: Pick<SearchSettings, 'objectives' | 'usesLatency'>,
): boolean {
  const { objectives } = completed;
  // Latency alone is predicted by a model.
  return (
    completed.usesLatency ||
    bounds.some(({ name }) => name === 'latency') ||
    (objectives?.list.some(({ model }) => model !== undefined) ?? false)
  );
}

/** The error of a model of latencies that nothing asks. @param field that names the model */
export function unusedLatencyModel(field: string, file: string): TenasError {
  const right =
    "left out, or used: bound latency with constraints such as 'latency<=20ms', or make it one of the objectives; hurricane takes it by the setting budget=latency";
  return settingError(field, file, right);
}
