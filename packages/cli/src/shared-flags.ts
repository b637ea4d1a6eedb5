import { DATASETS } from '@tenas/data/definitions';
import { DEFAULT_SPACE, SPACE_NAMES } from '@tenas/spaces/definitions';
import { integer, oneOf, text } from './flag-values.js';
import { flag, repeatedFlag } from './flags.js';

const spaceHelp = `search space: ${SPACE_NAMES.join(', ')}, or a file of your own: ./space.yaml, ./space.mjs`;

/** What a shell completes for `--space`: names, and files of spaces. */
export const spaceCompletion = {
  words: SPACE_NAMES,
  endings: ['yaml', 'yml', 'json', 'mjs', 'js'],
} as const;

/** A space that has to be named, for examples. */
export const exampleSpace = SPACE_NAMES.find((name) => name !== DEFAULT_SPACE) ?? DEFAULT_SPACE;

/** `--space`. */
export const spaceFlag = flag(
  '<name>',
  spaceHelp,
  text('a search space').default(DEFAULT_SPACE),
  spaceCompletion,
);

/** `--space` where something else may decide. */
export function optionalSpaceFlag(otherwise: string) {
  return flag(
    '<name>',
    `${spaceHelp} (default: ${otherwise})`,
    text('a search space').optional(),
    spaceCompletion,
  );
}

/** `--seed`: seeds are whole numbers that fit 53 bits. */
export function seedFlag(of: string) {
  return flag('<n>', of, integer(0).default(0));
}

/** `--threads`, or another number of threads: all of the machine's when not given. */
export function threadsFlag(help: string) {
  return flag('<n>', help, integer(1, 1024).optional(), { setting: 'threads' });
}

/** `--device`: where the engine evaluates; left to the engine when not given. */
export const deviceFlag = flag(
  '<name>',
  'cpu, cuda, or auto: a CUDA device if there is one (default: auto)',
  oneOf(['auto', 'cpu', 'cuda']).optional(),
  { setting: 'device' },
);

/** Which images a command reads. */
export const imageFlags = {
  dataset: flag(
    '<name>',
    `${DATASETS.slice(0, -1).join(', ')} or ${DATASETS.at(-1)} (default: synthetic without --data, else cifar10)`,
    oneOf(DATASETS).optional(),
  ),
  data: flag(
    '<dir>',
    'folder of the dataset (default: in $TENAS_DATA or among downloads)',
    text('a folder').optional(),
    {
      setting: 'data',
    },
  ),
  images: flag(
    '<n>',
    'different images to draw from (default: all; 10000 of imagenet-1k and folder)',
    integer(1).optional(),
  ),
};

/** `--image-size`. @param otherwise more of its default */
export function imageSizeFlag(otherwise = '') {
  return flag(
    '<n>',
    `height and width that pictures of folders, and synthetic images, get (default: 32${otherwise})`,
    integer(8, 512).optional(),
  );
}

/** Flags that a search and a score share: space, images, chance, and where to evaluate. */
export const inputFlags = {
  space: spaceFlag,
  ...imageFlags,
  imageSize: imageSizeFlag(),
  seed: seedFlag('seed of weights and batches'),
  threads: threadsFlag('worker threads (default: all); the result does not depend on it'),
  device: deviceFlag,
};

/** `--metric`. */
export const metricFlag = repeatedFlag('<file>', 'a metric of your own, by its file', text('a file'));

/** `--latency-model FILE`. @param is what the predicted latency does */
export function latencyModelFlag(is: string) {
  return flag(
    '<file>',
    `model of tenas latency table: the latency that it predicts ${is}`,
    text('a file').optional(),
  );
}

/** `--index-table`. @param use of the table */
export function indexTableFlag(use: string) {
  return flag(
    '<file>',
    `architectures by their numbers in a benchmark, ${use}: a CSV with columns index and arch, or a list, one per line from 0`,
    text('a file').optional(),
  );
}

/** `--arch`: an architecture as text. */
export const architectureHelp =
  'architecture, as its space writes it, a known name, or a number of the benchmark as index:1234; @FILE reads it from a file, - from standard input';

/** Which architecture a command takes: one that is named, or that of a record. @param taken from the record */
export function architectureFlags(taken: string) {
  return {
    space: optionalSpaceFlag('the record’s, else the one that can read the architecture'),
    arch: flag('<string>', architectureHelp, text('an architecture').optional()),
    indexTable: indexTableFlag('for --arch index:NUMBER'),
    record: flag(
      '<file>',
      `take the architecture${taken} from a record of \`tenas search\` or \`tenas train\``,
      text('a file').optional(),
    ),
  };
}
