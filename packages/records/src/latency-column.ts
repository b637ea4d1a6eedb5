import type { SearchRecord } from './search-record.js';

/** Column of the predicted latency of found architectures, in ms, of batches with a model of latencies. */
export const LATENCY_COLUMN = 'latency';

/** The latency of a found architecture as its search knows it: by its constraint, or by its front; null: it does not. */
export function foundLatency(record: SearchRecord): number | null {
  const { architecture, constraints } = record;
  const bounded = constraints?.find(({ name }) => name === LATENCY_COLUMN)?.value ?? null;
  if (bounded !== null || architecture === null) return bounded;
  const front = record.status === 'complete' ? record.front : undefined;
  return front?.find((member) => member.architecture === architecture)?.values[LATENCY_COLUMN] ?? null;
}
