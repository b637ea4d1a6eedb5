import { settingsShape } from '@tenas/base/settings';
import type { Metric } from '@tenas/metrics/definitions';
import { type Strategy, withStages } from '@tenas/search/definitions';
import { type GivenSetting, readSettings } from '../../settings-option.js';

/**
 * The named metrics, and those by which the strategy compares a shortlist, as far as they are others.
 *
 * @param given settings of the strategy, and of others
 * @throws TenasError SETTING_INVALID, UNKNOWN_METRIC
 */
export function withStageMetrics(
  strategy: Strategy,
  named: readonly Metric[],
  given: readonly GivenSetting[],
): Metric[] {
  const keys = settingsShape(strategy.settings).keys();
  const own = given.filter((setting) => keys.some(({ key }) => key === setting.key));
  const [settings] = readSettings([{ title: strategy.name, schema: strategy.settings }], own);
  const { stages } = withStages(strategy, settings, []);
  const metrics = new Map(named.map((metric) => [metric.name, metric]));
  for (const { metric } of stages.flatMap((stage) => stage.metrics)) {
    if (!metrics.has(metric.name)) metrics.set(metric.name, metric);
  }
  return [...metrics.values()];
}

/** {@link withStageMetrics} for help, which comes before `--set` is checked: without them where a setting is wrong. */
export function helpedMetrics(
  strategy: Strategy,
  named: readonly Metric[],
  texts: unknown,
): readonly Metric[] {
  const pairs = (Array.isArray(texts) ? texts : []).map(String).filter((text) => text.includes('='));
  const given = pairs.map((pair) => {
    const equals = pair.indexOf('=');
    return { key: pair.slice(0, equals).trim(), text: pair.slice(equals + 1).trim() };
  });
  try {
    return withStageMetrics(strategy, named, given);
  } catch {
    return named;
  }
}
