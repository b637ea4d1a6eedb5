import { isRecord } from '@tenas/base';
import { type CsvCell, SETTING_COLUMNS_OF_V1 } from '@tenas/records';
import { changesOf } from './changed-settings.js';
import { protocolOf, type Task, type TrainTask } from './tasks.js';

/** Columns of the results that a task decides alone, by their names; null where it has no value. */
export type TaskColumns = Readonly<Record<string, string | number | null>>;

/** The columns of all jobs of a task. The store keeps them, so that SQL has them, too. */
export function taskColumns(task: Task): TaskColumns {
  const { kind, space, dataset } = task;
  return {
    ...{ kind, space, dataset: dataset.name, fingerprint: dataset.fingerprint },
    ...{ repeats: repeatsOf(task), protocol: protocolOf(task), settings: changesOf(task) },
    strategy: task.kind === 'search' ? task.strategy : null,
    ...settingColumns(task),
    ...(task.kind === 'train' ? recipeColumns(task) : {}),
  };
}

/** Repeats of a score, or the setting of a search. */
function repeatsOf(task: Task): number | null {
  if (task.kind === 'score') return task.repeats;
  if (task.kind === 'train') return null;
  return typeof task.settings.repeats === 'number' ? task.settings.repeats : null;
}

/** The settings of a metric: those that the strategy searched with, if it has some of the name, else those of the scores. */
function settingColumns(task: Task): TaskColumns {
  const columns = Object.entries(SETTING_COLUMNS_OF_V1).map(([column, { metric, setting }]) => {
    const sources = [
      task.kind === 'search' ? task.settings[metric] : null,
      task.metrics.find(({ name }) => name === metric)?.settings,
    ];
    const values = sources.map((source) => settingIn(source, setting));
    return [column, values.find((value) => value !== null) ?? null] as const;
  });
  return Object.fromEntries(columns);
}

/** A setting that a column can hold. */
export function settingIn(settings: unknown, name: string): Extract<CsvCell, string | number | null> {
  const value = isRecord(settings) ? settings[name] : undefined;
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

/** How a network is trained. */
function recipeColumns({ recipe, epochs, batchSize, network }: TrainTask): TaskColumns {
  const size = (name: string) => (typeof network[name] === 'number' ? network[name] : null);
  return { recipe: recipe.name, epochs, batchSize, channels: size('C'), cells: size('N') };
}
