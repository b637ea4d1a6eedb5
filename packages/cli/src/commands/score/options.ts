import { settingsShape } from '@tenas/base/settings';
import {
  ALL_METRICS,
  DEFAULT_METRICS,
  DEFAULT_OBJECTIVE,
  isCounting,
  listMetrics,
  listPresets,
} from '@tenas/metrics/definitions';
import { integer, text, wordList } from '../../flag-values.js';
import { flag, toggle } from '../../flags.js';
import { usage } from '../../invocation.js';
import { metricFlags } from '../../metric-flags.js';
import { metricSettings, namesIn, pathsIn } from '../../metric-settings.js';
import { onnxFlags } from '../../onnx-flags.js';
import { metricsToUse, PlugIns } from '../../plug-ins.js';
import { settingsFlag, settingsHelp } from '../../settings-option.js';
import {
  architectureHelp,
  indexTableFlag,
  inputFlags,
  latencyModelFlag,
  metricFlag,
  optionalSpaceFlag,
} from '../../shared-flags.js';

const known = listMetrics().map(({ name }) => name);

const aggregates = listPresets()
  .map(({ name }) => name)
  .join(', ');

/** Metrics of a network from an ONNX file where none are named: one that does everywhere, and what only counts. */
export const NETWORK_METRICS: readonly string[] = [
  DEFAULT_OBJECTIVE,
  ...listMetrics().flatMap((metric) =>
    isCounting(metric) && DEFAULT_METRICS.includes(metric.name) ? [metric.name] : [],
  ),
];

const flags = {
  ...inputFlags,
  space: optionalSpaceFlag('the one that can read the architecture'),
  arch: flag('<string>', architectureHelp, text('an architecture').optional()),
  ...onnxFlags('seeded'),
  indexTable: indexTableFlag('for --arch index:NUMBER'),
  metrics: flag(
    '<list>',
    `metrics to measure, some of ${known.join(', ')}; ${ALL_METRICS} of them, or those of an aggregate: ${aggregates}, which ranks many architectures and has no value of one (default: ${DEFAULT_METRICS.join(',')}; of --onnx ${NETWORK_METRICS.join(',')})`,
    wordList('names of metrics, as a,b', ',').optional(),
    { words: [...listMetrics(), ...listPresets()].map(({ name }) => name) },
  ),
  metric: metricFlag,
  latencyModel: latencyModelFlag('stands beside the scores'),
  repeats: flag('<n>', 'repeats, each with its own weights and batch', integer(1, 10_000).default(3)),
  set: settingsFlag('a setting of a metric, see below'),
  stdin: toggle('score the architectures that come on standard input, one JSON document per line, see below'),
  unordered: toggle('with --stdin: answer as soon as a score is ready, in any order'),
};

/** Flags that metrics bring are read by their names: the type leaves them out. */
const allFlags: typeof flags = { ...flags, ...metricFlags };

/** A setting for the examples. */
const [exampleSetting] = metricSettings(listMetrics()).flatMap(({ schema, under }) =>
  settingsShape(schema)
    .keys()
    .some(({ key }) => key === 'batchSize')
    ? `${under}.batchSize=64`
    : [],
);

/** How `tenas score` is used. */
export const scoreUsage = usage({
  flags: allFlags,
  examples: [
    "tenas score --arch '|none~0|+|skip_connect~0|none~1|+|none~0|none~1|skip_connect~2|'",
    `tenas score --arch '|...|' --metrics ${known.slice(0, 3).join(',')} --set ${exampleSetting} --repeats 5`,
    "tenas score --arch '|...|' --dataset cifar10 --data DIR --repeats 5 --json",
    `tenas score --arch '|...|' --metrics ${known.slice(0, 3).join(',')} --latency-model laptop.json`,
    'tenas score --onnx net.onnx',
    '# one answer per line, in the order of the lines',
    'tenas score --stdin < requests.jsonl > scores.jsonl',
  ],
  notes: `--stdin reads lines {"architecture": TEXT, "id"?: ...} and writes the document
of each score as one line, with the number of its line and its id. A line that
cannot be scored is answered by {"line", "id"?, "error"}; the exit code is 1.`,
  async details({ metrics, metric, onnx }, width) {
    const loaded = await new PlugIns().metrics(pathsIn(metric));
    const usual = onnx === undefined ? DEFAULT_METRICS : NETWORK_METRICS;
    return settingsHelp(metricSettings(metricsToUse(namesIn(metrics), loaded, usual)), width);
  },
});
