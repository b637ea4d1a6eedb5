import { isRecord } from '@tenas/base';
import type { ComparedBatch, ComparedJob, ComparedSetting } from '@tenas/evaluation';
import { distinctDatasetTexts, type MetricInfo, TRAINED_QUALITIES, trainedValues } from '@tenas/records';
import {
  type JobResult,
  methodOf,
  metricsOf,
  type RowFilter,
  resultOf,
  StoreReader,
  type Task,
} from '@tenas/runner';

/** What is finished in the folder of a batch, as comparisons need it. */
export function comparedBatch(folder: string, filter: Pick<RowFilter, 'kind'>): ComparedBatch {
  using reader = new StoreReader(folder);
  const datasetOf = distinctDatasetTexts(reader.tasks(filter));
  const settings = new Map<Task, ComparedSetting & { readonly jobs: ComparedJob[] }>();
  const metrics = new Map<string, MetricInfo>(TRAINED_QUALITIES.map((quality) => [quality.name, quality]));
  let done = 0;
  for (const row of reader.rows(filter)) {
    const { task, architecture, seed, seconds, isa } = row;
    const result = resultOf(row);
    if (architecture === null || result === null) continue;
    done++;
    for (const metric of metricsOf(result)) metrics.set(metric.name, metric);
    let setting = settings.get(task);
    if (setting === undefined) {
      setting = { ...settingOf(task), images: datasetOf(task), jobs: [] };
      settings.set(task, setting);
    }
    setting.jobs.push({ architecture, seed, seconds, isa, values: valuesOf(result) });
  }
  const { failed, pending, queued, running } = reader.status().jobs;
  return {
    name: folder,
    jobs: { done, failed, waiting: pending + queued + running },
    settings: [...settings.values()],
    metrics: [...metrics.values()],
  };
}

function valuesOf(result: JobResult): ComparedJob['values'] {
  if ('trainingVersion' in result) return trainedValues(result);
  return Object.fromEntries(Object.entries(result.scores ?? {}).map(([name, { value }]) => [name, value]));
}

/** A task without its jobs: what pairs it, and all of its other settings by dotted names. */
function settingOf(task: Task): Omit<ComparedSetting, 'jobs' | 'images'> {
  const { kind, space, dataset, ...others } = task;
  const { name, ...images } = dataset;
  return {
    kind,
    space,
    dataset: name,
    method: task.kind === 'search' ? methodOf(task) : task.kind === 'train' ? task.recipe.name : null,
    settings: Object.fromEntries([
      ...flat('dataset', images),
      ...Object.keys(others).flatMap((key) => flat(key, others[key as keyof typeof others])),
    ]),
  };
}

/** The leaves of a setting. Metrics, and other lists of named items, go by the names: `metrics.ntk.batchSize`. */
function flat(path: string, value: unknown): [string, string][] {
  if (Array.isArray(value) && value.length > 0 && value.every(isNamed)) {
    return value.flatMap(({ name, settings, ...others }: Named) => {
      const below = `${path}.${name}`;
      const leaves = Object.entries({ ...others, ...settings });
      return [
        [below, ''] satisfies [string, string],
        ...leaves.flatMap(([key, item]) => flat(`${below}.${key}`, item)),
      ];
    });
  }
  if (isRecord(value)) return Object.entries(value).flatMap(([key, item]) => flat(`${path}.${key}`, item));
  return value === undefined ? [] : [[path, typeof value === 'string' ? value : JSON.stringify(value)]];
}

type Named = { readonly name: string; readonly settings?: Readonly<Record<string, unknown>> };

function isNamed(item: unknown): item is Named {
  return isRecord(item) && typeof item.name === 'string';
}
