import { integer, oneOf, text } from '../../flag-values.js';
import { flag } from '../../flags.js';
import { usage } from '../../invocation.js';
import { architectureHelp, inputFlags, optionalSpaceFlag } from '../../shared-flags.js';

/** How `tenas score` is used. */
export const scoreUsage = usage({
  flags: {
    ...inputFlags,
    space: optionalSpaceFlag('the one that can read the architecture'),
    arch: flag('<string>', architectureHelp, text('an architecture')),
    repeats: flag('<n>', 'repeats, each with its own weights and batch', integer(1, 10_000).default(3)),
    ntkMode: flag(
      '<mode>',
      'batch or sample: gradients through the batch statistics, or not',
      oneOf(['batch', 'sample']).default('sample'),
    ),
    ntkBatch: flag('<n>', 'images per NTK batch', integer(2, 4096).default(32)),
  },
  examples: [
    "tenas score --arch '|none~0|+|skip_connect~0|none~1|+|none~0|none~1|skip_connect~2|'",
    "tenas score --arch '|...|' --dataset cifar10 --data DIR --repeats 5 --ntk-mode batch --json",
  ],
});
