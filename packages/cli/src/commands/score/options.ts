import { DEFAULT_METRICS, listMetrics } from '@tenas/metrics';
import { integer, oneOf, text, wordList } from '../../flag-values.js';
import { flag } from '../../flags.js';
import { usage } from '../../invocation.js';
import { metricSettings, namesIn, pathsIn } from '../../metric-settings.js';
import { metricsToUse, PlugIns } from '../../plug-ins.js';
import { settingsFlag, settingsHelp } from '../../settings-option.js';
import { architectureHelp, inputFlags, metricFlag, optionalSpaceFlag } from '../../shared-flags.js';

const known = listMetrics().map(({ name }) => name);

/** How `tenas score` is used. */
export const scoreUsage = usage({
  flags: {
    ...inputFlags,
    space: optionalSpaceFlag('the one that can read the architecture'),
    arch: flag('<string>', architectureHelp, text('an architecture')),
    metrics: flag(
      '<list>',
      `what to measure, some of ${known.join(', ')} (default: ${DEFAULT_METRICS.join(',')})`,
      wordList('names of metrics, as a,b', ',').optional(),
    ),
    metric: metricFlag,
    repeats: flag('<n>', 'repeats, each with its own weights and batch', integer(1, 10_000).default(3)),
    set: settingsFlag('a setting of a metric, see below'),
    ntkMode: flag('<mode>', 'the same as --set ntk.mode=MODE', oneOf(['batch', 'sample']).optional()),
    ntkBatch: flag('<n>', 'the same as --set ntk.batchSize=N', integer(2, 4096).optional()),
  },
  examples: [
    "tenas score --arch '|none~0|+|skip_connect~0|none~1|+|none~0|none~1|skip_connect~2|'",
    "tenas score --arch '|...|' --metrics ntk,params --set ntk.batchSize=64 --repeats 5",
    "tenas score --arch '|...|' --dataset cifar10 --data DIR --repeats 5 --ntk-mode batch --json",
  ],
  async details({ metrics, metric }, width) {
    const loaded = await new PlugIns().metrics(pathsIn(metric));
    return settingsHelp(metricSettings(metricsToUse(namesIn(metrics), loaded, DEFAULT_METRICS)), width);
  },
});
