import { GraphBuilder, type NodeId, nodeInputs, type Shape, sizeOf, validateGraph } from '@tenas/graph';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tenasErrorOf } from '../../../test/support/expect-tenas-error.js';
import { randomGraph } from '../../../test/support/random-graph.js';

const start = (shape: Shape = [4, 7, 5]): { builder: GraphBuilder; input: NodeId } => {
  const builder = new GraphBuilder();
  return { builder, input: builder.input(shape) };
};

describe('GraphBuilder', () => {
  it('infers shapes', () => {
    const { builder, input } = start();
    const shapes = (ids: readonly NodeId[]) => ids.map((id) => builder.shapeOf(id));
    expect(
      shapes([
        builder.conv2d(input, { name: 'a', outChannels: 6, kernel: 3, stride: 2, padding: 1 }),
        builder.conv2d(input, { name: 'b', outChannels: 8, kernel: 3, padding: 2, dilation: 2, groups: 4 }),
        builder.conv2d(input, { name: 'c', outChannels: 2, kernel: [5, 1], bias: true }),
        builder.avgPool2d(input, { kernel: 2 }),
        builder.maxPool2d(input, { kernel: 3, stride: 2, padding: 1 }),
        builder.pad2d(input, { top: -1, bottom: 0, left: 2, right: -1 }),
        builder.concat([input, builder.relu(input)]),
        builder.globalAvgPool(input),
        builder.linear(builder.globalAvgPool(input), { name: 'fc', outFeatures: 10 }),
        builder.mix([], { shape: [1, 2, 3] }),
        builder.batchNorm(input, { name: 'bn' }),
        builder.activation(input, 'hardSwish'),
        builder.scale(input, builder.globalAvgPool(input)),
        builder.selectChannels(input, [3, 0, 1]),
      ]),
    ).toEqual([
      [6, 4, 3],
      [8, 7, 5],
      [2, 3, 5],
      [4, 3, 2],
      [4, 4, 3],
      [4, 6, 6],
      [8, 7, 5],
      [4, 1, 1],
      [10, 1, 1],
      [1, 2, 3],
      [4, 7, 5],
      [4, 7, 5],
      [4, 7, 5],
      [3, 7, 5],
    ]);
  });

  it('names parameters like a state_dict and gives them their shapes', () => {
    const { builder, input } = start();
    const conv = builder.conv2d(input, {
      name: 'op.1',
      outChannels: 8,
      kernel: [3, 5],
      groups: 4,
      bias: true,
    });
    const norm = builder.batchNorm(conv, { name: 'op.2' });
    const plain = builder.batchNorm(norm, { name: 'op.3', affine: false });
    const head = builder.linear(builder.globalAvgPool(plain), { name: 'classifier', outFeatures: 10 });
    const { params } = builder.build(head);
    expect(params.map(({ name, kind, shape }) => [name, kind, shape.join('x')])).toEqual([
      ['op.1.weight', 'convWeight', '8x1x3x5'],
      ['op.1.bias', 'convBias', '8'],
      ['op.2.weight', 'bnWeight', '8'],
      ['op.2.bias', 'bnBias', '8'],
      ['op.2.running_mean', 'bnRunningMean', '8'],
      ['op.2.running_var', 'bnRunningVar', '8'],
      ['op.3.running_mean', 'bnRunningMean', '8'],
      ['op.3.running_var', 'bnRunningVar', '8'],
      ['classifier.weight', 'linearWeight', '10x8'],
      ['classifier.bias', 'linearBias', '10'],
    ]);
  });

  it('gives the same slot for the same name', () => {
    const { builder, input } = start();
    expect([builder.slot('a'), builder.slot('b'), builder.slot('a')]).toEqual([0, 1, 0]);
    expect(builder.build(input).slots).toEqual(['a', 'b']);
  });

  it.each<[field: string, build: (builder: GraphBuilder, input: NodeId) => unknown]>([
    ['input.op', (b) => b.input([1, 1, 1])],
    ['c.input', (b) => b.conv2d(9, { name: 'c', outChannels: 1, kernel: 1 })],
    ['c.input', (b) => b.conv2d(Number.NaN, { name: 'c', outChannels: 1, kernel: 1 })],
    ['c.groups', (b, x) => b.conv2d(x, { name: 'c', outChannels: 4, kernel: 1, groups: 3 })],
    ['c.groups', (b, x) => b.conv2d(x, { name: 'c', outChannels: 6, kernel: 1, groups: 4 })],
    ['c.groups', (b, x) => b.conv2d(x, { name: 'c', outChannels: 4, kernel: 1, groups: 0 })],
    ['c.outChannels', (b, x) => b.conv2d(x, { name: 'c', outChannels: Number.NaN, kernel: 1 })],
    ['c.outChannels', (b, x) => b.conv2d(x, { name: 'c', outChannels: 0, kernel: 1 })],
    ['c.kernel', (b, x) => b.conv2d(x, { name: 'c', outChannels: 1, kernel: 8 })],
    ['c.kernel', (b, x) => b.conv2d(x, { name: 'c', outChannels: 1, kernel: [3, 0] })],
    ['c.stride', (b, x) => b.conv2d(x, { name: 'c', outChannels: 1, kernel: 1, stride: 0.5 })],
    ['c.padding', (b, x) => b.conv2d(x, { name: 'c', outChannels: 1, kernel: 1, padding: -1 })],
    ['c.dilation', (b, x) => b.conv2d(x, { name: 'c', outChannels: 1, kernel: 1, dilation: 0 })],
    ['n.eps', (b, x) => b.batchNorm(x, { name: 'n', eps: 0 })],
    ['p.padding', (b, x) => b.avgPool2d(x, { name: 'p', kernel: 3, padding: 2 })],
    ['p.kernel', (b, x) => b.maxPool2d(x, { name: 'p', kernel: 6 })],
    ['p.top and bottom', (b, x) => b.pad2d(x, { name: 'p', top: -8, bottom: 1, left: 0, right: 0 })],
    ['p.left and right', (b, x) => b.pad2d(x, { name: 'p', top: 0, bottom: 0, left: -3, right: -2 })],
    ['p.left', (b, x) => b.pad2d(x, { name: 'p', top: 0, bottom: 0, left: 1e9, right: 0 })],
    ['p.shape', (b, x) => b.pad2d(x, { name: 'p', top: 60_000, bottom: 0, left: 60_000, right: 0 })],
    ['m.shape', (b) => b.mix([], { name: 'm' })],
    ['m.slots', (b, x) => b.mix([{ input: x, slot: 0 }], { name: 'm' })],
    ['m.inputs[1]', (b, x) => b.mix([{ input: x }, { input: b.globalAvgPool(x) }], { name: 'm' })],
    ['m.inputs[0]', (b, x) => b.mix([{ input: x }], { name: 'm', shape: [1, 1, 1] })],
    ['cat.inputs', (b) => b.concat([], 'cat')],
    ['cat.inputs[1]', (b, x) => b.concat([x, b.globalAvgPool(x)], 'cat')],
    ['fc.input', (b, x) => b.linear(x, { name: 'fc', outFeatures: 2 })],
    ['fc.outFeatures', (b, x) => b.linear(b.globalAvgPool(x), { name: 'fc', outFeatures: 1.5 })],
    ['graph.output', (b) => b.build(5)],
  ])('refuses, naming %s', (field, build) => {
    const { builder, input } = start();
    const error = tenasErrorOf(() => build(builder, input));
    expect(error.code).toBe('GRAPH_INVALID');
    expect(error.field).toBe(field);
    expect(error.message).toMatch(/ is .*; it must be /);
  });

  it('lets a crop leave nothing but padding, as a shift of a 1x1 map does', () => {
    const { builder, input } = start([2, 1, 1]);
    const shift = builder.pad2d(input, { top: -1, bottom: 1, left: -1, right: 1 });
    expect(builder.build(shift).nodes[shift]!.shape).toEqual([2, 1, 1]);
  });

  it('refuses a parameter name that is taken, at once', () => {
    const { builder, input } = start();
    builder.conv2d(input, { name: 'c', outChannels: 1, kernel: 1 });
    const error = tenasErrorOf(() => builder.conv2d(input, { name: 'c', outChannels: 1, kernel: 1 }));
    expect(error.message).toBe(`parameter 'c.weight': name is "c.weight"; it must be unique`);
  });

  it.each([
    [[0, 1, 1]],
    [[1, 1]],
    [[1, 2.5, 1]],
    [[1, 70_000, 1]],
    [[65_536, 65_536, 65_536]],
    [[1, Number.POSITIVE_INFINITY, 1]],
  ])('refuses the input shape %j', (shape) => {
    const error = tenasErrorOf(() => new GraphBuilder().input(shape as unknown as Shape));
    expect(error.field).toBe('input.shape');
  });

  it('refuses to finish without an input', () => {
    expect(tenasErrorOf(() => new GraphBuilder().build(0)).field).toBe('graph.input');
  });

  it('is as before after a refused operation', () => {
    const { builder, input } = start();
    tenasErrorOf(() => builder.conv2d(input, { name: 'c', outChannels: 1, kernel: 9 }));
    tenasErrorOf(() => builder.linear(input, { name: 'fc', outFeatures: 3 }));
    builder.conv2d(input, { name: 'c', outChannels: 1, kernel: 3 });
    const { params, nodes } = builder.build(input);
    expect(params.map((param) => param.name)).toEqual(['c.weight']);
    expect(nodes.length).toBe(2);
  });
});

