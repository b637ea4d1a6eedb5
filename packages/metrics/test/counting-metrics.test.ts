import { syntheticImages } from '@tenas/data';
import { GraphBuilder, graphCost } from '@tenas/graph';
import { getSpace, type Space } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { type CountingMetric, Evaluator, type MetricChoice } from '../src/index.js';
import { depth } from '../src/list/depth.js';
import { skipLength } from '../src/list/skip-length.js';
import { vkdnwDim } from '../src/list/vkdnw-dim.js';

const source = syntheticImages({ size: 8, images: 50 });

async function scored(space: Space, architecture: string, metrics: readonly MetricChoice[]) {
  using evaluator = new Evaluator({ space, source, metrics, device: 'cpu' });
  const [found] = await evaluator.score([architecture]);
  return Object.values(found!.scores);
}

const cell = (...ops: string[]) => {
  const [a, b, c, d, e, f] = ops;
  return `|${a}~0|+|${b}~0|${c}~1|+|${d}~0|${e}~1|${f}~2|`;
};
const [none, skip, conv, pool] = ['none', 'skip_connect', 'nor_conv_3x3', 'avg_pool_3x3'];

describe('skip-length', () => {
  // As FreeREA counts: from a node to the next one 0, from the input to the output 2, no skip connection 0.
  it.each([
    [cell(conv!, conv!, conv!, skip!, conv!, conv!), 2],
    [cell(conv!, skip!, conv!, conv!, conv!, conv!), 1],
    [cell(conv!, conv!, conv!, conv!, skip!, conv!), 1],
    [cell(skip!, conv!, skip!, skip!, conv!, skip!), 0.5],
    [cell(conv!, conv!, conv!, conv!, conv!, pool!), 0],
    [cell(skip!, none!, none!, none!, none!, none!), 0],
  ])('of %s is %d', async (architecture, wanted) => {
    expect((await scored(getSpace('nas-bench-201'), architecture, ['skip-length']))[0]!.value).toBe(wanted);
  });

  it('counts on the cells that DARTS draws, and says where there are none', async () => {
    const darts = getSpace('darts');
    expect((await scored(darts, darts.example, ['skip-length']))[0]!.value).toEqual(expect.any(Number));
    const sizes = getSpace('nats-size');
    expect((await scored(sizes, '8:8:8:8:8', ['skip-length']))[0]).toMatchObject({
      value: null,
      failures: ['edges'],
    });
  });

  it('takes every operation whose name says that it passes its input on', () => {
    const edges = () => ({ 'a/3<-0': ['identity'], 'a/2<-0': ['skip'], 'a/1<-0': ['conv'] });
    expect((skipLength as CountingMetric).count({ ...counted(), edges })).toBe(1.5);
  });
});

/** Two paths: two convolutions, or one; and a mix that nothing needs. */
function graph() {
  const builder = new GraphBuilder();
  const input = builder.input([3, 4, 4]);
  const convolve = (node: number, name: string) =>
    builder.conv2d(node, { name, outChannels: 3, kernel: 1, bias: name === 'b' });
  const long = convolve(builder.batchNorm(convolve(input, 'a'), { name: 'bn' }), 'b');
  const both = builder.mix([
    { input: long, slot: builder.slot('long') },
    { input: convolve(input, 'c'), slot: builder.slot('short') },
  ]);
  return builder.build(builder.linear(builder.globalAvgPool(both), { name: 'd', outFeatures: 2 }));
}

function counted(coefficients = [1, 1]) {
  const made = graph();
  const cost = graphCost(made, coefficients);
  const edges = () => ({});
  return { settings: {}, cost, graph: () => made, edges, coefficients: Float64Array.from(coefficients) };
}

describe('depth', () => {
  it('is the layers on the longest path that runs', () => {
    expect(depth.count(counted())).toBe(3);
    expect(depth.count(counted([0, 1]))).toBe(2);
  });

  it('grows with the convolutions that follow each other in a cell', async () => {
    const value = async (architecture: string) =>
      (await scored(getSpace('nas-bench-201'), architecture, ['depth']))[0]!.value!;
    // Stem, two convolutions in each of two reductions, classifier.
    expect(await value(cell(skip!, skip!, skip!, skip!, skip!, skip!))).toBe(6);
    expect(await value(cell(conv!, none!, conv!, none!, none!, conv!))).toBe(6 + 15 * 3);
    expect(await value(cell(conv!, none!, none!, none!, conv!, none!))).toBe(6 + 15 * 2);
  });
});

describe('vkdnw-dim', () => {
  it('counts weights and biases of layers and of batch norms that run', () => {
    // a, bn (2), b (2), c, d (2)
    expect(vkdnwDim.count(counted())).toBe(8);
    expect(vkdnwDim.count(counted([0, 1]))).toBe(3);
  });
});
