import type { ImageSource } from '@tenas/data';
import { type Device, Evaluator, macs, ntk, params, regions } from '@tenas/metrics';
import type { Scores } from '@tenas/records';
import type { Space } from '@tenas/spaces';
import type { CompleteRecord } from './record.js';

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
): Promise<Scores> {
  const { signal, ...options } = run;
  using evaluator = new Evaluator({ ...options, seed: found.seed, metrics: [ntk, regions, params, macs] });
  const [scored] = await evaluator.score([found.architecture], { signal });
  return scored!.scores;
}