describe('random graphs', () => {
  it('are valid and small, and between them use every operation in every way', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(randomGraph(), ({ graph, coefficients }) => {
        validateGraph(graph);
        expect(coefficients.length).toBe(graph.slots.length);
        expect(graph.nodes.at(-1)!.op).toBe('linear');
        expect(Math.max(...graph.nodes.map((node) => sizeOf(node.shape)))).toBeLessThanOrEqual(16 * 16 * 12);
        for (const node of graph.nodes) {
          seen.add(node.op);
          if (node.op === 'conv2d') {
            const from = graph.nodes[node.input]!.shape;
            if (node.stride[0] === 2) seen.add('stride 2');
            if (node.dilation[0] === 2) seen.add('dilation 2');
            if (node.groups > 1 && node.groups === from[0]) seen.add('depthwise');
            if (node.kernel[0] !== node.kernel[1]) seen.add('kernel that is not square');
          }
          if (node.op === 'pad2d' && Math.min(node.top, node.left) < 0) seen.add('crop');
          if (node.op === 'avgPool2d' && node.padding[0] > 0) seen.add(`border ${node.countIncludePad}`);
          if (node.op === 'mix') {
            if (node.inputs.length === 0) seen.add('empty mix');
            if (node.slots.includes(-1)) seen.add('constant term');
            if (node.slots.some((slot) => slot >= 0)) seen.add('slot');
            if (new Set(node.inputs).size < node.inputs.length) seen.add('input twice');
          }
          if (nodeInputs(node).length > 1 && node.op === 'concat') seen.add('concat of several');
        }
        if (coefficients.includes(0)) seen.add('coefficient 0');
      }),
      { numRuns: 400, seed: 1 },
    );
    expect([...seen].sort()).toEqual(
      [
        'activation',
        'avgPool2d',
        'batchNorm',
        'border false',
        'border true',
        'coefficient 0',
        'concat',
        'concat of several',
        'constant term',
        'conv2d',
        'crop',
        'depthwise',
        'dilation 2',
        'empty mix',
        'globalAvgPool',
        'input',
        'input twice',
        'kernel that is not square',
        'linear',
        'maxPool2d',
        'mix',
        'pad2d',
        'relu',
        'scale',
        'selectChannels',
        'slot',
        'stride 2',
      ].sort(),
    );
  });
});
