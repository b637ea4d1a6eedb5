import { ACTIVATION_FUNCTIONS, type Graph, GraphBuilder, type NodeId, type Shape } from '@tenas/graph';
import { describe, expect, test } from 'vitest';
import { SUPPORTED_OPSETS, summarizeModel } from '../src/index.js';
import { checkAgainstPlain } from './support/check-against-plain.js';

type Build = (builder: GraphBuilder, input: NodeId) => NodeId;

function graphOf(shape: Shape, build: Build): Graph {
  const builder = new GraphBuilder();
  return builder.build(build(builder, builder.input(shape)));
}

interface Case {
  readonly title: string;
  readonly shape: Shape;
  readonly build: Build;
  readonly coefficients?: readonly number[];
  /** Operators that the model must consist of, in order. */
  readonly operators?: readonly string[];
}

const convolutions: Case[] = [
  { title: '3x3, padding 1', options: { kernel: 3, padding: 1 } },
  { title: '1x1', options: { kernel: 1 } },
  { title: '3x3, stride 2, odd size', options: { kernel: 3, stride: 2, padding: 1 } },
  { title: '1x1, stride 2', options: { kernel: 1, stride: 2 } },
  { title: '3x3, dilation 2', options: { kernel: 3, padding: 2, dilation: 2 } },
  { title: '5x5, dilation 2, stride 2', options: { kernel: 5, padding: 4, dilation: 2, stride: 2 } },
  { title: 'depthwise', options: { kernel: 3, padding: 1, groups: 4 } },
  { title: 'grouped', options: { kernel: 3, padding: 1, groups: 2 } },
  { title: 'with bias', options: { kernel: 3, padding: 1, bias: true } },
  { title: 'uneven kernel, stride, padding and dilation', options: unevenConvolution() },
].map(({ title, options }) => ({
  title: `conv2d ${title}`,
  shape: [4, 7, 5] as const,
  build: (builder, input) => builder.conv2d(input, { name: 'layer.conv', outChannels: 8, ...options }),
  operators: ['Conv'],
}));

function unevenConvolution() {
  return { kernel: [3, 1], stride: [1, 2], padding: [2, 0], dilation: [2, 1] } satisfies Record<
    string,
    [number, number]
  >;
}

const poolings: Case[] = [
  { kernel: 3, stride: 1, padding: 1 },
  { kernel: 3, stride: 2, padding: 1 },
  { kernel: 2, stride: 2, padding: 0 },
  { kernel: 2, stride: 1, padding: 1 },
].flatMap((options) => {
  const label = `kernel ${options.kernel}, stride ${options.stride}, padding ${options.padding}`;
  const average = (countIncludePad: boolean): Case => ({
    title: `avgPool2d ${label}, borders ${countIncludePad ? 'counted' : 'not counted'}`,
    shape: [2, 5, 7],
    build: (builder, input) => builder.avgPool2d(input, { ...options, countIncludePad }),
    operators: ['AveragePool'],
  });
  return [
    average(true),
    average(false),
    {
      title: `maxPool2d ${label}`,
      shape: [2, 5, 7] as const,
      build: (builder: GraphBuilder, input: NodeId) => builder.maxPool2d(input, options),
      operators: ['MaxPool'],
    },
  ];
});

const paddings: Case[] = [
  { sides: [1, 2, 3, 0], operators: ['Pad'] },
  { sides: [-1, 0, -2, 0], operators: ['Slice'] },
  { sides: [-1, 1, -1, 1], operators: ['Pad', 'Slice'] },
  { sides: [2, -1, 0, -3], operators: ['Pad', 'Slice'] },
].map(({ sides, operators }) => {
  const [top, bottom, left, right] = sides as [number, number, number, number];
  return {
    title: `pad2d ${sides}`,
    shape: [2, 5, 6],
    build: (builder, input) => builder.pad2d(input, { top, bottom, left, right, name: 'pad' }),
    operators,
  };
});

