import type { Command } from 'commander';
import type { Add } from './program.js';

/** `tenas report` on the command line. */
export function addReport(program: Command, add: Add): void {
  add(
    program,
    'report',
    'Make a page that anyone can open from result files, or single figures for papers and slides.',
    `  $ tenas report tenas-out/search.json
  $ tenas report tenas-out/search.json export.json --out report.html    with a link to the exported network
  $ tenas report batch.csv --accuracy-table accuracy.csv
  $ tenas report evaluation.json bench.json
  $ tenas report search.json --format svg --figure cell --out cell.svg
  $ tenas report search.json --format png --out figures                 all figures, in a folder`,
    async () => (await import('./commands/report.js')).report,
  )
    .argument(
      '<results...>',
      'records of `tenas search`; documents of `tenas score`, `export` and `evaluate`; CSV or JSONL of `tenas batch export`; results of `npm run bench`',
    )
    .option('--out <path>', 'the page (default: report.html), the figure, or the folder of all figures')
    .option('--format <name>', 'html, svg or png (default: as --out ends, else html)')
    .option(
      '--accuracy-table <csv>',
      'accuracies of trained networks, to judge runs by: columns arch and e.g. cifar10_test200',
    )
    .option('--figure <name>', 'one figure of the page; `--json` lists their names')
    .option('--scheme <name>', 'colours of svg and png: light or dark', 'light')
    .option('--force', 'replace existing files');
}
