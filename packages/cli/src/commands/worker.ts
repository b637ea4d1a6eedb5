import type { Command } from 'commander';
import type { Add } from '../program.js';

/** Registers `tenas worker`; what it does is loaded when it is used. */
export function addWorker(program: Command, add: Add): void {
  add(
    program,
    'worker',
    'Work for `tenas batch run --queue`, on any machine, until it is stopped.',
    `  $ tenas worker --queue redis://host:6379
  $ tenas worker --queue rediss://user:password@host:6380/2 --concurrency 8 --data cifar10=./cifar-10-batches-bin
  $ TENAS_QUEUE=redis://:password@host tenas worker        the password does not show in the list of processes`,
    async () => (await import('./worker-run.js')).worker,
  )
    .option(
      '--queue <url>',
      'redis://[user:password@]host[:port][/number], rediss:// for TLS (default: $TENAS_QUEUE)',
    )
    .option('--concurrency <n>', 'threads to keep busy (default: all of the machine)')
    .option(
      '--data <name=dir>',
      'folder of a dataset, e.g. cifar10=./cifar-10-batches-bin; give it again for others',
      (value: string, before: readonly string[]) => [...before, value],
      [] as readonly string[],
    )
    .option('--stall-timeout <seconds>', 'after which the jobs of a vanished worker are taken over', '30')
    .option('--log-file <file>', 'log, a JSON document a line')
    .option('--log-level <level>', 'silent, error, warn, info or debug', 'info');
}
