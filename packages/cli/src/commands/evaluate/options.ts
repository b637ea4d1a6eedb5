import { isPlugInPath } from '@tenas/base';
import { listPresets, MISSING_POLICIES } from '@tenas/metrics/definitions';
import { z } from 'zod';
import { integer, oneOf, share, text, wordList } from '../../flag-values.js';
import { argument, flag, repeatedFlag, toggle } from '../../flags.js';
import { usage } from '../../invocation.js';
import { fileOf } from '../../output-format.js';
import { indexTableFlag, optionalSpaceFlag, seedFlag } from '../../shared-flags.js';
import { figuresHelp } from './figures.js';

/** A column to judge, or the file of a metric of the user's own. */
const metricToJudge = z.string().transform((given, context) => {
  if (isPlugInPath(given)) return { path: given };
  const match = /^(.+):(lower|higher)$/.exec(given);
  if (match?.[1] !== undefined) return { column: match[1], better: match[2] as 'lower' | 'higher' };
  const wanted = 'a column and what is better, as score:higher, or the file of a metric, as ./metric.mjs';
  context.addIssue({ code: 'custom', message: wanted });
  return z.NEVER;
});

const aggregates = listPresets()
  .map(({ name }) => name)
  .join(', ');

/** How `tenas evaluate` is used. */
export const evaluateUsage = usage({
  positionals: {
    scores: argument(
      'scores: the folder of a batch, a CSV such as `tenas batch export` writes, or one with columns of your own',
      text('a file or a folder'),
    ),
  },
  flags: {
    table: flag(
      '<file>',
      'accuracies: a CSV that names architectures, also packed by gzip (`tenas data table` makes one)',
      text('a CSV file of accuracies').optional(),
    ),
    deviceTable: flag(
      '<file>',
      'instead of accuracies: judge by latencies, of which less is better; a CSV of architectures with a column of ms for each device',
      text('a CSV file of latencies').optional(),
    ),
    device: flag(
      '<names>',
      'devices of the device table, as a,b (default: all)',
      wordList('names of devices', ',').optional(),
    ),
    space: optionalSpaceFlag('that of the scores'),
    dataset: flag(
      '<name>',
      'dataset of the scores, if they have several',
      text('the name of a dataset').optional(),
    ),
    accuracy: flag(
      '<columns>',
      'accuracy columns, as a,b (default: those named after accuracy, acc, test, valid or top1)',
      wordList('names of columns', ',').optional(),
    ),
    archColumn: flag(
      '<columns>',
      'the column of architectures, in the table, the scores or both; several, as e,k,l, are joined by / (default: found by name, else by what the space can read)',
      wordList('names of columns', ',').optional(),
    ),
    indexTable: indexTableFlag('for tables that name architectures by number'),
    strict: toggle(
      'refuse the first row that cannot be read, gaps, and architectures with different accuracies',
    ),
    metric: repeatedFlag(
      '<column:better>',
      'another column to judge, as name:lower or name:higher, or a metric of your own, by its file; may be repeated',
      metricToJudge,
    ),
    combine: repeatedFlag(
      '<names>',
      `metrics whose ranks are added, as a+b, or an aggregate: ${aggregates}, over all architectures that are judged together; may be repeated`,
      wordList('names of metrics', '+'),
    ),
    missing: flag(
      '<where>',
      'where aggregates put architectures without some value: last, median (in the middle), or drop (behind all others)',
      oneOf(MISSING_POLICIES).default('last'),
    ),
    resamples: flag(
      '<n>',
      'bootstrap resamples; 0: no confidence intervals',
      integer(0, 100_000).default(500),
    ),
    confidence: flag('<share>', 'confidence of the intervals', share().default(0.95)),
    seed: seedFlag('seed of the bootstrap and of the random ranking'),
    full: toggle('print a second table of further figures'),
    out: flag('<file>', 'write the JSON document, for `tenas report`', fileOf('a file', '.json').optional()),
    force: toggle('replace an existing file'),
  },
  examples: [
    'tenas evaluate scores.csv --table accuracy.csv',
    'tenas evaluate sweep --table accuracy.csv.gz --strict',
    'tenas evaluate scores.csv --table accuracy.csv --accuracy cifar10_test200 --out result.json',
    'tenas evaluate predicted.csv --device-table phones.csv --device pixel3',
    'tenas evaluate scores.csv --table accuracy.csv --metric score:higher --combine score+params --json',
  ],
  notes: figuresHelp(),
});
