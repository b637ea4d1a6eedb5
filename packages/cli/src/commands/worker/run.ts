import { availableParallelism, devNull } from 'node:os';
import { durationText, plural, TenasError } from '@tenas/base';
import { openLog, runWorker } from '@tenas/runner';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import type { Invocation } from '../../invocation.js';
import { printResult, Stopped } from '../../io.js';
import { PlugIns } from '../../plug-ins.js';
import { queueSecret, queueUrl } from '../../queue-url.js';
import type { workerUsage } from './options.js';

/** Seconds that `--drain` waits for work. */
const DEFAULT_IDLE = 10;

/** `tenas worker`: works for the coordinators of a queue. */
export async function worker({ given, json, io }: Invocation<typeof workerUsage>): Promise<ExitCode> {
  const queue = queueUrl(given.queue, io);
  if (queue === undefined) {
    throw new TenasError('OPTION_INVALID', '--queue is required; give redis://host, or set TENAS_QUEUE', {
      field: '--queue',
    });
  }
  if (given.idle !== undefined && !given.drain) {
    throw new TenasError(
      'OPTION_INVALID',
      `--idle: ${given.idle} is how long --drain waits for work; add --drain, or leave --idle out`,
      { field: '--idle', value: given.idle },
    );
  }
  const data = foldersByName(given.data);
  const threads = given.concurrency ?? availableParallelism();
  const plugIns = new PlugIns();
  await plugIns.metrics(given.metric);
  for (const file of given.space) await plugIns.space(file);
  for (const file of given.strategy) await plugIns.strategy(file);
  using log = openLog(given.logFile ?? devNull, given.logLevel, { pid: process.pid });
  const summary = await runWorker({
    queue,
    secret: queueSecret(io),
    threads,
    data,
    plugins: plugIns.recorded(),
    stallSeconds: given.stallTimeout,
    limits: { idleSeconds: given.drain ? (given.idle ?? DEFAULT_IDLE) : undefined, maxJobs: given.maxJobs },
    signal: io.signal,
    logger: log.logger,
    onNote: (message) => {
      log.logger.info(message);
      io.err(`worker: ${message}\n`);
    },
  });
  printResult(
    io,
    json,
    summary,
    () =>
      `${plural(summary.done, 'job')} done, ${plural(summary.failed, 'run')} failed in ${durationText(summary.seconds)}`,
  );
  return io.signal.reason instanceof Stopped ? io.signal.reason.exitCode : exitCodes.ok;
}

/** The folder of each dataset. @throws TenasError `OPTION_INVALID` for a name that is given twice */
function foldersByName(given: readonly (readonly [name: string, folder: string])[]): Map<string, string> {
  const folders = new Map<string, string>();
  for (const [name, folder] of given) {
    const other = folders.get(name);
    if (other !== undefined && other !== folder) {
      const problem = `--data: ${name} has two folders, ${other} and ${folder}; give one`;
      throw new TenasError('OPTION_INVALID', problem, { field: '--data', value: `${name}=${folder}` });
    }
    folders.set(name, folder);
  }
  return folders;
}
