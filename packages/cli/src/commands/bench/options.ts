import { isCounting, listMetrics } from '@tenas/metrics/definitions';
import type { BenchTextFormat } from '@tenas/records';
import { integer, integerList, oneOf, text } from '../../flag-values.js';
import { flag } from '../../flags.js';
import { usage } from '../../invocation.js';
import { metricSettings } from '../../metric-settings.js';
import { PlugIns } from '../../plug-ins.js';
import { settingsFlag, settingsHelp } from '../../settings-option.js';
import { deviceFlag, exampleSpace, seedFlag, spaceFlag } from '../../shared-flags.js';

/** Metrics that look at a network or train it: the others take no time. */
const measured = listMetrics()
  .filter((metric) => !isCounting(metric))
  .map(({ name }) => name);

const FORMATS = ['github-action', 'bmf', 'markdown'] as const satisfies readonly BenchTextFormat[];

/** How `tenas bench` is used. */
export const benchUsage = usage({
  flags: {
    metric: flag(
      '<name>',
      `one of ${measured.join(', ')}, or the path of a module that exports one`,
      text('a metric').default(measured[0]!),
      { words: measured },
    ),
    space: spaceFlag,
    set: settingsFlag('a setting of the metric, see below'),
    mode: flag('<mode>', 'the same as --set METRIC.mode=MODE', text('a mode').optional()),
    batch: flag('<n>', 'the same as --set METRIC.batchSize=N', integer(1, 100_000).optional()),
    channels: flag('<n>', 'channels of the first cells (default: the metric’s)', integer(1, 1024).optional()),
    size: flag(
      '<n>',
      'height and width of the inputs (default: 32, of crops as the metric has them)',
      integer(1, 512).optional(),
    ),
    arch: flag(
      '<string>',
      'measure one architecture (default: all operations of the supernet; without one: the example of the space)',
      text('an architecture').optional(),
    ),
    threads: flag(
      '<list>',
      'numbers of threads, as 1,2,4 (default: 1 and all; one number on a CUDA device)',
      integerList(1, 1024).optional(),
    ),
    device: deviceFlag,
    evaluations: flag(
      '<n>',
      'evaluations in one timed request (default: 4 per thread; trainings: 1 per thread)',
      integer(1, 10_000).optional(),
    ),
    format: flag(
      '<name>',
      'print the result as github-action, bmf (Bencher) or markdown, with the machine',
      oneOf(FORMATS).optional(),
    ),
    repetitions: flag('<n>', 'timed requests', integer(1, 10_000).default(10)),
    seed: seedFlag('seed of the first inputs and weights'),
  },
  examples: [
    'tenas bench',
    `tenas bench --metric ${measured[0]} --space ${exampleSpace} --batch 14 --threads 1,2 --json`,
    'tenas bench --mode batch --batch 72 --threads 2 --repetitions 5',
    `tenas bench --metric ${measured[1]} --space ${exampleSpace}`,
    `tenas bench --metric ${measured.at(-1)} --repetitions 3`,
  ],
  async details({ metric }, width) {
    const named = typeof metric === 'string' ? metric : measured[0]!;
    return settingsHelp(metricSettings([await new PlugIns().metric(named)]), width);
  },
});
