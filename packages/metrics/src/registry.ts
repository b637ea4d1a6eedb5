import { describeValue, settingError, TenasError } from '@tenas/base';
import { readSettings } from '@tenas/base/settings';
import type { RankedBy } from './aggregates/population.js';
import type { AggregatePreset, MissingPolicy } from './aggregates/rules.js';
import { BUILT_IN } from './list/index.js';
import { PRESETS } from './list/presets.js';
import type { Metric } from './metric.js';

const metrics = new Map<string, Metric>(BUILT_IN.map((metric) => [metric.name, metric]));

/** How metrics are named. */
export const METRIC_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * Makes a metric of your own known by its name in this process. Check it first with `@tenas/metrics/contract`.
 *
 * @throws TenasError `METRIC_INVALID` if the name is malformed or taken by another metric.
 */
export function registerMetric(metric: Metric): void {
  const { name } = metric;
  if (typeof name !== 'string' || !METRIC_NAME.test(name)) {
    throw settingError('name', name, 'lower case letters, digits and hyphens', 'METRIC_INVALID');
  }
  const known = metrics.get(name);
  if ((known !== undefined && known !== metric) || standsForSeveral(name)) {
    throw settingError('name', name, 'another, as a metric is already called so', 'METRIC_INVALID');
  }
  metrics.set(name, metric);
}

/** All known metrics, the built-in ones first. */
export function listMetrics(): readonly Metric[] {
  return [...metrics.values()];
}

/**
 * The metric of that name.
 *
 * @throws TenasError `UNKNOWN_METRIC` listing the known names.
 */
export function getMetric(name: string): Metric {
  const metric = metrics.get(name);
  if (metric !== undefined) return metric;
  const several = standsFor(name);
  if (several !== undefined) {
    const problem =
      name === ALL_METRICS
        ? 'stands for all metrics; name one of them'
        : `is an aggregate: it ranks architectures among each other and has no value of one; name one of its metrics ${several.join(', ')}`;
    throw new TenasError('UNKNOWN_METRIC', `${name} ${problem}`, { field: 'metric', value: name });
  }
  const cost = Object.hasOwn(COSTS, name) ? COSTS[name] : undefined;
  if (cost !== undefined) {
    throw new TenasError('UNKNOWN_METRIC', `${name} is no metric: ${cost}`, { field: 'metric', value: name });
  }
  throw new TenasError(
    'UNKNOWN_METRIC',
    `unknown metric ${describeValue(name)}, known are ${[...metrics.keys()].join(', ')}; ${PRESETS.map((preset) => preset.name).join(', ')} and ${ALL_METRICS} stand for several`,
    { field: 'metric', value: name },
  );
}

/** Costs that somebody may look for among the metrics, each with where it is. */
const COSTS: Readonly<Record<string, string>> = {
  latency:
    "a model predicts it. Make one with tenas latency table and name it with --latency-model: tenas score then shows the latency beside its scores, and a search takes it in --constraint 'latency<=20ms' and --objectives score,latency",
  memory: "it is a cost, which a search takes in --constraint 'memory<=4MiB' and --objectives score,memory",
  flops: 'macs counts multiply-adds, of which each is two FLOPs',
};

/** Stands for all known metrics where names of metrics are wanted. */
export const ALL_METRICS = 'all';

/** The named aggregates. */
export function listPresets(): readonly AggregatePreset[] {
  return PRESETS;
}

/** Names of the metrics of an aggregate, each once. */
export function metricsOfPreset({ terms }: AggregatePreset): readonly string[] {
  return [...new Set(terms.flat())];
}

/**
 * The named aggregate.
 *
 * @throws TenasError `UNKNOWN_AGGREGATE` listing the known names.
 */
export function getPreset(name: string): AggregatePreset {
  const preset = PRESETS.find((one) => one.name === name);
  if (preset !== undefined) return preset;
  throw new TenasError(
    'UNKNOWN_AGGREGATE',
    `unknown aggregate ${describeValue(name)}, known are ${PRESETS.map((one) => one.name).join(', ')}`,
    { field: 'aggregate', value: name },
  );
}

/** The metrics of an aggregate and how they rank, for a {@link RankedPopulation}. @param missing default `last` */
export function rankingOf({ terms, rule }: AggregatePreset, missing?: MissingPolicy): RankedBy {
  return {
    terms: terms.map((term) => (typeof term === 'string' ? getMetric(term) : term.map(getMetric))),
    rule,
    missing,
  };
}

