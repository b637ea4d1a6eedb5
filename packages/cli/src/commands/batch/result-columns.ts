import { listMetrics } from '@tenas/metrics';
import { COUNTED_COLUMNS, columnOfMetric, TRAINED_QUALITIES } from '@tenas/records';
import { metricsOf, type RowFilter, type resultOf, type StoreReader } from '@tenas/runner';

/** The columns of metrics and of trained networks of a batch, those that every job has last. */
export function columnsOf(reader: StoreReader, filter: Pick<RowFilter, 'kind'> = {}): string[] {
  const qualities = reader.trains(filter) ? TRAINED_QUALITIES.map(({ name }) => name) : [];
  return [...new Set([...reader.metrics(filter).map(columnOfMetric), ...qualities, ...COUNTED_COLUMNS])];
}

/** Which end of a metric, or of a quality of trained networks, is good; lower where nobody says. */
export function betterOf(metric: string, result: ReturnType<typeof resultOf>): 'lower' | 'higher' {
  const known = [...metricsOf(result), ...listMetrics(), ...TRAINED_QUALITIES];
  return known.find(({ name }) => name === metric)?.better ?? 'lower';
}
