import { expandMetricNames, getMetric, type Metric } from '@tenas/metrics/definitions';
import { PlugIns as PlugInsFrom } from '@tenas/runner/plug-ins';

/** The spaces, metrics and strategies that a command line names; files find the packages of this command. */
export class PlugIns extends PlugInsFrom {
  constructor() {
    super({ importsFrom: import.meta.url });
  }
}

/**
 * The metrics to use: those that are named, and those from files besides.
 *
 * @param named by `--metrics`, names of aggregates among them; undefined: not given
 * @param otherwise names where neither is given
 * @throws TenasError UNKNOWN_METRIC
 */
export function metricsToUse(
  named: readonly string[] | undefined,
  loaded: readonly Metric[],
  otherwise: readonly string[],
): readonly Metric[] {
  if (named === undefined) return loaded.length === 0 ? otherwise.map(getMetric) : loaded;
  const names = expandMetricNames(named);
  return [...names.map(getMetric), ...loaded.filter(({ name }) => !names.includes(name))];
}
