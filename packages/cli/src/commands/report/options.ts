import { oneOf, text } from '../../flag-values.js';
import { flag, repeatedFlag, restArguments, toggle } from '../../flags.js';
import { usage } from '../../invocation.js';

/** How `tenas report` is used. */
export const reportUsage = usage({
  positionals: {
    results: restArguments(
      'records of `tenas search` and `tenas train`; documents of `tenas score`, `export`, `evaluate` and `batch compare`; folders of batches; CSV or JSONL of `tenas batch export`; results of `npm run bench`',
      text('a file or a folder'),
    ),
  },
  flags: {
    out: flag(
      '<path>',
      'the page (default: report.html), the figure, or the folder of all figures',
      text('a file').optional(),
    ),
    format: flag(
      '<name>',
      'html, svg or png (default: by the extension of --out, else html)',
      oneOf(['html', 'svg', 'png']).optional(),
    ),
    accuracyTable: flag(
      '<csv>',
      'accuracies of trained networks, to judge runs by: columns arch and e.g. cifar10_test200',
      text('a CSV file of accuracies').optional(),
    ),
    space: repeatedFlag(
      '<file>',
      'a space of your own, by its file: for its name, and to draw its architectures',
      text('a file'),
    ),
    metric: repeatedFlag(
      '<file>',
      'a metric of your own, by its file: for its title and direction, which CSV lacks',
      text('a file'),
    ),
    figure: flag(
      '<name>',
      'one figure of the page; `--json` lists their names',
      text('the name of a figure').optional(),
    ),
    scheme: flag(
      '<name>',
      'colours of svg and png: light or dark',
      oneOf(['light', 'dark']).default('light'),
    ),
    force: toggle('replace existing files'),
  },
  examples: [
    'tenas report tenas-out/search.json',
    '# with a link to the exported network',
    'tenas report tenas-out/search.json export.json --out report.html',
    'tenas report batch.csv --accuracy-table accuracy.csv',
    'tenas report evaluation.json bench.json',
    'tenas report search.json --format svg --figure cell --out cell.svg',
    '# all figures, in a folder',
    'tenas report search.json --format png --out figures',
  ],
});