const mixes: Case[] = [
  {
    title: 'mix of one term is passed on',
    shape: [2, 3, 3],
    build: (builder, input) => builder.relu(builder.mix([{ input }], { name: 'mix' }), 'relu'),
    operators: ['Relu'],
  },
  {
    title: 'mix of two',
    shape: [2, 3, 3],
    build: (builder, input) => builder.mix([{ input }, { input: builder.relu(input) }], { name: 'mix' }),
    operators: ['Relu', 'Add'],
  },
  {
    title: 'mix with coefficients',
    shape: [2, 3, 3],
    coefficients: [0.25, 1, 0, -1.5],
    build: (builder, input) =>
      builder.mix(
        ['a', 'b', 'c', 'd'].map((slot, index) => ({
          input: builder.relu(input, `relu${index}`),
          slot: builder.slot(slot),
        })),
        { name: 'mix' },
      ),
    operators: ['Relu', 'Relu', 'Relu', 'Mul', 'Mul', 'Sum'],
  },
  {
    title: 'mix of one scaled term',
    shape: [2, 3, 3],
    coefficients: [0.5],
    build: (builder, input) => builder.mix([{ input, slot: builder.slot('a') }], { name: 'mix' }),
    operators: ['Mul'],
  },
  {
    title: 'mix whose only coefficient is 0',
    shape: [2, 3, 3],
    coefficients: [0],
    build: (builder, input) => builder.mix([{ input, slot: builder.slot('a') }], { name: 'mix' }),
    operators: ['Slice', 'Flatten', 'ArgMax', 'Cast', 'Gemm', 'Reshape'],
  },
  {
    title: 'two mixes without terms share the batch size',
    shape: [2, 3, 3],
    build: (builder, input) => {
      const none = builder.mix([], { name: 'none', shape: [4, 3, 3] });
      const other = builder.mix([], { name: 'other', shape: [1, 3, 3] });
      return builder.concat([input, none, other], 'concat');
    },
    operators: ['Slice', 'Flatten', 'ArgMax', 'Cast', 'Gemm', 'Reshape', 'Gemm', 'Reshape', 'Concat'],
  },
];

const others: Case[] = [
  {
    title: 'batchNorm',
    shape: [3, 2, 5],
    build: (builder, input) => builder.batchNorm(input, { name: 'bn', eps: 1e-3 }),
    operators: ['BatchNormalization'],
  },
  {
    title: 'batchNorm without scale and shift',
    shape: [3, 2, 5],
    build: (builder, input) => builder.batchNorm(input, { name: 'bn', affine: false }),
    operators: ['BatchNormalization'],
  },
  {
    title: 'relu',
    shape: [3, 3, 3],
    build: (builder, input) => builder.relu(input),
    operators: ['Relu'],
  },
  {
    title: 'concat',
    shape: [2, 3, 3],
    build: (builder, input) => builder.concat([input, builder.relu(input), input], 'concat'),
    operators: ['Relu', 'Concat'],
  },
  {
    title: 'globalAvgPool',
    shape: [3, 5, 3],
    build: (builder, input) => builder.globalAvgPool(input),
    operators: ['GlobalAveragePool', 'Flatten'],
  },
  {
    title: 'linear',
    shape: [5, 1, 1],
    build: (builder, input) => builder.linear(input, { name: 'fc', outFeatures: 4 }),
    operators: ['Flatten', 'Gemm'],
  },
  {
    title: 'linear without bias',
    shape: [5, 1, 1],
    build: (builder, input) => builder.linear(input, { name: 'fc', outFeatures: 4, bias: false }),
    operators: ['Flatten', 'Gemm'],
  },
  {
    title: 'input as output',
    shape: [2, 3, 3],
    build: (_, input) => input,
    operators: ['Identity'],
  },
  {
    title: 'maps and vectors mixed after a linear layer',
    shape: [3, 5, 5],
    build: (builder, input) => {
      const pooled = builder.globalAvgPool(input, 'pool');
      const hidden = builder.relu(builder.linear(pooled, { name: 'hidden', outFeatures: 3 }), 'relu');
      const sum = builder.mix([{ input: hidden }, { input: pooled }], { name: 'sum' });
      const normal = builder.batchNorm(hidden, { name: 'bn' });
      return builder.linear(builder.concat([sum, normal], 'join'), { name: 'fc', outFeatures: 2 });
    },
  },
];

const ACTIVATION_OPERATORS = {
  relu6: ['Clip'],
  hardSwish: ['HardSwish'],
  hardSigmoid: ['HardSigmoid'],
  sigmoid: ['Sigmoid'],
  swish: ['Sigmoid', 'Mul'],
};

const activations: Case[] = ACTIVATION_FUNCTIONS.map((name) => ({
  title: name,
  shape: [2, 5, 4],
  // Values up to beyond every bend.
  build: (builder, input) => builder.activation(builder.mix(Array(5).fill({ input })), name, name),
  operators: ['Sum', ...ACTIVATION_OPERATORS[name]],
}));

const channels: Case[] = [
  { title: 'a slice', list: [1, 2, 3], operators: ['Slice'] },
  { title: 'a split', list: [0, 1, 2], operators: ['Slice'] },
  {
    title: 'a shuffle of 2 groups',
    list: [0, 3, 1, 4, 2, 5],
    operators: ['Reshape', 'Transpose', 'Reshape'],
  },
  {
    title: 'a shuffle of 3 groups',
    list: [0, 2, 4, 1, 3, 5],
    operators: ['Reshape', 'Transpose', 'Reshape'],
  },
  { title: 'a list', list: [5, 0, 2], operators: ['Gather'] },
  { title: 'all but the first, backwards', list: [5, 4, 3, 2, 1], operators: ['Gather'] },
].map(({ title, list, operators }) => ({
  title: `selectChannels: ${title}`,
  shape: [6, 3, 2],
  build: (builder, input) => builder.selectChannels(input, list),
  operators,
}));

