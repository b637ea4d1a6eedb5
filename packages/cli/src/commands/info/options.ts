import { text } from '../../flag-values.js';
import { flag } from '../../flags.js';
import { usage } from '../../invocation.js';
import { spaceCompletion } from '../../shared-flags.js';

/** How `tenas info` is used. */
export const infoUsage = usage({
  flags: {
    space: flag(
      '<name>',
      'show this space instead: its decisions, architectures and networks; a name, or a file of your own',
      text('a search space').optional(),
      spaceCompletion,
    ),
  },
  examples: ['tenas info', 'tenas info --json', 'tenas info --space ./space.yaml'],
});
