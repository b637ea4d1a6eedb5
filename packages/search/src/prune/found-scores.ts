import type { ImageSource } from '@tenas/data';
import { type Device, scoreArchitecture } from '@tenas/metrics';
import type { Space } from '@tenas/spaces';
import type { CompleteRecord } from './record.js';

/** What the metrics say of a found architecture. */
export interface FoundScores {
  /** Absent if there is none. */
  readonly conditionNumber?: number;
  readonly regions: number;
  readonly params: number;
  readonly flops: number;
}

/** Scores what a search found, with the metrics' defaults, on the same images and the same seed. */
export async function scoreFound(
  found: CompleteRecord,
  run: {
    readonly space: Space;
    readonly source: ImageSource;
    readonly threads?: number | undefined;
    readonly device?: Device | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<FoundScores> {
  const { ntk, regions, params, flops } = await scoreArchitecture({
    space: run.space,
    source: run.source,
    arch: found.genotype,
    seed: found.seed,
    ...(run.signal === undefined ? {} : { signal: run.signal }),
    ...(run.threads === undefined ? {} : { threads: run.threads }),
    ...(run.device === undefined ? {} : { device: run.device }),
  });
  return {
    ...(ntk.conditionNumber === null ? {} : { conditionNumber: ntk.conditionNumber }),
    regions,
    params,
    flops,
  };
}
