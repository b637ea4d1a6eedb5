import { integer, oneOf, text } from '../../flag-values.js';
import { flag, toggle } from '../../flags.js';
import { usage } from '../../invocation.js';
import { exampleSpace, inputFlags } from '../../shared-flags.js';

const group = 'Overrides of the protocol:';

/** How `tenas search` is used. */
export const searchUsage = usage({
  flags: {
    ...inputFlags,
    protocol: flag(
      '<name>',
      'repo (the authors’ code), paper, or fast',
      oneOf(['fast', 'repo', 'paper']).default('fast'),
    ),
    out: flag('<dir>', 'folder for the record', text('a folder').default('tenas-out')),
    force: toggle('replace an existing record instead of choosing a fresh name'),
    repeats: flag('<n>', 'repeats per candidate', integer(1, 10_000).optional(), { group }),
    ntkBatch: flag('<n>', 'images per NTK batch', integer(2, 4096).optional(), { group }),
    ntkMode: flag(
      '<mode>',
      'batch or sample: gradients through the batch statistics, or not',
      oneOf(['batch', 'sample']).optional(),
      { group },
    ),
    regionBatches: flag('<n>', 'batches of region inputs', integer(1, 1000).optional(), { group }),
    regionBatch: flag('<n>', 'inputs per region batch', integer(1, 100_000).optional(), { group }),
    finals: flag(
      '<n>',
      'stop pruning at so many architectures and score each of them; 0: prune to the end',
      integer(0, 1_000_000).optional(),
      { group },
    ),
  },
  examples: [
    'tenas search',
    'tenas search --dataset cifar10 --data ./cifar-10-batches-bin --protocol fast --seed 3',
    'tenas search --protocol repo --ntk-mode sample --repeats 5 --json > result.json',
    `tenas search --space ${exampleSpace} --dataset imagenet-1k --data ./imagenet/train --out runs`,
  ],
});
