import { ensureWritableTarget, writeOutputFile } from '@tenas/base';
import { compareBatches } from '@tenas/evaluation';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import type { Invocation } from '../../invocation.js';
import { printResult } from '../../io.js';
import { comparedBatch } from './compared-batch.js';
import { comparisonText } from './comparison-text.js';
import type { compareUsage } from './options.js';

/** `tenas batch compare`: two batches side by side. */
export async function batchCompare({ given, json, io }: Invocation<typeof compareUsage>): Promise<ExitCode> {
  const { a, b, out, force, resamples, confidence } = given;
  if (out !== undefined) await ensureWritableTarget(out, { force });
  const filter = given.kind === undefined ? {} : { kind: given.kind };
  const options = { resamples, confidence, signal: io.signal };
  const comparison = await compareBatches(comparedBatch(a, filter), comparedBatch(b, filter), options);
  if (out !== undefined) {
    const { comparisonPage } = await import('./comparison-page.js');
    await writeOutputFile(out, comparisonPage(comparison), { force, signal: io.signal });
  }
  printResult(io, json, comparison, () =>
    [comparisonText(comparison), ...(out === undefined ? [] : [`page  ${out}`])].join('\n'),
  );
  return exitCodes.ok;
}
