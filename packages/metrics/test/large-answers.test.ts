import { syntheticImages } from '@tenas/data';
import { GraphBuilder } from '@tenas/graph';
import { Program } from '@tenas/native';
import { givenNetwork } from '@tenas/spaces';
import { describe, expect, it, vi } from 'vitest';
import { Evaluator } from '../src/index.js';

/** A network of a million parameters and hardly any work. */
function wide() {
  const builder = new GraphBuilder();
  const pooled = builder.globalAvgPool(builder.input([3, 8, 8]));
  const hidden = builder.relu(builder.linear(pooled, { name: 'hidden', outFeatures: 1000 }));
  const last = builder.relu(builder.linear(hidden, { name: 'last', outFeatures: 1000 }));
  return givenNetwork({
    ...{ space: 'one', text: 'wide' },
    graph: builder.build(builder.linear(last, { name: 'classifier', outFeatures: 10 })),
  });
}

describe('an architecture whose answers are large', () => {
  it('has the values of every draw, asked for some at a time', async () => {
    const source = syntheticImages({ size: 8, images: 100 });
    // 4 bytes for each parameter and batch: more than a third of what one request may give.
    const settings = { variant: 'l-swag', batches: 23, batchSize: 2 };
    const metrics = [{ metric: 'zico', settings }, 'snip'];
    using evaluator = new Evaluator({ space: wide(), source, metrics, repeats: 3, device: 'cpu' });
    const evaluate = vi.spyOn(Program.prototype, 'evaluate');
    const seen: number[] = [];
    const [score] = await evaluator.score(['wide'], { onProgress: (done) => seen.push(done) });
    expect(evaluate.mock.calls.map(([{ repeats }]) => repeats.length)).toEqual([2, 1, 3]);
    evaluate.mockRestore();
    expect(seen.at(-1)).toBe(6);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    const last = { seed: 0, batch: 2, weights: 2 };
    const [alone] = await evaluator.score(['wide'], { draws: [last] });
    for (const name of ['zico', 'snip']) {
      expect(score!.scores[name]!.repeats[2]).toBe(alone!.scores[name]!.value);
    }
    expect(new Set(score!.scores.zico!.repeats).size).toBe(3);
  });
});
