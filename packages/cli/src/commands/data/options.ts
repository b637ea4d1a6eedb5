import { ARCHIVES, type FetchableDataset, SPLITS } from '@tenas/data';
import { z } from 'zod';
import { oneOf, text } from '../../flag-values.js';
import { argument, flag } from '../../flags.js';
import { usage } from '../../invocation.js';
import { imageFlags } from '../../shared-flags.js';

/** How `tenas data info` is used. */
export const infoUsage = usage({
  flags: {
    ...imageFlags,
    split: flag(
      '<name>',
      'training, or the test set: of cifar10, cifar100, and of folders with val/ or test/ beside train/',
      oneOf(SPLITS).default('training'),
    ),
  },
  examples: [
    'tenas data info --dataset cifar10 --data ./cifar-10-batches-bin',
    'tenas data info --dataset cifar10 --data ./cifar-10-batches-bin --split test',
    'tenas data info --dataset folder --data ./pictures --json',
  ],
});

const fetchable = Object.keys(ARCHIVES) as [FetchableDataset, ...FetchableDataset[]];

/** How `tenas data fetch` is used. */
export const fetchUsage = usage({
  positionals: { dataset: argument(fetchable.join(' or '), oneOf(fetchable)) },
  flags: {
    out: flag('<dir>', 'folder to put it into', text('a folder').default('data')),
    mirror: flag(
      '<url>',
      'another address that serves the same archives',
      z.url({ protocol: /^https?$/, error: () => 'an http or https address' }).optional(),
    ),
  },
  examples: ['tenas data fetch cifar10', 'tenas data fetch cifar100 --out ./data'],
});
