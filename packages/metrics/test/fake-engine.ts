import type { ImageSource } from '@tenas/data';
import type { EvaluateOptions, EvaluateResult } from '@tenas/native';
import type { Evaluable } from '../src/index.js';

/** Answers with spectra and counts that tell which candidate and repeat they belong to, and keeps what it was asked. */
export class FakeEngine implements Evaluable {
  readonly asked: EvaluateOptions[] = [];
  /** Answers another question than the one asked. */
  readonly confused: boolean;

  constructor(options: { confused?: boolean } = {}) {
    this.confused = options.confused ?? false;
  }

  async evaluate(options: EvaluateOptions): Promise<EvaluateResult> {
    this.asked.push(options);
    options.signal?.throwIfAborted();
    const total = options.candidates.length * options.repeats.length;
    options.onProgress?.(total, total);
    const regions = (options.task.kind === 'regions') !== this.confused;
    return regions
      ? {
          kind: 'regions',
          seconds: 0.25,
          evaluations: Array.from({ length: total }, (_, index) => ({ regions: index + 1, neurons: 7 })),
        }
      : {
          kind: 'ntk',
          seconds: 0.5,
          evaluations: Array.from({ length: total }, (_, index) => ({
            kernel: new Float64Array(4),
            eigenvalues: Float64Array.of(1, index + 1),
            logits: new Float32Array(0),
          })),
        };
  }
}

/** Images that are a function of their index; `slow` never answers. */
export function fakeSource(options: { slow?: boolean; height?: number; width?: number } = {}): ImageSource {
  const { height = 32, width = 32 } = options;
  return {
    name: 'synthetic',
    classes: 10,
    size: 500,
    height,
    width,
    mean: [120, 120, 120],
    std: [60, 60, 60],
    fingerprint: 'fake',
    origin: 'made up',
    read: async (indices) => {
      if (options.slow) await new Promise(() => undefined);
      return indices.map((index) =>
        Uint8Array.from({ length: 3 * height * width }, (_, i) => (i * 37 + index * 101) % 251),
      );
    },
  };
}
