import { settingsShape } from '@tenas/base/settings';
import { listMetrics } from '@tenas/metrics';
import type { TaskMetric } from './tasks.js';

/**
 * The settings of metrics that are not the defaults, as `--set` takes them: `ntk.batchSize=16 naswot.images=64`. Those of a
 * metric that is not known here are all there.
 * @returns null where there are none
 */
export function changedSettings(metrics: readonly TaskMetric[]): string | null {
  const changed = metrics.flatMap(({ name, settings }) => {
    const defaults = defaultsOf(name);
    return Object.entries(settings).flatMap(([key, value]) => {
      const text = JSON.stringify(value);
      if (text === undefined || text === JSON.stringify(defaults[key])) return [];
      return `${name}.${key}=${typeof value === 'string' ? value : text}`;
    });
  });
  return changed.length === 0 ? null : changed.join(' ');
}

/** The settings that a metric has by itself. */
function defaultsOf(name: string): Readonly<Record<string, unknown>> {
  const metric = listMetrics().find((known) => known.name === name);
  if (metric === undefined) return {};
  const { settings } = metric;
  const { data } = settings.safeParse(settingsShape(settings).completed({}));
  return { ...data };
}
