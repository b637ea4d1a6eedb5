import { TenasError } from '@tenas/base';
import { estimateBatch, parseShard, runBatch } from '@tenas/runner';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import { namingInput } from '../../input-text.js';
import type { Invocation } from '../../invocation.js';
import { printResult, Stopped } from '../../io.js';
import { PlugIns } from '../../plug-ins.js';
import { queueSecret, queueUrl } from '../../queue-url.js';
import type { runUsage } from './options.js';
import { batchProgress, estimateText, summaryText } from './progress.js';

/** `tenas batch run`: runs a spec, or goes on with it. */
export async function batchRun({ given, json, io }: Invocation<typeof runUsage>): Promise<ExitCode> {
  const queue =
    given.queue === undefined ? undefined : queueUrl(given.queue === true ? undefined : given.queue, io);
  if (given.queue !== undefined && queue === undefined) {
    throw new TenasError('OPTION_INVALID', '--queue: TENAS_QUEUE is not set; set it, or give a URL', {
      field: '--queue',
    });
  }
  const plugIns = new PlugIns();
  const shard = given.shard === undefined ? undefined : parseShard(given.shard);
  if (given.dryRun) {
    const estimate = await namingInput('spec', given.spec, () =>
      estimateBatch({
        plugIns,
        shard,
        spec: given.spec,
        out: given.out,
        signal: io.signal,
        ...(given.threads === undefined ? {} : { threads: given.threads }),
      }),
    );
    printResult(io, json, estimate, () => estimateText(estimate));
    return exitCodes.ok;
  }
  const progress = batchProgress(io);
  try {
    const summary = await namingInput('spec', given.spec, () =>
      runBatch({
        plugIns,
        shard,
        spec: given.spec,
        out: given.out,
        ...(queue === undefined ? {} : { queue, secret: queueSecret(io) }),
        ...(given.threads === undefined ? {} : { threads: given.threads }),
        signal: io.signal,
        logLevel: given.logLevel,
        onEvent: progress.show,
      }),
    );
    progress.stop();
    printResult(io, json, summary, () => summaryText(summary));
    if (io.signal.reason instanceof Stopped) return io.signal.reason.exitCode;
    return summary.jobs.failed === 0 ? exitCodes.ok : exitCodes.checkFailed;
  } finally {
    progress.stop();
  }
}
