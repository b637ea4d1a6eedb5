import { listPresets, MISSING_POLICIES } from '@tenas/metrics/definitions';
import type { LogLevel } from '@tenas/runner';
import { z } from 'zod';
import { integer, oneOf, orAlone, share, text } from '../../flag-values.js';
import { argument, flag, repeatedFlag, restArguments, toggle } from '../../flags.js';
import { usage } from '../../invocation.js';
import { fileOf } from '../../output-format.js';
import { latencyModelFlag, threadsFlag } from '../../shared-flags.js';

const OUT = 'tenas-batch';

const aggregates = listPresets().map(({ name }) => name);

const positionals = {
  folder: argument('the --out folder of `tenas batch run`', text('a folder').default(OUT)),
};

const kind = flag(
  '<kind>',
  'score, search or train (default: all)',
  oneOf(['score', 'search', 'train']).optional(),
);

/** `--log-level`, also of workers. */
export const logLevelFlag = flag(
  '<level>',
  'silent, error, warn, info or debug',
  oneOf(['silent', 'error', 'warn', 'info', 'debug'] satisfies [LogLevel, ...LogLevel[]]).default('info'),
);

/** How `tenas batch run` is used. */
export const runUsage = usage({
  positionals: {
    spec: argument('YAML or JSON file with the searches, scores and trainings to run', text('a file')),
  },
  flags: {
    out: flag('<dir>', 'folder for the store, the log and trained networks', text('a folder').default(OUT)),
    threads: threadsFlag('threads of the engine (default: all); results do not depend on it'),
    queue: flag(
      '[url]',
      'use the workers of a Redis server: redis://[user:password@]host[:port][/number], rediss:// for TLS; without a URL $TENAS_QUEUE',
      orAlone(text('a URL')).optional(),
    ),
    shard: flag(
      '<i/n>',
      'only the jobs of one of N shards, I from 0 to N - 1; `tenas batch merge` brings them together',
      text('I/N').optional(),
    ),
    dryRun: toggle('show the plan and an estimate of the time, measured on a few evaluations'),
    logLevel: logLevelFlag,
  },
  examples: [
    'tenas batch run spec.yaml --out results',
    'tenas batch run spec.yaml --out results --dry-run',
    'tenas batch run spec.yaml --out results --queue redis://host:6379',
    'tenas batch run spec.yaml --out shard-2 --shard 2/7',
  ],
  notes: `A spec:
  datasets: {cifar10: {data: ./cifar-10-batches-bin}}
  search: {datasets: cifar10, strategy: STRATEGY, settings: {SETTING: VALUE},
           metrics: [METRIC], seeds: 0..499}
  score: {datasets: cifar10, architectures: all, seeds: [0, 1, 2],
          metrics: [METRIC, {METRIC: {SETTING: VALUE}}]}
  train: {datasets: cifar10, architectures: {file: list.txt}, recipes: quick,
          settings: {rate: 0.05}, epochs: 12, channels: [8, 16], seeds: 0..2}
STRATEGY, METRIC and a space are names, or files beside the spec as ./own.mjs;
a space may be a ./own.yaml, too.
\`tenas search --strategy NAME --help\` and \`tenas score --metrics NAME --help\`
list settings, \`tenas train --recipe NAME --help\` those of recipes.`,
});

/** How `tenas batch status` is used. */
export const statusUsage = usage({
  positionals,
  flags: { watch: toggle('refresh every second until no job waits') },
  examples: ['tenas batch status results', 'tenas batch status results --watch'],
});

/** How `tenas batch watch` is used. */
export const watchUsage = usage({
  positionals,
  flags: {
    serve: flag(
      '[port]',
      'port of the page, on 127.0.0.1 alone (default: any that is free)',
      orAlone(integer(0, 65_535)).default(true),
    ),
  },
  examples: ['tenas batch watch results', 'tenas batch watch results --serve 8080'],
});

const space = repeatedFlag(
  '<file>',
  'a space of your own, by its file: for the columns `index` and `latency`',
  text('a file'),
);

