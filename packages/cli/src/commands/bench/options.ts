import { integer, integerList, oneOf, text } from '../../flag-values.js';
import { flag } from '../../flags.js';
import { usage } from '../../invocation.js';
import { deviceFlag, exampleSpace, seedFlag, spaceFlag } from '../../shared-flags.js';

/** How `tenas bench` is used. */
export const benchUsage = usage({
  flags: {
    metric: flag('<name>', 'ntk or regions', oneOf(['ntk', 'regions']).default('ntk')),
    space: spaceFlag,
    mode: flag(
      '<mode>',
      'NTK: batch or sample: gradients through the batch statistics, or not',
      oneOf(['batch', 'sample']).default('sample'),
    ),
    batch: flag(
      '<n>',
      'images in the batch (default: NTK 32; regions 3 batches of 1000)',
      integer(2, 100_000).optional(),
    ),
    channels: flag(
      '<n>',
      'channels of the first cells (default: as in the protocols)',
      integer(1, 1024).optional(),
    ),
    size: flag(
      '<n>',
      'height and width of the inputs (default: NTK 32, regions 3)',
      integer(1, 512).optional(),
    ),
    arch: flag(
      '<string>',
      'measure one architecture in the supernet (default: all operations)',
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
      'evaluations in one timed request (default: 4 per thread)',
      integer(1, 10_000).optional(),
    ),
    repetitions: flag('<n>', 'timed requests', integer(1, 10_000).default(10)),
    seed: seedFlag('seed of the first inputs and weights'),
  },
  examples: [
    'tenas bench',
    `tenas bench --metric ntk --space ${exampleSpace} --batch 14 --threads 1,2 --json`,
    'tenas bench --mode batch --batch 72 --threads 2 --repetitions 5',
    `tenas bench --metric regions --space ${exampleSpace}`,
  ],
});
