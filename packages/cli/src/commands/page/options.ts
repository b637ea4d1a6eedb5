import { flag, toggle } from '../../flags.js';
import { usage } from '../../invocation.js';
import { fileOf } from '../../output-format.js';

/** How `tenas page` is used. */
export const pageUsage = usage({
  flags: {
    out: flag('<file>', 'the HTML file to write', fileOf('a file', '.html', '.htm').default('search.html')),
    force: toggle('replace an existing file'),
  },
  examples: ['tenas page', 'tenas page --out public/search.html --force'],
  notes: 'Open the file in a browser, or put it on any web server: it needs nothing else.',
});