/**
 * The names of metrics that some names mean: an aggregate's name means its metrics, {@link ALL_METRICS} all. A metric that
 * is named besides is not repeated. Other names stay as they are.
 */
export function expandMetricNames(names: readonly string[]): string[] {
  return expanded(names, (name) => name);
}

/** Puts metrics in the place of names that stand for several, without those that are there anyway. */
function expanded<T>(choices: readonly T[], nameOf: (choice: T) => string): (T | string)[] {
  const names = choices.map(nameOf);
  const seen = new Set(names.filter((name) => standsFor(name) === undefined));
  return choices.flatMap((choice, place): (T | string)[] => {
    const several = standsFor(names[place]!);
    if (several === undefined) return [choice];
    return several.filter((name) => {
      const fresh = !seen.has(name);
      seen.add(name);
      return fresh;
    });
  });
}

/** Whether a name is that of an aggregate or {@link ALL_METRICS}, not of one metric. */
export function standsForSeveral(name: string): boolean {
  return standsFor(name) !== undefined;
}

/** The metrics that a name stands for; undefined if it is no such name. */
function standsFor(name: string): readonly string[] | undefined {
  if (name === ALL_METRICS) return [...metrics.keys()];
  const preset = PRESETS.find((one) => one.name === name);
  return preset && metricsOfPreset(preset);
}

/**
 * The aggregate that some names of metrics hold; undefined if there is none.
 *
 * @throws TenasError `SETTING_INVALID` if there are two: one has to decide
 */
export function presetAmong(names: readonly string[]): AggregatePreset | undefined {
  const [first, second] = PRESETS.filter(({ name }) => names.includes(name));
  if (second === undefined) return first;
  const problem = `one aggregate that decides, not ${first!.name} and ${second.name}; name the metrics of one of them`;
  throw settingError('metrics', names, problem);
}

/** A metric to evaluate: its name, or the metric, or either with settings; fields that are left out have their defaults. */
export type MetricChoice =
  | string
  | Metric
  | { readonly metric: string | Metric; readonly settings?: object | undefined };

/** A metric with its settings. */
export interface ChosenMetric {
  readonly metric: Metric;
  /** Complete. */
  readonly settings: object;
}

/**
 * The metrics that were chosen, with complete settings. The name of an aggregate stands for its metrics.
 *
 * @throws TenasError `UNKNOWN_METRIC`; `SETTING_INVALID` naming the setting, or a metric that is chosen twice.
 */
export function chooseMetrics(choices: readonly MetricChoice[]): ChosenMetric[] {
  for (const choice of choices) {
    if (typeof choice !== 'object' || !('settings' in choice)) continue;
    const name = nameOfChoice(choice);
    const [setting] = Object.keys(choice.settings ?? {});
    if (setting === undefined || !standsForSeveral(name)) continue;
    throw settingError(`${name}.${setting}`, choice.settings, `given to the metrics that ${name} stands for`);
  }
  const seen = new Set<string>();
  return expanded(choices, nameOfChoice).map((choice) => {
    const { metric: wanted, settings } =
      typeof choice === 'object' && 'metric' in choice ? choice : { metric: choice, settings: {} };
    const metric = typeof wanted === 'string' ? getMetric(wanted) : wanted;
    if (seen.has(metric.name)) {
      throw settingError('metrics', metric.name, 'a list that names each metric once');
    }
    seen.add(metric.name);
    return { metric, settings: readSettings(metric.name, metric.settings, settings) };
  });
}

function nameOfChoice(choice: MetricChoice): string {
  const named = typeof choice === 'object' && 'metric' in choice ? choice.metric : choice;
  return typeof named === 'string' ? named : named.name;
}

/** Description of a metric for readers of scores. Plain data. */
export interface MetricInfo extends Pick<Metric, 'name' | 'title' | 'better' | 'symbol' | 'about'> {
  /** Complete. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The description of a metric in a document. */
export function metricInfo({ metric, settings }: ChosenMetric): MetricInfo {
  const { name, title, better, symbol, about } = metric;
  return {
    name,
    title,
    better,
    ...(symbol === undefined ? {} : { symbol }),
    ...(about === undefined ? {} : { about }),
    settings: { ...settings },
  };
}
