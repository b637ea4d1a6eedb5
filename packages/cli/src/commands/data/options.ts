import { ARCHIVES, type FetchableDataset, SPLITS } from '@tenas/data';
import { z } from 'zod';
import { oneOf, text, wordList } from '../../flag-values.js';
import { argument, flag, toggle } from '../../flags.js';
import { usage } from '../../invocation.js';
import { fileOf } from '../../output-format.js';
import { imageFlags, indexTableFlag, optionalSpaceFlag } from '../../shared-flags.js';

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
    out: flag(
      '<dir>',
      'folder to put it into (default: $TENAS_DATA, else tenas in $XDG_CACHE_HOME or ~/.cache)',
      text('a folder').optional(),
    ),
    mirror: flag(
      '<url>',
      'another address that serves the same archives',
      z.url({ protocol: /^https?$/, error: () => 'an http or https address' }).optional(),
    ),
  },
  examples: ['tenas data fetch cifar10', 'tenas data fetch cifar100 --out ./data'],
  notes: 'Commands find what is in the default folder: --dataset cifar10 needs no --data.',
});

/** How `tenas data table` is used. */
export const tableUsage = usage({
  positionals: {
    source: argument('the file or folder of a benchmark, see below', text('a file or a folder')),
  },
  flags: {
    out: flag('<file>', 'the CSV to write', fileOf('a file', '.csv').default('accuracy.csv')),
    space: optionalSpaceFlag('the only one that can read the architectures'),
    accuracy: flag(
      '<columns>',
      'numbers to write, as a,b (default: those named after accuracy, acc, test, valid or top1)',
      wordList('names of columns', ',').optional(),
    ),
    archColumn: flag(
      '<columns>',
      'of a CSV: the column of architectures; several, as e,k,l, are joined by / (default: found)',
      wordList('names of columns', ',').optional(),
    ),
    indexTable: indexTableFlag('for files with numbers alone'),
    all: toggle('all numbers, such as scores by proxies, and not the accuracies alone; not for CSV'),
    force: toggle('replace an existing file'),
  },
  examples: [
    'tenas data table NATS-tss-v1_0-3ffb9-simple --out accuracy.csv',
    'tenas data table zc_nasbench201.json --all --out proxies.csv',
    'tenas data table nas-bench-macro_cifar10.json --out macro.csv',
    'tenas evaluate scores.csv --table accuracy.csv',
  ],
  notes: `What is read, and where it is published:
  NATS-tss-v1_0-3ffb9-simple.tar (NAS-Bench-201) and
  NATS-sss-v1_0-50262-simple.tar (sizes) of NATS-Bench, unpacked
      github.com/D-X-Y/NATS-Bench, "Preparation and Download"
  zc_nasbench101.json, zc_nasbench201.json, zc_nasbench301.json
      of NAS-Bench-Suite-Zero: github.com/automl/NASLib, branch zerocost,
      scripts/bash_scripts/download_nbs_zero.sh
  nas-bench-macro_cifar10.json
      github.com/xiusu/NAS-Bench-Macro
  any CSV with architectures and accuracies, also packed by gzip
Not read: NAS-Bench-201-*.pth and other files of torch.save, NATS-*-full
with weights, pickles above 512 MiB. Pickles are read by a reader that
executes nothing.`,
});
