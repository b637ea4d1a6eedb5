import { GraphBuilder } from '@tenas/graph';
import type { GradientTask } from '@tenas/native';
import { describe, expect, it } from 'vitest';
import { requestsOf } from '../src/evaluator/passes.js';

function graph(channels: number) {
  const builder = new GraphBuilder();
  const first = builder.conv2d(builder.input([3, 32, 32]), { name: 'a', outChannels: channels, kernel: 3 });
  return builder.build(builder.linear(builder.globalAvgPool(first), { name: 'b', outFeatures: 10 }));
}

const gradient: GradientTask = {
  kind: 'gradient',
  loss: { kind: 'cross-entropy' },
  statistics: 'batch',
  of: ['parameters'],
  reduce: 'values',
  batches: 64,
};

describe('candidates in requests', () => {
  const about = { graph: graph(100), candidates: Array.from({ length: 1000 }), batchSize: 1, draws: [0, 1] };
  // 2,700 + 1,000 + 10 weights and biases; 4 bytes, 64 batches, 2 draws.
  const fitting = Math.floor(2 ** 28 / (4 * 64 * 2 * (2700 + 1000 + 10)));

  it('are as many as the gradients by their parameters leave room for, each once and in order', () => {
    const requests = requestsOf([gradient], about);
    expect(requests.flatMap(({ rows }) => rows)).toEqual(about.candidates.map((_, row) => row));
    expect(requests[0]!.rows).toHaveLength(fitting);
    expect(new Set(requests.map(({ draws }) => draws.join()))).toEqual(new Set(['0,1']));
    expect(requests).toHaveLength(Math.ceil(1000 / fitting));
  });

  it('are all in one where answers are small, and alone where one answer is too much', () => {
    expect(requestsOf([{ ...gradient, reduce: 'sums' }], about)).toHaveLength(1);
    expect(requestsOf([{ ...gradient, of: ['coefficients'] }], about)).toHaveLength(1);
    const large = requestsOf([{ ...gradient, batches: 8000 }], about);
    expect(large.slice(0, 2)).toEqual([0, 1].map((row) => ({ rows: [row], draws: [0, 1] })));
    expect(large).toHaveLength(1000);
    expect(requestsOf([gradient], { ...about, candidates: [] })).toEqual([]);
  });

  it('are asked in some draws at a time where those of one candidate are too much', () => {
    const draws = [0, 1, 2, 3, 4];
    const of = (batches: number) =>
      requestsOf([{ ...gradient, batches }], { ...about, candidates: [0, 1], draws });
    // One draw takes more than a half, a whole, and a third.
    for (const [batches, parts] of [
      [10_000, [[0], [1], [2], [3], [4]]],
      [100_000, [[0], [1], [2], [3], [4]]],
      [8000, [[0, 1], [2, 3], [4]]],
    ] as const) {
      expect(of(batches)).toEqual(
        [0, 1].flatMap((row) => parts.map((part) => ({ rows: [row], draws: part }))),
      );
    }
  });

  it('count pixels and kernels too', () => {
    const batchSize = 2048;
    const input: GradientTask = { ...gradient, of: ['input'], reduce: 'sums', batches: 1 };
    expect(requestsOf([input], { ...about, batchSize })[0]!.rows).toHaveLength(
      Math.floor(2 ** 28 / (2 * 4 * batchSize * 3 * 1024)),
    );
    expect(requestsOf([{ kind: 'ntk', mode: 'sample' }], { ...about, batchSize })[0]!.rows).toHaveLength(
      Math.floor(2 ** 28 / (2 * 8 * batchSize ** 2)),
    );
  });
});
