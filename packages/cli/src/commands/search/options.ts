import { listMetrics, listPresets, type Metric } from '@tenas/metrics/definitions';
import {
  CONSTRAINT_EXAMPLES,
  DEFAULT_STRATEGY,
  listStrategies,
  type Strategy,
} from '@tenas/search/definitions';
import { decimal, oneOf, text, wordList } from '../../flag-values.js';
import { flag, repeatedFlag, toggle } from '../../flags.js';
import { usage } from '../../invocation.js';
import { metricSettings, namesIn, pathsIn } from '../../metric-settings.js';
import { metricsToUse, PlugIns } from '../../plug-ins.js';
import { type SettingsOwner, settingsFlag, settingsHelp } from '../../settings-option.js';
import { exampleSpace, inputFlags, metricFlag } from '../../shared-flags.js';
import { helpedMetrics } from './stage-metrics.js';
import { flagsOfOthers, strategyFlags } from './strategy-flags.js';

const aggregates = listPresets()
  .map(({ name }) => name)
  .join(', ');

const flags = {
  ...inputFlags,
  strategy: flag(
    '<name>',
    `search strategy: ${listStrategies()
      .map(({ name }) => name)
      .join(', ')}, or a file of your own`,
    text('a strategy').default(DEFAULT_STRATEGY),
    { words: listStrategies().map(({ name }) => name) },
  ),
  metrics: flag(
    '<list>',
    `metrics that decide, some of ${listMetrics()
      .map(({ name }) => name)
      .join(
        ', ',
      )}, or an aggregate: ${aggregates}, which ranks all architectures of the search so far; under ${DEFAULT_STRATEGY} only measured on the found architecture (default: by strategy)`,
    wordList('names of metrics, as a,b', ',').optional(),
    { words: [...listMetrics(), ...listPresets()].map(({ name }) => name) },
  ),
  metric: metricFlag,
  set: settingsFlag('a setting of the strategy or of a metric, see below'),
  constraint: repeatedFlag(
    '<bounds...>',
    `most that the answer may cost: ${CONSTRAINT_EXAMPLES.join(', ')}; several may follow`,
    text('a bound'),
  ),
  latencyModel: flag(
    '<file>',
    'model of tenas latency table that predicts latency for --constraint and --objectives',
    text('a file').optional(),
  ),
  resume: flag(
    '<file>',
    'record of a stopped search to continue; give all other flags as before',
    text('a file').optional(),
  ),
  saveEvery: flag(
    '<seconds>',
    'seconds between two copies of the record so far, which a search that is killed leaves for --resume; 0: none',
    decimal(0, 1_000_000).default(10),
  ),
  out: flag('<dir>', 'folder for the record', text('a folder').default('tenas-out')),
  events: flag(
    '<format>',
    'jsonl: progress as JSON documents on standard error, one per line, in place of text',
    oneOf(['jsonl']).optional(),
  ),
  force: toggle('replace an existing record instead of choosing a fresh name'),
};

/** Flags that strategies bring are read by their names: the type leaves them out. */
const allFlags: typeof flags = { ...flags, ...strategyFlags };

/** Whose settings `--set` takes: the strategy's, and those of metrics that the strategy does not rank by itself. */
export function settingsOwners(strategy: Strategy, metrics: readonly Metric[]): SettingsOwner[] {
  const { name, settings, ranksBy = [] } = strategy;
  const others = metrics.filter((metric) => !ranksBy.includes(metric.name));
  return [{ title: name, schema: settings }, ...metricSettings(others)];
}

function strategyIn({ strategy }: Readonly<Record<string, unknown>>): string {
  return typeof strategy === 'string' ? strategy : DEFAULT_STRATEGY;
}

/** How `tenas search` is used. */
export const searchUsage = usage({
  flags: allFlags,
  examples: [
    'tenas search',
    'tenas search --dataset cifar10 --data ./cifar-10-batches-bin --protocol fast --seed 3',
    'tenas search --protocol repo --repeats 5 --json > result.json',
    `tenas search --space ${exampleSpace} --dataset imagenet-1k --data ./imagenet/train --out runs`,
    "tenas search --constraint 'params<=0.4M' 'macs<=60M'",
    'tenas search --strategy evolution --set population=25 --set cycles=200',
    `tenas search --strategy evolution --metrics ${listPresets()[0]!.name} --set batch=10`,
  ],
  hidden: (options) => flagsOfOthers(strategyIn(options)),
  async details(options, width) {
    const named = strategyIn(options);
    const plugIns = new PlugIns();
    const strategy = await plugIns.strategy(named);
    const loaded = await plugIns.metrics(pathsIn(options.metric));
    const metrics = metricsToUse(namesIn(options.metrics), loaded, strategy.metrics);
    return settingsHelp(settingsOwners(strategy, helpedMetrics(strategy, metrics, options.set)), width);
  },
});