/** How `tenas batch results` is used. */
export const resultsUsage = usage({
  positionals,
  flags: {
    kind,
    sort: flag(
      '<field>',
      'a metric, a column of trainings, rank (the sum of the ranks by all metrics), seconds, seed or order (of the spec) (default: the first metric, else accuracy)',
      text('a metric').optional(),
    ),
    seeds: flag(
      '<how>',
      'each: a row for each seed; mean: one row with the means over the seeds',
      oneOf(['each', 'mean']).default('each'),
    ),
    limit: flag('<n>', 'rows to show', integer(1, 1_000_000).default(20)),
    dataset: flag('<name>', 'only results on this dataset', text('a dataset').optional()),
    arch: flag(
      '<string>',
      'only results of this architecture, as the table writes it',
      text('an architecture').optional(),
    ),
    latencyModel: latencyModelFlag('is the column latency'),
    space,
  },
  examples: [
    'tenas batch results folder',
    'tenas batch results folder --dataset cifar10',
    'tenas batch results folder --sort params --limit 50',
    'tenas batch results folder --kind score --seeds mean --sort rank',
    'tenas batch results folder --latency-model laptop.json --sort latency',
    'tenas batch results folder --kind search --json',
  ],
});

/** How `tenas batch export` is used. */
export const exportUsage = usage({
  positionals,
  flags: {
    format: flag(
      '<format>',
      'csv, jsonl or parquet (default: by the extension of --file, else csv)',
      oneOf(['csv', 'jsonl', 'parquet']).optional(),
    ),
    file: flag('<file>', 'the file to write (default: standard output)', text('a file').optional()),
    kind,
    all: toggle('also jobs that are not done'),
    aggregate: repeatedFlag(
      '<name>',
      `a column (CSV) of an aggregate: ${aggregates.join(', ')}, over all exported scores of a space, dataset and seed; may be repeated`,
      z.enum(aggregates, { error: () => `one of ${aggregates.join(', ')}` }),
    ),
    missing: flag(
      '<where>',
      'where aggregates put architectures without some value: last, median (in the middle), or drop (behind all others) (default: last)',
      oneOf(MISSING_POLICIES).optional(),
    ),
    latencyModel: latencyModelFlag('is the column latency'),
    space,
    raw: toggle("CSV: leave text that a spreadsheet would take for a formula without the ' before it"),
    force: toggle('replace an existing file'),
  },
  examples: [
    'tenas batch export folder --format csv > results.csv',
    `tenas batch export folder --aggregate ${aggregates[0]} --file results.csv`,
    'tenas batch export folder --file records.jsonl --kind search',
    'tenas batch export folder --file results.parquet',
  ],
});

/** How `tenas batch compare` is used. */
export const compareUsage = usage({
  positionals: {
    a: argument('the --out folder of a batch, or of one of its shards', text('a folder')),
    b: argument('that of another batch', text('a folder')),
  },
  flags: {
    kind,
    out: flag('<file>', 'also write a page with figures', fileOf('a file', '.html', '.htm').optional()),
    resamples: flag(
      '<n>',
      'bootstrap resamples; 0: no confidence intervals',
      integer(0, 100_000).default(500),
    ),
    confidence: flag('<share>', 'confidence of the intervals', share().default(0.95)),
    force: toggle('replace an existing file'),
  },
  examples: [
    'tenas batch compare before after',
    'tenas batch compare before after --kind search --out comparison.html',
    '# single figures',
    'tenas batch compare before after --json > comparison.json',
    'tenas report comparison.json --format svg --out figures',
  ],
});

/** How `tenas batch retry` is used. */
export const retryUsage = usage({
  positionals,
  flags: { damaged: toggle('mend damaged indexes and re-queue what is damaged, not what has failed') },
  examples: ['tenas batch retry results', 'tenas batch retry results --damaged'],
});

/** How `tenas batch merge` is used. */
export const mergeUsage = usage({
  positionals: {
    folder: argument('the folder to merge into; made if it is missing', text('a folder')),
    shards: restArguments('--out folders of `tenas batch run --shard`', text('a folder')),
  },
  flags: {},
  examples: ['tenas batch merge results shard-*'],
});

/** How `tenas batch verify` is used. */
export const verifyUsage = usage({
  positionals,
  flags: {},
  examples: ['tenas batch verify results', 'tenas batch verify results --json'],
});

/** How `tenas batch backup` is used. */
export const backupUsage = usage({
  positionals: {
    folder: argument('the --out folder of `tenas batch run`', text('a folder')),
    file: argument('the file to write', text('a file')),
  },
  flags: { force: toggle('replace an existing file') },
  examples: ['tenas batch backup results results-copy.sqlite'],
});

/** How `tenas batch gc` is used. */
export const collectUsage = usage({ positionals, flags: {}, examples: ['tenas batch gc results'] });
