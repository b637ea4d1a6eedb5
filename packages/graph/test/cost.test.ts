import { readFileSync } from 'node:fs';
import {
  type Graph,
  GraphBuilder,
  graphCost,
  liveNodes,
  nodeInputs,
  nodeParams,
  sizeOf,
  unobservedMixes,
} from '@tenas/graph';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tenasErrorOf } from '../../../test/support/expect-tenas-error.js';
import { randomGraph } from '../../../test/support/random-graph.js';
import { uniformNasBench201 } from './support/nas-bench-201-net.js';
import { sharedPath } from './support/shared-data.js';

/** Two branches with a slot each into a mix; a third branch that nothing reads. */
function branches() {
  const builder = new GraphBuilder();
  const input = builder.input([2, 4, 4]);
  const conv = (name: string, kernel: number) =>
    builder.conv2d(input, { name, outChannels: 3, kernel, padding: (kernel - 1) / 2 });
  const [a, b] = [conv('a', 3), builder.batchNorm(conv('b', 1), { name: 'bn' })];
  const unread = conv('unread', 5);
  const mix = builder.mix([
    { input: a, slot: builder.slot('a') },
    { input: b, slot: builder.slot('b') },
  ]);
  const out = builder.linear(builder.globalAvgPool(mix), { name: 'fc', outFeatures: 2 });
  return { graph: builder.build(out), a, b, unread, mix };
}

/** The execution rule word for word: what runs is the smallest set that the rule closes. */
function liveByDefinition(graph: Graph, coefficients: ArrayLike<number>): boolean[] {
  const live = new Set([...graph.observed, graph.output]);
  for (let before = -1; before !== live.size; ) {
    before = live.size;
    for (const id of [...live]) {
      const node = graph.nodes[id]!;
      for (const [k, input] of nodeInputs(node).entries()) {
        const slot = node.op === 'mix' ? node.slots[k]! : -1;
        if (slot < 0 || coefficients[slot] !== 0) live.add(input);
      }
    }
  }
  return graph.nodes.map((node) => live.has(node.id));
}

describe('liveNodes', () => {
  it('runs the branches whose coefficient is not 0, and nothing that is not read', () => {
    const { graph, a, b, unread, mix } = branches();
    const running = (coefficients?: number[]) => {
      const live = liveNodes(graph, coefficients);
      return [a, b, unread, mix].map((id) => live[id]);
    };
    expect(running([0.5, 0.5])).toEqual([true, true, false, true]);
    expect(running([0, 1])).toEqual([false, true, false, true]);
    expect(running([-1, 0])).toEqual([true, false, false, true]);
    expect(running([0, -0])).toEqual([false, false, false, true]);
    expect(running()).toEqual([true, true, false, true]);
  });

  it.each([true, false])(
    'runs a mix that nothing reads, with what it needs, if it is observed: %s',
    (observed) => {
      const builder = new GraphBuilder();
      const input = builder.input([1, 2, 2]);
      const relu = builder.relu(input);
      const mix = builder.mix([{ input: relu }], { observed });
      const graph = builder.build(builder.globalAvgPool(input));
      expect(graph.observed).toEqual(observed ? [mix] : []);
      const live = liveNodes(graph);
      expect([live[relu], live[mix]]).toEqual([observed, observed]);
      const needed = liveNodes(graph, undefined, [graph.output]);
      expect([needed[input], needed[relu], needed[mix]]).toEqual([true, false, false]);
      expect(unobservedMixes(graph).map(({ id }) => id)).toEqual(observed ? [] : [mix]);
    },
  );

  it('observes the sums of a supernet, and finds those that are forgotten', () => {
    const builder = new GraphBuilder();
    const input = builder.input([1, 2, 2]);
    const plain = builder.mix([{ input }]);
    const switched = builder.mix([{ input: plain, slot: builder.slot('a') }]);
    const forgotten = builder.mix([{ input: switched, slot: builder.slot('b') }], { observed: false });
    const needed = builder.mix([{ input }]);
    const last = builder.mix([{ input: needed }, { input: forgotten, slot: builder.slot('c') }]);
    const graph = builder.build(builder.globalAvgPool(last));
    expect(graph.observed).toEqual([switched, last]);
    expect(unobservedMixes(graph).map(({ id }) => id)).toEqual([plain, forgotten]);
  });

  it('follows the definition on random graphs', () => {
    fc.assert(
      fc.property(randomGraph({ classifier: 'sometimes' }), ({ graph, coefficients }) => {
        expect(liveNodes(graph, coefficients)).toEqual(liveByDefinition(graph, coefficients));
      }),
      { numRuns: 300 },
    );
  });

  it.each([[[1]], [[1, 2, 3]], [[1, Number.NaN]], [[Number.POSITIVE_INFINITY, 0]]])(
    'refuses the coefficients %j for two slots',
    (coefficients) => {
      expect(tenasErrorOf(() => liveNodes(branches().graph, coefficients)).code).toBe('COEFFICIENTS_INVALID');
    },
  );
});

