import { isPlugInPath } from '@tenas/base';
import { z } from 'zod';
import { integer, text } from '../../flag-values.js';
import { flag, repeatedFlag, toggle } from '../../flags.js';
import { usage } from '../../invocation.js';
import { threadsFlag } from '../../shared-flags.js';
import { logLevelFlag } from '../batch/options.js';

const datasetFolder = z.string().transform((pair, context): [name: string, folder: string] => {
  const equals = pair.indexOf('=');
  if (equals >= 1 && equals < pair.length - 1) return [pair.slice(0, equals), pair.slice(equals + 1)];
  context.addIssue({ code: 'custom', message: 'NAME=FOLDER, as cifar10=./cifar-10-batches-bin' });
  return z.NEVER;
});

/** A flag for files: a worker loads no others, whatever a job says. */
function plugInFlag(kind: string, ending = 'mjs') {
  const wanted = `a file of a ${kind}, as ./${kind}.${ending}`;
  const path = z.string().refine(isPlugInPath, { error: () => wanted });
  return repeatedFlag('<file>', `a ${kind} of your own that jobs may need; give it again for others`, path);
}

/** How `tenas worker` is used. */
export const workerUsage = usage({
  flags: {
    queue: flag(
      '<url>',
      'redis://[user:password@]host[:port][/number], rediss:// for TLS (default: $TENAS_QUEUE)',
      text('redis://host').optional(),
    ),
    concurrency: threadsFlag('threads to keep busy (default: all of the machine)'),
    data: repeatedFlag(
      '<name=dir>',
      'folder of a dataset, e.g. cifar10=./cifar-10-batches-bin; give it again for others',
      datasetFolder,
    ),
    space: plugInFlag('space', 'yaml'),
    metric: plugInFlag('metric'),
    strategy: plugInFlag('strategy'),
    drain: toggle('end, with exit code 0, when the queue has been empty for --idle seconds'),
    idle: flag(
      '<seconds>',
      'with --drain: how long to wait for work (default: 10)',
      integer(1, 86_400).optional(),
      { settingHolds: ({ drain }) => drain === true },
    ),
    maxJobs: flag('<n>', 'end after so many jobs', integer(1, 1_000_000_000).optional()),
    stallTimeout: flag(
      '<seconds>',
      'time until the jobs of a lost worker go to others',
      integer(1, 3600).default(30),
    ),
    logFile: flag('<file>', 'log, one JSON document per line', text('a file').optional()),
    logLevel: logLevelFlag,
  },
  examples: [
    'tenas worker --queue redis://host:6379',
    'tenas worker --queue rediss://user:password@host:6380/2 --concurrency 8 --data cifar10=./cifar-10-batches-bin',
    'tenas worker --queue redis://host:6379 --drain --idle 60',
    'tenas worker --queue redis://host:6379 --space ./chain.mjs --metric ./gram-mean.mjs',
    '# the password does not show in the list of processes',
    'TENAS_QUEUE=redis://:password@host tenas worker',
  ],
});
