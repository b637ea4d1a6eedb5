import { readSettings } from '@tenas/base/settings';
import { type CountingMetric, isCounting, type Metric } from '@tenas/metrics';
import { datasetShape, type NetworkCosts, PROTOCOL_DATASETS, type Space } from '@tenas/spaces';
import { isCombined, type JudgedColumn } from './judged-columns.js';

type Cost = ReturnType<NetworkCosts['of']>;

/** A metric that the scores do not have, and that the space can give. */
export interface CountedMetric extends Pick<Metric, 'name' | 'title' | 'about' | 'better'> {
  readonly combined: boolean;
  /** null: it has no value. */
  readonly count: (architecture: object) => number | null;
}

/**
 * The metrics that count and have no column: parameters and multiply-adds belong beside any other metric. They count on
 * the network to train on the dataset, or on CIFAR-10 where its shape is not known.
 */
export function countedMetrics(
  columns: readonly JudgedColumn[],
  about: { readonly space: Space; readonly metrics: readonly Metric[]; readonly dataset: string | null },
): CountedMetric[] {
  const { space, metrics, dataset } = about;
  const missing = metrics.filter(
    (metric): metric is CountingMetric =>
      isCounting(metric) && metric.onDemand !== true && !columns.some((one) => one.metric === metric),
  );
  if (missing.length === 0) return [];
  const shape = datasetShape(PROTOCOL_DATASETS.find((name) => name === dataset) ?? 'cifar10');
  const size = space.sizes.final(shape);
  const costs = space.costs(size);
  // All metrics are asked of one architecture before the next.
  let last: { readonly architecture: object; readonly cost: Cost } | null = null;
  const costOf = (architecture: object): Cost => {
    if (last?.architecture !== architecture) last = { architecture, cost: costs.of(architecture) };
    return last.cost;
  };
  return missing.map((metric) => {
    const settings = readSettings(metric.name, metric.settings);
    return {
      name: metric.name,
      title: metric.title,
      about: metric.about,
      better: metric.better,
      combined: isCombined(metric, metrics),
      count(architecture) {
        const graph = () => space.network(architecture, size);
        const skipSpans = () => space.skipSpans?.(architecture) ?? null;
        const value = metric.count({ settings, cost: costOf(architecture), graph, skipSpans });
        return typeof value === 'number' && Number.isFinite(value) ? value : null;
      },
    };
  });
}
