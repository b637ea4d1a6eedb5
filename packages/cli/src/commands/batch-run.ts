import { TenasError } from '@tenas/base';
import { estimateBatch, LOG_LEVELS, runBatch } from '@tenas/runner';
import { z } from 'zod';
import { batchProgress, estimateText, summaryText } from '../batch-progress.js';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { printResult, Stopped } from '../io.js';
import { oneOf, parseOptions, text, threadsOption } from '../options.js';
import type { Invocation } from '../program.js';
import { queueUrl } from '../queue-url.js';

const schema = z.object({
  out: text('a folder'),
  threads: threadsOption,
  dryRun: z.boolean().default(false),
  quiet: z.boolean().default(false),
  logLevel: oneOf(LOG_LEVELS),
});

/** `tenas batch run`: runs a spec, or goes on with it. */
export async function batchRun({ options, args, json, io }: Invocation): Promise<ExitCode> {
  const given = parseOptions(schema, options);
  const queue =
    options.queue === undefined
      ? undefined
      : queueUrl(options.queue === true ? undefined : options.queue, io);
  if (options.queue !== undefined && queue === undefined) {
    throw new TenasError('OPTION_INVALID', '--queue: TENAS_QUEUE is not set; set it, or give a URL', {
      field: '--queue',
    });
  }
  if (given.dryRun) {
    const estimate = await estimateBatch({
      spec: args[0]!,
      out: given.out,
      signal: io.signal,
      ...(given.threads === undefined ? {} : { threads: given.threads }),
    });
    printResult(io, json, estimate, () => estimateText(estimate));
    return exitCodes.ok;
  }
  const progress = batchProgress(io, given.quiet);
  try {
    const summary = await runBatch({
      spec: args[0]!,
      out: given.out,
      ...(queue === undefined ? {} : { queue }),
      ...(given.threads === undefined ? {} : { threads: given.threads }),
      signal: io.signal,
      logLevel: given.logLevel,
      onEvent: progress.show,
    });
    progress.stop();
    printResult(io, json, summary, () => summaryText(summary));
    if (io.signal.reason instanceof Stopped) return io.signal.reason.exitCode;
    return summary.jobs.failed === 0 ? exitCodes.ok : exitCodes.checkFailed;
  } finally {
    progress.stop();
  }
}
