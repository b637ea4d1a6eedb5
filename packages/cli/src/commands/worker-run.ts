import { availableParallelism, devNull } from 'node:os';
import { TenasError } from '@tenas/base';
import { LOG_LEVELS, openLog, runWorker } from '@tenas/runner';
import { z } from 'zod';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { printResult, Stopped } from '../io.js';
import { integer, oneOf, parseOptions, text, threadsOption } from '../options.js';
import type { Invocation } from '../program.js';
import { queueUrl } from '../queue-url.js';
import { duration } from '../search-progress.js';

const schema = z.object({
  concurrency: threadsOption,
  data: z.array(z.string()),
  stallTimeout: integer(1, 3600),
  logFile: text('a file').optional(),
  logLevel: oneOf(LOG_LEVELS),
});

/** `tenas worker`: works for the coordinators of a queue. */
export async function worker({ options, json, io }: Invocation): Promise<ExitCode> {
  const queue = queueUrl(options.queue, io);
  if (queue === undefined) {
    throw new TenasError('OPTION_INVALID', '--queue: is missing; give redis://host, or set TENAS_QUEUE', {
      field: '--queue',
    });
  }
  const given = parseOptions(schema, options);
  const threads = given.concurrency ?? availableParallelism();
  using log = openLog(given.logFile ?? devNull, given.logLevel, { pid: process.pid });
  const summary = await runWorker({
    queue,
    threads,
    data: new Map(given.data.map(dataFolder)),
    stallSeconds: given.stallTimeout,
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
    () => `${summary.done} jobs done, ${summary.failed} runs failed in ${duration(summary.seconds)}`,
  );
  return io.signal.reason instanceof Stopped ? io.signal.reason.exitCode : exitCodes.ok;
}

function dataFolder(pair: string): [string, string] {
  const equals = pair.indexOf('=');
  if (equals < 1 || equals === pair.length - 1) {
    throw new TenasError(
      'OPTION_INVALID',
      `--data: got ${JSON.stringify(pair)}; give NAME=FOLDER, as cifar10=./cifar-10-batches-bin`,
      {
        field: '--data',
        value: pair,
      },
    );
  }
  return [pair.slice(0, equals), pair.slice(equals + 1)];
}
