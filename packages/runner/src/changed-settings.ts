import { settingsShape } from '@tenas/base/settings';
import { listMetrics } from '@tenas/metrics';
import { listStrategies } from '@tenas/search';
import { listSpaces, TRAINING_RECIPES, type TrainingRecipe } from '@tenas/spaces';
import { recipeSettings } from '@tenas/train';
import type { z } from 'zod';
import { protocolOf, type SearchTask, type Task, type TaskMetric } from './tasks.js';

/**
 * The settings of metrics that are not the defaults, as `--set` takes them: `ntk.batchSize=16 naswot.images=64`. Those of a
 * metric that is not known here are all there.
 * @returns null where there are none
 */
export function changedSettings(metrics: readonly TaskMetric[]): string | null {
  const changed = metrics.flatMap(({ name, settings }) => changes(settings, defaultsOf(name), `${name}.`));
  return changed.length === 0 ? null : changed.join(' ');
}

/**
 * The settings of a task that are not the defaults: of a training those of its recipe, as `rate=0.05 flip=false`, of
 * another task those of its metrics, as `ntk.batchSize=16`. A search adds the settings of its strategy, as
 * `population=20`, and its constraints, as `params<=400000`.
 * @returns null where there are none
 */
export function changesOf(task: Task): string | null {
  if (task.kind !== 'train') {
    const bounds = task.kind === 'search' ? (task.constraints ?? []) : [];
    const changed = [
      task.kind === 'search' ? searchChanges(task) : [],
      changedSettings(task.metrics) ?? [],
      bounds.map(({ name, op, limit }) => `${name}${op}${limit}`),
    ];
    return changed.flat().length === 0 ? null : changed.flat().join(' ');
  }
  const own = listSpaces().find(({ name }) => name === task.space)?.recipe;
  const known = [...TRAINING_RECIPES, ...(own === undefined ? [] : [own])];
  const published = known.find(({ name }) => name === task.recipe.name);
  const changed = changes(figuresOf(task.recipe), published === undefined ? {} : figuresOf(published), '');
  return changed.length === 0 ? null : changed.join(' ');
}

/**
 * The settings of a strategy that are not the defaults of its schema. Those that a preset fills in are all there, as
 * the preset alone does not say what they are in a space. A protocol and repeats have columns of their own.
 */
function searchChanges(task: SearchTask): string[] {
  if (protocolOf(task) !== null) return [];
  const { repeats: _, ...settings } = task.settings;
  const strategy = listStrategies().find(({ name }) => name === task.strategy);
  const defaults = strategy === undefined ? {} : defaultsIn(strategy.settings);
  // Stores hold settings by name: the order does not depend on who wrote them.
  return changes(settings, defaults, '').sort();
}

/** The figures of a recipe that settings change. */
function figuresOf(recipe: TrainingRecipe): Values {
  return { ...recipeSettings(recipe).parse({}) };
}

type Values = Readonly<Record<string, unknown>>;

function changes(settings: Values, defaults: Values, prefix: string): string[] {
  return Object.entries(settings).flatMap(([key, value]) => {
    const text = JSON.stringify(value);
    if (text === undefined || text === JSON.stringify(defaults[key])) return [];
    return `${prefix}${key}=${typeof value === 'string' ? value : text}`;
  });
}

/** The settings that a metric has by itself. */
function defaultsOf(name: string): Readonly<Record<string, unknown>> {
  const metric = listMetrics().find((known) => known.name === name);
  return metric === undefined ? {} : defaultsIn(metric.settings);
}

/** The settings that a schema fills in where none are given. */
function defaultsIn(schema: z.ZodType<object>): Values {
  const { data } = schema.safeParse(settingsShape(schema).completed({}));
  return { ...data };
}
