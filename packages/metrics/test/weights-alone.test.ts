import { syntheticImages } from '@tenas/data';
import { GraphBuilder, sizeOf } from '@tenas/graph';
import { Program } from '@tenas/native';
import { givenNetwork } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { Evaluator } from '../src/index.js';

/** A convolution with a bias, a batch norm and a linear layer. */
function graph() {
  const builder = new GraphBuilder();
  const input = builder.input([3, 8, 8]);
  const first = builder.conv2d(input, { name: 'a', outChannels: 5, kernel: 3, bias: true });
  const pooled = builder.globalAvgPool(builder.relu(builder.batchNorm(first, { name: 'bn' })));
  return builder.build(builder.linear(pooled, { name: 'b', outFeatures: 3 }));
}

describe('a metric of the weights alone', () => {
  it('has its value of the drawn weights, and its seconds, without a pass', async () => {
    const space = givenNetwork({ space: 'one', text: 'it', graph: graph() });
    const source = syntheticImages({ size: 8, images: 100 });
    const progress: number[] = [];
    using evaluator = new Evaluator({ space, source, metrics: ['l2-norm'], seed: 4, repeats: 2 });
    const [score] = await evaluator.score(['it'], { onProgress: (done) => progress.push(done) });
    using program = Program.compile(graph());
    const norms = [0, 1].map((repeat) => {
      const weights = program.seededWeights({ seed: 4, repeat, init: 'pytorch' });
      let start = 0;
      return graph().params.reduce((sum, { kind, shape }) => {
        const own = weights.subarray(start, start + sizeOf(shape));
        start += own.length;
        return kind === 'convWeight' || kind === 'linearWeight' ? sum + Math.hypot(...own) : sum;
      }, 0);
    });
    const found = score!.scores['l2-norm']!;
    expect(found.repeats).toHaveLength(2);
    found.repeats.forEach((value, repeat) => {
      expect(value).toBeCloseTo(norms[repeat]!, 10);
    });
    expect(found.seconds).toBeGreaterThanOrEqual(0);
    expect(progress.at(-1)).toBe(2);
  });
});
