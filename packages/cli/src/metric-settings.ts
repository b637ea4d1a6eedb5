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

/** The metrics that a command line names, as far as they are known: for help. */
export function metricsNamed(text: unknown, otherwise: readonly string[]): Metric[] {
  const names = typeof text === 'string' ? text.split(',').map((name) => name.trim()) : otherwise;
  return names.map(getMetric);
}
