import { scoreArchitecture } from '@tenas/metrics';
import { findArchitecture } from '@tenas/spaces';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import { openImageSource } from '../../image-source.js';
import type { Invocation } from '../../invocation.js';
import { printResult } from '../../io.js';
import type { scoreUsage } from './options.js';

/** `tenas score`: what the metrics say of one architecture. */
export async function score({ given, json, io }: Invocation<typeof scoreUsage>): Promise<ExitCode> {
  const { space, architecture } = findArchitecture(given.arch, given.space);
  const source = await openImageSource(given);
  try {
    const scored = await scoreArchitecture({
      space,
      source,
      arch: architecture,
      seed: given.seed,
      repeats: given.repeats,
      ntk: { mode: given.ntkMode, batchSize: given.ntkBatch },
      signal: io.signal,
      ...(given.threads === undefined ? {} : { threads: given.threads }),
      ...(given.device === undefined ? {} : { device: given.device }),
    });
    const document = { ...scored, dataset: { name: source.name, fingerprint: source.fingerprint } };
    printResult(io, json, document, () => {
      const { ntk, regions, params, flops, seconds } = scored;
      const condition = ntk.conditionNumber === null ? 'none' : ntk.conditionNumber.toPrecision(5);
      const each = ntk.conditionNumbers.map((value, index) => value?.toPrecision(4) ?? ntk.outcomes[index]);
      return [
        `architecture      ${scored.architecture}`,
        `condition number  ${condition} (${ntk.aggregation} of ${each.join(', ')}; ${ntk.mode} mode, ${given.ntkBatch} images of ${source.name})`,
        `linear regions    ${regions.toFixed(1)} (mean of ${scored.regionCounts.join(', ')})`,
        `final network     ${(params / 1e6).toFixed(3)} M parameters, ${(flops / 1e6).toFixed(2)} M multiply-adds`,
        `time              ${seconds.total.toFixed(2)} s (NTK ${seconds.ntk.toFixed(2)}, regions ${seconds.regions.toFixed(2)})`,
      ].join('\n');
    });
    return exitCodes.ok;
  } finally {
    await source.close?.();
  }
}
