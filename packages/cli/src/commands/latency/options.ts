import { integer, oneOf, share, text } from '../../flag-values.js';
import { flag, toggle } from '../../flags.js';
import { type Given as GivenOf, usage } from '../../invocation.js';
import { fileOf } from '../../output-format.js';
import {
  architectureFlags,
  exampleSpace,
  indexTableFlag,
  seedFlag,
  spaceFlag,
  threadsFlag,
} from '../../shared-flags.js';

const size = integer(1, 65_536).optional();
const file = (what: string) => text(what).optional();

/** Rounds of several networks: with two, one of them is hardly ever disturbed in both. */
export const LIST_ROUNDS = 2;

/** How networks are run. */
const runFlags = {
  batch: flag('<n>', 'images per run (default: 1)', integer(1, 65_536).optional()),
  threads: { ...threadsFlag('threads within an operator (default: 1)'), setting: undefined },
  provider: flag('<name>', 'execution provider of onnxruntime (default: cpu)', file('a provider')),
  relativeError: flag(
    '<share>',
    'stop once half of the 95 % confidence interval of the median is this share of it',
    share().default(0.02),
  ),
};

/** Which network of a space is measured. */
const networkFlags = {
  dataset: flag(
    '<name>',
    'size for: cifar10, cifar100, imagenet16-120 or imagenet-1k (default: that of the record, else cifar10)',
    oneOf(['cifar10', 'cifar100', 'imagenet16-120', 'imagenet-1k']).optional(),
  ),
  classes: flag('<n>', 'number of classes (default: the dataset’s)', size),
  channels: flag('<n>', 'channels of the first cells (default: those of that network)', size),
  cells: flag('<n>', 'cells, as the space counts them (default: those of that network)', size),
  inputSize: flag('<n>', 'height and width of the input (default: the dataset’s)', size),
};

/** How `tenas latency` is used. */
export const latencyUsage = usage({
  flags: {
    ...architectureFlags(', and its dataset,'),
    onnx: flag('<file>', 'measure an ONNX file with one input and one output', file('an ONNX file')),
    list: flag(
      '<file>',
      'measure many architectures: a list, one per line, or a CSV with a column of them; needs --space',
      file('a file'),
    ),
    ...networkFlags,
    ...runFlags,
    rounds: flag(
      '<n>',
      'measure all networks so often in turn; of each the smallest median counts (default: 1, with --list 2)',
      integer(1, 1000).optional(),
    ),
    runs: flag('<n>', 'timed runs at most', integer(20, 1_000_000).default(2000)),
    seconds: flag('<n>', 'seconds of timed runs at most, per network', integer(1, 3600).default(10)),
    deviceTable: flag(
      '<file>',
      'latencies that were measured elsewhere: with --list to correlate with, with --model to judge the model by; a CSV of architectures with a column of ms for each device',
      file('a file'),
    ),
    model: flag('<file>', 'predict by a model of `tenas latency table` instead of measuring', file('a file')),
    device: flag(
      '<name>',
      'name of this device in results (default: the processor’s); with --model: the device that the model has to be of',
      text('a name').optional(),
    ),
    out: flag(
      '<file>',
      'with --list: write a device table with these latencies; with --model: with the predictions, in a column latency, for `tenas evaluate`',
      fileOf('a file', '.csv').optional(),
    ),
    force: toggle('replace an existing file'),
  },
  examples: [
    "tenas latency --arch '|...|+|...|...|+|...|...|...|'",
    'tenas latency --record tenas-out/search.json --batch 8 --threads 2 --json',
    'tenas latency --onnx net.onnx',
    `tenas latency --space ${exampleSpace} --list list.txt --out laptop.csv --device laptop`,
    "tenas latency --arch '|...|' --model laptop.json",
    `tenas latency --space ${exampleSpace} --model laptop.json --device-table measured.csv`,
  ],
  notes:
    '`tenas latency table` makes a model that predicts latencies of a space: see\n`tenas latency table --help`.',
});

/** How `tenas latency table` is used. */
export const latencyTableUsage = usage({
  flags: {
    space: spaceFlag,
    deviceTable: flag(
      '<file>',
      'fit on latencies that were measured elsewhere, a CSV of architectures with a column of ms for each device (default: measure here)',
      file('a file'),
    ),
    device: flag(
      '<name>',
      'column of the table; without a table: name of this device (default: the processor’s)',
      text('a name').optional(),
    ),
    indexTable: indexTableFlag('for a table that names architectures by numbers'),
    networks: flag(
      '<n>',
      'networks to fit on (default: two for each number in the model, 48 to 160; of a table four in five, at most 1000)',
      integer(10, 1_000_000).optional(),
    ),
    check: flag('<n>', 'networks to measure besides, which check the model', integer(2, 10_000).default(20)),
    seed: seedFlag('seed of the networks that are drawn'),
    ...networkFlags,
    ...runFlags,
    rounds: flag(
      '<n>',
      'measure all networks so often in turn; of each the smallest median counts',
      integer(1, 1000).default(LIST_ROUNDS),
    ),
    seconds: flag('<n>', 'seconds of timed runs at most, per measurement', integer(1, 3600).default(2)),
    out: flag('<file>', 'the file to write', fileOf('a file', '.json').default('latency.json')),
    force: toggle('replace an existing file'),
  },
  examples: [
    '# measure some dozen networks of a space on this machine, a minute or two',
    `tenas latency table --space ${exampleSpace} --out laptop.json`,
    '# a phone, of measurements that others made',
    'tenas latency table --device-table phones.csv --device pixel3 --networks 60 --out pixel3.json',
  ],
});

/** The values of `tenas latency`. */
export type Given = GivenOf<typeof latencyUsage>;

/** The values of `tenas latency table`. */
export type TableGiven = GivenOf<typeof latencyTableUsage>;