describe('graphCost', () => {
  it('counts trainable parameters and multiply-adds of what runs', () => {
    const { graph } = branches();
    const head = { params: 3 * 2 + 2, macs: 3 * 2 };
    const a = { params: 3 * 2 * 9, macs: 3 * 2 * 9 * 16 };
    const b = { params: 3 * 2 + 3 + 3, macs: 3 * 2 * 16 };
    const cost = (coefficients: number[]) => {
      const { params, macs } = graphCost(graph, coefficients);
      return { params, macs };
    };
    expect(cost([1, 0])).toEqual({ params: head.params + a.params, macs: head.macs + a.macs });
    expect(cost([0, 1])).toEqual({ params: head.params + b.params, macs: head.macs + b.macs });
    expect(cost([0, 0])).toEqual(head);
    expect(graphCost(graph)).toEqual({
      params: head.params + a.params + b.params,
      macs: head.macs + a.macs + b.macs,
      flops: head.macs + a.macs + b.macs,
    });
  });

  it('counts groups, stride and dilation', () => {
    const builder = new GraphBuilder();
    const input = builder.input([4, 9, 7]);
    const conv = builder.conv2d(input, {
      name: 'c',
      outChannels: 8,
      kernel: 3,
      stride: 2,
      padding: 2,
      dilation: 2,
      groups: 4,
    });
    const graph = builder.build(conv);
    expect(graph.nodes[conv]!.shape).toEqual([8, 5, 4]);
    expect(graphCost(graph)).toMatchObject({ params: 8 * 9, macs: 8 * 9 * 5 * 4 });
  });

  it('is bounded by the whole graph and grows with the branches', () => {
    fc.assert(
      fc.property(randomGraph(), ({ graph, coefficients }) => {
        const [some, all] = [graphCost(graph, coefficients), graphCost(graph)];
        const trainable = graph.params.filter((param) => !param.kind.startsWith('bnRunning'));
        expect(some.params).toBeLessThanOrEqual(all.params);
        expect(some.macs).toBeLessThanOrEqual(all.macs);
        expect(all.params).toBeLessThanOrEqual(
          trainable.reduce((sum, param) => sum + sizeOf(param.shape), 0),
        );
        expect(new Set(graph.nodes.flatMap(nodeParams)).size).toBe(graph.params.length);
      }),
    );
  });

  // Multiply-adds worked out by hand: stem 3 * 16 * 9 * 32^2; a stage's cell has 16^2 * 9 * 32^2 (or 1 for 9) on each of 6 edges, 15 cells
  // in all (twice the channels go with a quarter of the pixels); a reduction has (16 * 32 * 9 + 32^2 * 9 + 16 * 32) * 16^2.
  const fixed = 3 * 16 * 9 * 1024 + 2 * (16 * 32 * 9 + 32 * 32 * 9 + 16 * 32) * 256 + 64 * 10;
  it.each([
    ['nor_conv_3x3', fixed + 15 * 6 * 16 * 16 * 9 * 1024, 1.531546],
    ['nor_conv_1x1', fixed + 15 * 6 * 16 * 16 * 1024, 0.241306],
    ['skip_connect', fixed, 0.073306],
  ] as const)('counts the NAS-Bench-201 network of %s as the benchmark does', (op, macs, millions) => {
    const cost = graphCost(uniformNasBench201(op));
    expect(cost.macs).toBe(macs);
    expect(cost.params / 1e6).toBe(millions);
  });

  const table = sharedPath('data', 'nas-bench-201', 'accuracy.csv');
  it('finds the published parameter counts of these networks in the benchmark table', (context) => {
    if ('reason' in table) return context.skip(table.reason);
    const rows = new Map(
      readFileSync(table.path, 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(','))
        .map((cells) => [cells[1], Number(cells[5])]),
    );
    for (const op of ['nor_conv_3x3', 'nor_conv_1x1', 'skip_connect'] as const) {
      const node = (edges: number) =>
        `|${Array.from({ length: edges }, (_, from) => `${op}~${from}`).join('|')}|`;
      const published = rows.get([1, 2, 3].map(node).join('+'));
      expect(graphCost(uniformNasBench201(op)).params / 1e6).toBe(published);
    }
  });
});
