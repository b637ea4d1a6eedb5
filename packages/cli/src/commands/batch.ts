import { type Command, Option } from 'commander';
import { exitCodesHelp } from '../exit-codes.js';
import type { Add } from '../program.js';

const folderArgument = ['[folder]', 'the --out folder of `tenas batch run`', 'tenas-batch'] as const;

function logLevel(): Option {
  return new Option('--log-level <level>', 'silent, error, warn, info or debug').default('info');
}

/** Registers `tenas batch`; what its commands do is loaded when one is used. */
export function addBatch(program: Command, add: Add): void {
  const batch = program
    .command('batch')
    .description('Run many searches and scores that survive anything, and read their results.')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', `\n\`tenas batch COMMAND --help\` shows examples.\n\n${exitCodesHelp}`);

  add(
    batch,
    'run',
    'Run what a spec asks for and is not stored yet; start it again to go on where it stopped.',
    `  $ tenas batch run spec.yaml --out results
  $ tenas batch run spec.yaml --out results --dry-run
  $ tenas batch run spec.yaml --out results --queue redis://host:6379

A spec:
  datasets: {cifar10: {data: ./cifar-10-batches-bin}}
  search: {datasets: cifar10, protocols: fast, seeds: 0..499}
  score: {datasets: cifar10, architectures: all, seeds: [0, 1, 2], repeats: 1}`,
    async () => (await import('./batch-run.js')).batchRun,
  )
    .argument('<spec>', 'YAML or JSON file that says what to search and score')
    .option('--out <dir>', 'folder for the store and the log', 'tenas-batch')
    .option('--threads <n>', 'threads of the engine (default: all); results do not depend on it')
    .option(
      '--queue [url]',
      'let the workers of a Redis server do it: redis://[user:password@]host[:port][/number], rediss:// for TLS; without a URL $TENAS_QUEUE',
    )
    .option('--dry-run', 'show the plan and an estimate of the time, measured on a few evaluations')
    .option('--quiet', 'a line every half minute instead of a bar')
    .addOption(logLevel());

  add(
    batch,
    'status',
    'Show how far a batch is, also while it runs.',
    '  $ tenas batch status results\n  $ tenas batch status results --watch',
    async () => (await import('./batch-read.js')).batchStatus,
  )
    .argument(...folderArgument)
    .option('--watch', 'show it again every second until nothing waits');

  add(
    batch,
    'results',
    'Show results as a table, the best first.',
    `  $ tenas batch results folder
  $ tenas batch results folder --sort regions --limit 50
  $ tenas batch results folder --kind search --json`,
    async () => (await import('./batch-read.js')).batchResults,
  )
    .argument(...folderArgument)
    .option('--kind <kind>', 'score or search (default: both)')
    .option('--sort <field>', 'kappa, regions, params, flops, seconds, seed or order (of the spec)', 'kappa')
    .option('--limit <n>', 'rows to show', '20');

  add(
    batch,
    'export',
    'Write results as CSV or as one JSON document a line.',
    `  $ tenas batch export folder --format csv > results.csv
  $ tenas batch export folder --format jsonl --file records.jsonl --kind search`,
    async () => (await import('./batch-read.js')).batchExport,
  )
    .argument(...folderArgument)
    .option('--format <format>', 'csv or jsonl', 'csv')
    .option('--file <file>', 'the file to write (default: standard output)')
    .option('--kind <kind>', 'score or search (default: both)')
    .option('--all', 'also jobs that are not done');

  add(
    batch,
    'retry',
    'Let failed jobs wait again; the next `tenas batch run` runs them.',
    '  $ tenas batch retry results',
    async () => (await import('./batch-tend.js')).batchRetry,
  ).argument(...folderArgument);

  add(
    batch,
    'gc',
    'Remove the results of jobs that the latest spec does not ask for, and shrink the store.',
    '  $ tenas batch gc results',
    async () => (await import('./batch-tend.js')).batchCollect,
  ).argument(...folderArgument);
}
