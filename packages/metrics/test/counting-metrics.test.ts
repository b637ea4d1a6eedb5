import { syntheticImages } from '@tenas/data';
import { GraphBuilder, graphCost } from '@tenas/graph';
import { getSpace, type Space } from '@tenas/spaces';
import { parseSpaceFile } from '@tenas/spaces/file';
import { describe, expect, it } from 'vitest';
import { Evaluator, type MetricChoice } from '../src/index.js';
import { depth } from '../src/list/depth.js';
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

  it.each([
    // Node i is state i + 2: 2, 3 and 2 in the normal cell; 0, 1 and 2 in the other.
    ['DARTS_V1', 10 / 6],
    // 3 and 4; 0, 1 and 2.
    ['DARTS_V2', 10 / 5],
  ])('of %s is %d', async (architecture, wanted) => {
    expect((await scored(getSpace('darts'), architecture, ['skip-length']))[0]!.value).toBe(wanted);
  });

  it('counts what passes its input on, by whatever name, in cells of a space of its own', async () => {
    const cells =
      '{c: {nodes: 3, choices: {none: none, shortcut: identity, skipped: {op: conv, kernel: [1, 3]}}}}';
    const stages = '[{channels: 4, layers: 2, block: c}, {channels: 8, stride: 2, block: c}]';
    const space = parseSpaceFile(
      `name: own-cells\nstem: {channels: 4}\ncells: ${cells}\nstages: ${stages}`,
      'own.yaml',
    );
    const value = async (...ops: readonly string[]) => {
      const edges = ['c/1<-0', 'c/2<-0', 'c/2<-1'];
      const chosen = new Map(edges.map((edge, place) => [edge, ops[place]!]));
      const choices = space.decisions.map(({ name, choices }) => [name, chosen.get(name) ?? choices[0]!]);
      const architecture = space.format(space.fromChoices(Object.fromEntries(choices)));
      return (await scored(space, architecture, ['skip-length']))[0]!.value;
    };
    expect(await value('skipped', 'shortcut', 'skipped')).toBe(1);
    expect(await value('shortcut', 'shortcut', 'none')).toBe(0.5);
    expect(await value('skipped', 'skipped', 'skipped')).toBe(0);
  });

  it.each(['nats-size', 'nas-bench-101', 'mobilenet-v2'])('has no value in %s', async (name) => {
    const space = getSpace(name);
    expect((await scored(space, space.example, ['skip-length']))[0]).toMatchObject({
      value: null,
      failures: ['edges'],
    });
  });

  it('has no value in a space of its own without cells', async () => {
    const stages = '[{channels: 8, layers: 2, block: {choices: {skip: identity, conv: conv}}}]';
    const space = parseSpaceFile(`name: own-chain\nstem: {channels: 8}\nstages: ${stages}`, 'own.yaml');
    expect((await scored(space, space.example, ['skip-length']))[0]).toMatchObject({
      value: null,
      failures: ['edges'],
    });
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
  return {
    settings: {},
    cost,
    graph: () => made,
    skipSpans: () => null,
    coefficients: Float64Array.from(coefficients),
  };
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
    // No path leads from the image to the outputs.
    expect(await value(cell(none!, none!, none!, none!, none!, none!))).toBe(0);
    expect(await value(cell(conv!, conv!, conv!, none!, none!, none!))).toBe(0);
  });
});

describe('vkdnw-dim', () => {
  it('counts weights and biases of layers and of batch norms that run', () => {
    // a, bn (2), b (2), c, d (2)
    expect(vkdnwDim.count(counted())).toBe(8);
    expect(vkdnwDim.count(counted([0, 1]))).toBe(3);
  });
});
