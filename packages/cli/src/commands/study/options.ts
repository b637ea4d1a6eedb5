import { LEARNING_TASKS, type LearningTaskName } from '@tenas/data/definitions';
import type { TaskScore } from '@tenas/records';
import { integer, oneOf, text, wordList } from '../../flag-values.js';
import { flag } from '../../flags.js';
import { usage } from '../../invocation.js';
import { namesIn } from '../../metric-settings.js';
import { settingsFlag, settingsHelp } from '../../settings-option.js';
import { imageFlags, seedFlag, spaceFlag, threadsFlag } from '../../shared-flags.js';

const names = LEARNING_TASKS.join(', ');
const tasks: readonly LearningTaskName[] = ['labels', 'rotation', 'jigsaw'];
const scores = ['best-accuracy', 'last-loss', 'loss-sum'] as const satisfies readonly TaskScore[];

/** How `tenas study unnas` is used. */
export const taskStudyUsage = usage({
  flags: {
    space: spaceFlag,
    ...imageFlags,
    images: flag('<n>', 'use so many images of the dataset (default: all)', integer(20).optional()),
    cells: flag('<n>', 'architectures to train; 0, beside --search: none', integer(0, 100_000).default(64)),
    search: flag(
      '<strategy>',
      'search by each of --tasks besides, --seeds times, by a strategy that learns by a task, as gdas, with its quick settings',
      text('the name of a strategy').optional(),
    ),
    tasks: flag(
      '<names>',
      `what to train them on, as a,b: ${names}`,
      wordList('names of tasks', ',').default([...tasks]),
    ),
    shuffled: flag(
      '<names>',
      'tasks to train on again with shuffled targets, as controls; none: no control',
      wordList('names of tasks', ',').default(['rotation']),
    ),
    seeds: flag('<n>', 'trainings of each architecture on each task', integer(1, 100).default(2)),
    epochs: flag(
      '<n>',
      'epochs of a training on tasks whose epochs --set does not give (default: those of the task)',
      integer(1, 1000).optional(),
    ),
    set: settingsFlag(
      'how networks are trained on a task, as rotation.images=4000, or a search, as search.epochs=20, see below',
    ),
    score: flag(
      '<name>',
      `what of a training ranks networks: ${scores.join(', ')}; all are kept, so that another one trains nothing`,
      oneOf(scores).default('last-loss'),
    ),
    table: flag(
      '<file>',
      'accuracies of trained networks: a CSV that names architectures; the sample is spread over them',
      text('a CSV file of accuracies').optional(),
    ),
    accuracy: flag('<column>', 'its column (default: the first)', text('the name of a column').optional()),
    seed: seedFlag('seed of the sample, the images, the weights and the intervals'),
    threads: threadsFlag(
      'networks to train at a time (default: all threads); the result does not depend on it',
    ),
    out: flag(
      '<dir>',
      'folder for the document and the trainings; a study goes on where it stopped',
      text('a folder'),
    ),
  },
  examples: [
    'tenas study unnas --dataset cifar10 --data ./cifar-10-batches-bin --cells 64 --out unnas',
    '# beside the accuracies of a benchmark',
    'tenas study unnas --dataset cifar10 --data ./cifar-10-batches-bin --table accuracy.csv --out unnas',
    'tenas report unnas/unnas.json --out unnas.html',
    '# searches by each task alone',
    'tenas study unnas --dataset cifar10 --data ./cifar-10-batches-bin --cells 0 --search gdas --out unnas',
  ],
  notes: `Trains small networks of a sample of architectures on each task, and compares
how the tasks rank them: with the labels, and with a table of accuracies; with
--search, also which architectures searches by each task find. UnNAS
(Liu et al., ECCV 2020, arXiv 2003.12056) does so at full size. Start the same
command again to go on after Ctrl-C, or with more seeds or tasks.`,
  details: async ({ tasks: given, search }, width) => {
    const [{ ownerOfTask }, { taskNames }, { ownerOfSearch }] = await Promise.all([
      import('./task-fields.js'),
      import('./task-names.js'),
      import('./search-owner.js'),
    ]);
    const owners = taskNames('--tasks', namesIn(given) ?? tasks).map(ownerOfTask);
    return settingsHelp([...owners, ...(typeof search === 'string' ? [ownerOfSearch(search)] : [])], width);
  },
});
