import { chooseMetrics, getMetric, type Metric, type MetricChoice } from '@tenas/metrics';
import { type GivenSetting, readSettings, type SettingsOwner } from './settings-option.js';

/** The settings of metrics as `--set` names them: `ntk.batchSize`. */
export function metricSettings(metrics: readonly Metric[]): SettingsOwner[] {
  return metrics.map(({ name, settings }) => ({ title: name, schema: settings, under: name }));
}

/**
 * Metrics by name, with the settings that were given.
 * @throws TenasError UNKNOWN_METRIC; SETTING_INVALID naming the setting
 */
export function metricsGiven(names: readonly string[], given: readonly GivenSetting[]): MetricChoice[] {
  // A metric that is named twice is refused before its settings are read twice.
  const metrics = chooseMetrics(names).map(({ metric }) => metric);
  const settings = readSettings(metricSettings(metrics), given);
  return metrics.map((metric, place) => ({ metric, settings: settings[place] as object }));
}

/** Metrics by name. @throws TenasError UNKNOWN_METRIC */
export function metricsNamed(names: readonly string[]): Metric[] {
  return names.map(getMetric);
}

/** The names in the text of `--metrics`, which is not checked yet: for help. */
export function namesIn(text: unknown): string[] | undefined {
  return typeof text === 'string' ? text.split(',').map((name) => name.trim()) : undefined;
}
