import { syntheticImages } from '@tenas/data';
import { getSpace } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { Evaluator, type MetricChoice } from '../src/index.js';

const space = getSpace('nas-bench-201');
const source = syntheticImages({ size: 8, images: 500 });

async function scored(metrics: readonly MetricChoice[]) {
  using evaluator = new Evaluator({ space, source, metrics, repeats: 2, device: 'cpu' });
  const progress: number[] = [];
  const all = await evaluator.score(
    [space.example, '|none~0|+|skip_connect~0|none~1|+|none~0|none~1|nor_conv_3x3~2|'],
    {
      onProgress: (done) => progress.push(done),
    },
  );
  return { progress, scores: all.map((one) => one.scores) };
}

describe('more tasks than the engine takes at once', () => {
  // One task for each of 64 images, and one of the other metric in the same pass.
  const many: MetricChoice = { metric: 'tegnas-mse', settings: { batchSize: 64 } };

  it('have the same answers as in requests of their own', async () => {
    const { scores, progress } = await scored([many, 'zico']);
    const alone = await scored([many]);
    const other = await scored(['zico']);
    for (const [place, one] of scores.entries()) {
      expect(one['tegnas-mse']!.repeats).toEqual(alone.scores[place]!['tegnas-mse']!.repeats);
      expect(one.zico!.repeats).toEqual(other.scores[place]!.zico!.repeats);
    }
    expect(progress.at(-1)).toBe(4);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  });
});
