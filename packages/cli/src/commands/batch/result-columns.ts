import { listMetrics } from '@tenas/metrics';
import { COUNTED_COLUMNS, columnOfMetric, LATENCY_COLUMN, TRAINED_QUALITIES } from '@tenas/records';
import { metricsOf, type RowFilter, type resultOf, type StoreReader } from '@tenas/runner';

/** The columns of metrics and of trained networks of a batch, those that every job has last. */
export function columnsOf(reader: StoreReader, filter: Pick<RowFilter, 'kind'> = {}): string[] {
  const { trains, predicts } = reader.kinds(filter);
  const qualities = trains ? TRAINED_QUALITIES.map(({ name }) => name) : [];
  const latency = predicts ? [LATENCY_COLUMN] : [];
  const metrics = reader.metrics(filter).map(columnOfMetric);
  return [...new Set([...metrics, ...qualities, ...latency, ...COUNTED_COLUMNS])];
}

/** Which end of a metric, or of a quality of trained networks, is good; lower where nobody says. */
export function betterOf(metric: string, result: ReturnType<typeof resultOf>): 'lower' | 'higher' {
  const known = [...metricsOf(result), ...listMetrics(), ...TRAINED_QUALITIES];
  return known.find(({ name }) => name === metric)?.better ?? 'lower';
}
