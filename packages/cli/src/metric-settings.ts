import { chooseMetrics, type Metric, type MetricChoice } from '@tenas/metrics/definitions';
import { type GivenSetting, readSettings, type SettingsOwner } from './settings-option.js';

/** The settings of metrics as `--set` names them: `ntk.batchSize`. */
export function metricSettings(metrics: readonly Metric[]): SettingsOwner[] {
  return metrics.map(({ name, settings }) => ({ title: name, schema: settings, under: name }));
}

/**
 * Metrics with the settings that were given.
 * @throws TenasError SETTING_INVALID naming the setting, or a metric that is named twice
 */
export function metricsGiven(named: readonly Metric[], given: readonly GivenSetting[]): MetricChoice[] {
  // A metric that is named twice is refused before its settings are read twice.
  const metrics = chooseMetrics(named).map(({ metric }) => metric);
  const settings = readSettings(metricSettings(metrics), given);
  return metrics.map((metric, place) => ({ metric, settings: settings[place] as object }));
}

/** The names in the text of `--metrics`: for help, which comes before flags are checked. */
export function namesIn(text: unknown): string[] | undefined {
  if (typeof text !== 'string') return undefined;
  return text.split(',').flatMap((name) => name.trim() || []);
}

/** The files of `--metric`, which are not checked yet: for help. */
export function pathsIn(texts: unknown): string[] {
  return Array.isArray(texts) ? texts.map(String) : [];
}
