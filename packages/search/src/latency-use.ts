import { settingError, type TenasError } from '@tenas/base';
import type { ConstraintBound } from './constraints/read-constraint.js';
import type { Objectives } from './front/objectives.js';

/** Whether a search asks for the latency of architectures. */
export function usesLatency(
  bounds: readonly Pick<ConstraintBound, 'name'>[],
  objectives: Objectives | null,
): boolean {
  // Latency alone is predicted by a model.
  return (
    bounds.some(({ name }) => name === 'latency') ||
    (objectives?.list.some(({ model }) => model !== undefined) ?? false)
  );
}

/** The error of a model of latencies that nothing asks. @param field that names the model */
export function unusedLatencyModel(field: string, file: string): TenasError {
  const right =
    "left out, or used: bound latency with constraints such as 'latency<=20ms', or make it one of the objectives";
  return settingError(field, file, right);
}
