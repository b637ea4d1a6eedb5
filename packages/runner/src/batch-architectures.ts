import { mean, TenasError } from '@tenas/base';
import { listMetrics } from '@tenas/metrics';
import { columnOfMetric, knownMetric, metricOfColumn } from '@tenas/records';
import type { Space } from '@tenas/spaces';
import { jobFields, metricsOf } from './export.js';
import { resultOf } from './result.js';
import { StoreReader } from './store/reader.js';

/**
 * Architectures of a space from another batch, each once: those that its searches found, in the order of its spec, or the
 * best by the mean of a metric over its finished jobs; a column of trainings such as `validAccuracy` counts as a metric.
 * @param folder of the batch
 * @throws TenasError `BATCH_EMPTY` where there is none; those of reading a store
 */
export function architecturesOfBatch(
  folder: string,
  space: Space,
  best: { readonly metric: string; readonly best: number } | null,
): object[] {
  using reader = new StoreReader(folder);
  const texts = best === null ? found(reader, space) : bestOf(reader, space, best.metric).slice(0, best.best);
  if (texts.length > 0) return texts.map((text) => space.parse(text));
  const problem =
    best === null
      ? `no search of ${folder} has found an architecture of ${space.name}`
      : `no job of ${folder} has a value of ${best.metric} for an architecture of ${space.name}`;
  throw new TenasError('BATCH_EMPTY', problem, { field: best === null ? 'batch' : 'metric', value: folder });
}

function found(reader: StoreReader, space: Space): string[] {
  const texts = new Set<string>();
  for (const { task, architecture } of reader.rows({ kind: 'search' })) {
    if (task.space === space.name && architecture !== null) texts.add(architecture);
  }
  return [...texts];
}

/** Best first; equal ones in the order of the spec. */
function bestOf(reader: StoreReader, space: Space, named: string): string[] {
  const values = new Map<string, number[]>();
  const metric = metricOfColumn(named);
  const column = columnOfMetric(metric);
  let better = [...listMetrics(), knownMetric(named)].find((known) => known?.name === metric)?.better;
  for (const row of reader.rows()) {
    if (row.task.space !== space.name || row.architecture === null) continue;
    const result = resultOf(row);
    const fields = jobFields(row, result);
    better ??= metricsOf(result).find(({ name }) => name === metric)?.better;
    // The columns of trainings are no metrics, and keep their names.
    const value = fields[column] ?? fields[named];
    if (typeof value !== 'number') continue;
    const known = values.get(row.architecture);
    if (known === undefined) values.set(row.architecture, [value]);
    else known.push(value);
  }
  const sign = better === 'lower' ? 1 : -1;
  return [...values]
    .map(([text, all]) => ({ text, rank: sign * mean(all) }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ text }) => text);
}