const scales: Case[] = [
  {
    title: 'squeeze and excitation',
    shape: [3, 4, 5],
    build: (builder, input) => {
      const hidden = builder.linear(builder.globalAvgPool(input, 'mean'), { name: 'fc1', outFeatures: 2 });
      const gate = builder.linear(builder.activation(hidden, 'swish', 'swish'), {
        name: 'fc2',
        outFeatures: 3,
      });
      return builder.scale(input, builder.activation(gate, 'sigmoid', 'gate'), 'scale');
    },
    operators: [
      'GlobalAveragePool',
      'Flatten',
      'Gemm',
      'Sigmoid',
      'Mul',
      'Gemm',
      'Sigmoid',
      'Unsqueeze',
      'Mul',
    ],
  },
];

describe('each operator gives what its definition says', () => {
  for (const { title, shape, build, coefficients, operators } of [
    ...convolutions,
    ...poolings,
    ...paddings,
    ...mixes,
    ...activations,
    ...channels,
    ...scales,
    ...others,
  ]) {
    test(title, async () => {
      const options = coefficients === undefined ? {} : { coefficients };
      const { bytes, failure, maxAbsDiff } = await checkAgainstPlain(graphOf(shape, build), options);
      expect(failure).toBeNull();
      expect(maxAbsDiff).toBeLessThan(1e-5);
      if (operators !== undefined) {
        expect(summarizeModel(bytes).nodes.map((node) => node.opType)).toEqual(operators);
      }
    });
  }
});

test.each(SUPPORTED_OPSETS)('activations, a scale and a shuffle agree in opset %i', async (opset) => {
  const graph = graphOf([4, 5, 3], (builder, input) => {
    const activated = ACTIVATION_FUNCTIONS.map((name) => builder.activation(input, name, name));
    const joined = builder.concat(activated, 'joined');
    const shuffled = builder.selectChannels(
      joined,
      Array.from({ length: 20 }, (_, k) => (k % 5) * 4 + Math.floor(k / 5)),
      'shuffled',
    );
    const gate = builder.activation(builder.globalAvgPool(shuffled, 'mean'), 'hardSigmoid', 'gate');
    const split = builder.selectChannels(
      builder.scale(shuffled, gate, 'scaled'),
      [0, 1, 2, 3, 4, 5],
      'split',
    );
    return builder.selectChannels(split, [4, 1, 5], 'list');
  });
  const { failure, maxAbsDiff } = await checkAgainstPlain(graph, { opset });
  expect(failure).toBeNull();
  expect(maxAbsDiff).toBeLessThan(1e-5);
});

describe('a pooling of padded maps counts the zeros (onnxruntime would merge the Pad into it)', () => {
  const pools: readonly { readonly title: string; readonly pool: Build }[] = [
    { title: 'maxPool2d', pool: (builder, input) => builder.maxPool2d(input, { kernel: 2, stride: 1 }) },
    {
      title: 'maxPool2d with padding',
      pool: (builder, input) => builder.maxPool2d(input, { kernel: 2, stride: 1, padding: 1 }),
    },
    ...[true, false].map((countIncludePad) => ({
      title: `avgPool2d, borders ${countIncludePad ? 'counted' : 'not counted'}`,
      pool: (builder: GraphBuilder, input: NodeId) =>
        builder.avgPool2d(input, { kernel: 2, stride: 1, padding: 1, countIncludePad }),
    })),
  ];
  for (const { title, pool } of pools) {
    test.each([17, 24])(`${title}, opset %i`, async (opset) => {
      const graph = graphOf([3, 4, 3], (builder, input) => {
        const padded = builder.pad2d(input, { top: 1, bottom: 1, left: 0, right: 1, name: 'pad' });
        // Passed on by a mix, the value is still that of the Pad.
        return pool(builder, builder.mix([{ input: padded }], { name: 'mix' }));
      });
      expect((await checkAgainstPlain(graph, { opset })).failure).toBeNull();
    });
  }
});

test('a crop that leaves only padding is zeros', async () => {
  const graph = graphOf([2, 1, 1], (builder, input) =>
    builder.concat([builder.pad2d(input, { top: -1, bottom: 1, left: -1, right: 1 }), input], 'concat'),
  );
  expect((await checkAgainstPlain(graph)).failure).toBeNull();
});

test('zeros of a mix without terms stay zeros when the input is not a number', async () => {
  const { openSession } = await import('../src/runtime-session.js');
  const graph = graphOf([1, 2, 2], (builder) => builder.mix([], { name: 'none', shape: [3, 1, 2] }));
  const { bytes } = await checkAgainstPlain(graph);
  const session = await openSession(bytes, { threads: 1 });
  const { data, shape } = await session.run(new Float32Array(8).fill(Number.NaN), [2, 1, 2, 2]);
  await session[Symbol.asyncDispose]();
  expect(shape).toEqual([2, 3, 1, 2]);
  expect([...data]).toEqual(new Array(12).fill(0));
});
