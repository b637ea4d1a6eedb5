import type { ImageSource } from '@tenas/data';
import { type Device, Evaluator, type Metric, macs, ntk, params, regions } from '@tenas/metrics';
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
  const { signal, ...options } = run;
  using evaluator = new Evaluator({ ...options, seed: found.seed, metrics: [ntk, regions, params, macs] });
  const [scored] = await evaluator.score([found.genotype], { signal });
  const value = ({ name }: Metric) => scored!.scores[name]!.value;
  const conditionNumber = value(ntk);
  return {
    ...(conditionNumber === null ? {} : { conditionNumber }),
    regions: value(regions)!,
    params: value(params)!,
    flops: value(macs)!,
  };
}
