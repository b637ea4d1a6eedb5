import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOnnx, exportOnnx, externalReader, importOnnx, SUPPORTED_OPSETS } from '../src/index.js';
import { expectCode } from './support/expect-code.js';
import { type GivenNode, modelOf } from './support/given-model.js';
import { randomGraph } from './support/random-graph.js';
import { randomWeights } from './support/random-weights.js';

/** Reads a model, and compares the network with what onnxruntime makes of the model. */
async function agreeing(bytes: Uint8Array, batchSizes: readonly number[] = [1, 3]) {
  const read = importOnnx(bytes);
  const weights = await read.weights();
  const result = await checkOnnx(bytes, {
    graph: read.graph,
    weights,
    batchSizes,
    tolerance: 1e-5,
    threads: 1,
  });
  expect(result.failure).toBeNull();
  return read.graph;
}

const ops = (graph: { readonly nodes: readonly { readonly op: string }[] }) =>
  graph.nodes.map(({ op }) => op).slice(1);

describe('importOnnx', () => {
  it('reads any graph that is exported, in every opset', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomGraph,
        fc.constantFrom(...SUPPORTED_OPSETS),
        fc.nat(1000),
        async (given, opset, seed) => {
          const { graph } = given;
          const coefficients = given.coefficients.map((value) => (value === 0 ? 0 : 1));
          await agreeing(exportOnnx(graph, randomWeights(graph, seed), { opset, coefficients }), [2]);
        },
      ),
      { numRuns: 60 },
    );
  });

  const image = [4, 9, 8];
  const relu: GivenNode = { op: 'Relu', inputs: ['x'] };
  const cases: readonly (readonly [string, number, readonly GivenNode[], readonly string[]])[] = [
    [
      'asymmetric pads of a convolution',
      13,
      [{ op: 'Conv', inputs: ['x', 'w:6,4,3,3', 'bias:6'], ints: { pads: [0, 1, 2, 3], strides: [2, 1] } }],
      ['pad2d', 'conv2d'],
    ],
    [
      'dilations and groups',
      13,
      [
        {
          op: 'Conv',
          inputs: ['x', 'w:8,2,3,3'],
          ints: { dilations: [2, 1], pads: [1, 1, 1, 1] },
          int: { group: 2 },
        },
      ],
      ['conv2d'],
    ],
    [
      'SAME_UPPER',
      13,
      [
        {
          op: 'Conv',
          inputs: ['x', 'w:6,4,3,3'],
          ints: { strides: [2, 2] },
          text: { auto_pad: 'SAME_UPPER' },
        },
      ],
      ['pad2d', 'conv2d'],
    ],
    [
      'SAME_LOWER',
      13,
      [{ op: 'Conv', inputs: ['x', 'w:6,4,4,3'], text: { auto_pad: 'SAME_LOWER' } }],
      ['pad2d', 'conv2d'],
    ],
    [
      'a pool with ceil_mode after a ReLU',
      13,
      [relu, { op: 'MaxPool', ints: { kernel_shape: [3, 3], strides: [2, 2] }, int: { ceil_mode: 1 } }],
      ['relu', 'pad2d', 'maxPool2d'],
    ],
    [
      'ceil_mode that changes nothing',
      13,
      [
        {
          op: 'MaxPool',
          inputs: ['x'],
          ints: { kernel_shape: [3, 2], strides: [2, 2] },
          int: { ceil_mode: 1 },
        },
      ],
      ['maxPool2d'],
    ],
    [
      'asymmetric pads of a pool after a ReLU',
      11,
      [relu, { op: 'MaxPool', ints: { kernel_shape: [3, 3], strides: [2, 2], pads: [0, 0, 1, 1] } }],
      ['relu', 'pad2d', 'maxPool2d'],
    ],
    [
      'an average that counts the padding',
      11,
      [
        {
          op: 'AveragePool',
          inputs: ['x'],
          ints: { kernel_shape: [3, 3], pads: [0, 1, 1, 0] },
          int: { count_include_pad: 1 },
        },
      ],
      ['pad2d', 'avgPool2d'],
    ],
    [
      'an average that does not',
      11,
      [{ op: 'AveragePool', inputs: ['x'], ints: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] } }],
      ['avgPool2d'],
    ],
    ['a global maximum', 13, [{ op: 'GlobalMaxPool', inputs: ['x'] }, { op: 'Flatten' }], ['maxPool2d']],
    [
      'a mean over rows and columns',
      13,
      [{ op: 'ReduceMean', inputs: ['x'], ints: { axes: [-1, 2] }, int: { keepdims: 0 } }],
      ['globalAvgPool'],
    ],
    [
      'a mean of opset 18',
      18,
      [{ op: 'ReduceMean', inputs: ['x', 'i:2,3'] }, { op: 'Flatten' }],
      ['globalAvgPool'],
    ],
    ['ReLU6 of opset 9', 9, [{ op: 'Clip', inputs: ['x'], float: { min: 0, max: 6 } }], ['activation']],
    ['ReLU6 after a ReLU', 13, [relu, { op: 'Clip', inputs: ['', 's:0', 's:6'] }], ['activation']],
    ['ReLU as a clip', 13, [{ op: 'Clip', inputs: ['x', 's:0'] }], ['relu']],
    [
      'swish',
      13,
      [
        { op: 'Sigmoid', inputs: ['x'] },
        { op: 'Mul', inputs: ['x', ''] },
      ],
      ['activation'],
    ],
    [
      'hard swish of opset 13',
      13,
      [
        { op: 'HardSigmoid', inputs: ['x'], float: { alpha: 1 / 6, beta: 0.5 } },
        { op: 'Mul', inputs: ['', 'x'] },
      ],
      ['activation'],
    ],
    [
      'squeeze and excitation',
      13,
      [
        { op: 'GlobalAveragePool', inputs: ['x'] },
        { op: 'Conv', inputs: ['', 'w:4,4,1,1'] },
        { op: 'Sigmoid' },
        { op: 'Mul', inputs: ['', 'x'] },
      ],
      ['globalAvgPool', 'conv2d', 'activation', 'scale'],
    ],
    [
      'a channel shuffle',
      13,
      [
        { op: 'Reshape', inputs: ['x', 'i:0,2,2,9,8'] },
        { op: 'Transpose', ints: { perm: [0, 2, 1, 3, 4] } },
        { op: 'Reshape', inputs: ['', 'i:-1,4,9,8'] },
      ],
      ['selectChannels'],
    ],
    [
      'a slice of opset 9',
      9,
      [{ op: 'Slice', inputs: ['x'], ints: { axes: [1, 2], starts: [1, -4], ends: [3, 100] } }],
      ['selectChannels', 'pad2d'],
    ],
    [
      'every second channel, backwards',
      13,
      [{ op: 'Slice', inputs: ['x', 'i:-1', 'i:-100', 'i:1', 'i:-2'] }],
      ['selectChannels'],
    ],
    [
      'a list of channels',
      13,
      [{ op: 'Gather', inputs: ['x', 'i:3,0,-2'], int: { axis: 1 } }],
      ['selectChannels'],
    ],
    ['zeros around and a crop', 13, [{ op: 'Pad', inputs: ['x', 'i:0,0,2,-1,0,0,-3,1'] }], ['pad2d']],
    [
      'zeros around of opset 9',
      9,
      [{ op: 'Pad', inputs: ['x'], ints: { pads: [0, 0, 1, 0, 0, 0, 0, 2] } }],
      ['pad2d'],
    ],
    [
      'a linear layer on a whole map',
      13,
      [
        { op: 'Flatten', inputs: ['x'] },
        { op: 'Gemm', inputs: ['', 'w:5,288', 'bias:5'], int: { transB: 1 } },
      ],
      ['conv2d'],
    ],
    [
      'a matrix [in, out], with its bias added',
      13,
      [
        { op: 'GlobalAveragePool', inputs: ['x'] },
        { op: 'Flatten' },
        { op: 'MatMul', inputs: ['', 'w:4,5'] },
        { op: 'Add', inputs: ['bias:5', ''] },
      ],
      ['globalAvgPool', 'linear'],
    ],
    ['sums of several', 8, [relu, { op: 'Sum', inputs: ['x', '', 'x'] }], ['relu', 'mix']],
    [
      'a concatenation by a negative axis',
      13,
      [relu, { op: 'Concat', inputs: ['x', ''], int: { axis: -3 } }],
      ['relu', 'concat'],
    ],
    [
      'dropout and identity',
      7,
      [{ op: 'Dropout', inputs: ['x'], float: { ratio: 0.3 } }, { op: 'Identity' }, { op: 'Relu' }],
      ['relu'],
    ],
    [
      'pixels squeezed and put back',
      13,
      [
        { op: 'GlobalAveragePool', inputs: ['x'] },
        { op: 'Squeeze', inputs: ['', 'i:2,3'] },
        { op: 'Unsqueeze', inputs: ['', 'i:2,-1'] },
        { op: 'Relu' },
        { op: 'Flatten' },
      ],
      ['globalAvgPool', 'relu'],
    ],
  ];

  it.each(cases)('reads %s', async (_, opset, nodes, expected) => {
    expect(ops(await agreeing(modelOf(image, nodes, { opset })))).toEqual(expected);
  });

  const wrong: readonly (readonly [string, readonly GivenNode[], RegExp])[] = [
    [
      'an operator',
      [{ op: 'Softmax', inputs: ['x'] }],
      /node 'n0' \(Softmax\): the operator is "Softmax"; supported is Add, AveragePool, .*Unsqueeze/,
    ],
    ['an operator of another set', [{ op: 'Relu', inputs: ['x'], domain: 'com.acme' }], /"com\.acme\.Relu"/],
    [
      'an attribute',
      [{ op: 'Relu', inputs: ['x'], int: { hard: 1 } }],
      /node 'n0' \(Relu\): an attribute is "hard"; supported is none/,
    ],
    [
      'ceil_mode of values below 0',
      [
        {
          op: 'MaxPool',
          inputs: ['x'],
          ints: { kernel_shape: [3, 3], strides: [2, 2] },
          int: { ceil_mode: 1 },
        },
      ],
      /ceil_mode is 1; supported is a padding/,
    ],
    [
      'a dilated pool',
      [{ op: 'MaxPool', inputs: ['x'], ints: { kernel_shape: [2, 2], dilations: [2, 2] } }],
      /dilations is \[2,2\]; supported is \[1, 1\]/,
    ],
    ['a factor of 2', [{ op: 'Mul', inputs: ['x', 's:2'] }], /node 'n0' \(Mul\): input 1 is "a constant"/],
    [
      'a reflection',
      [{ op: 'Pad', inputs: ['x', 'i:0,0,1,1,0,0,1,1'], text: { mode: 'reflect' } }],
      /mode is "reflect"; supported is constant/,
    ],
    [
      'rows and columns that change places',
      [{ op: 'Transpose', inputs: ['x'], ints: { perm: [0, 1, 3, 2] } }],
      /perm is \[0,1,3,2\]/,
    ],
    [
      'weights that two layers share',
      [
        { op: 'Conv', inputs: ['x', 'shared:4,4,1,1'] },
        { op: 'Conv', inputs: ['', 'shared:4,4,1,1'] },
      ],
      /node 'n1' \(Conv\): the weights/,
    ],
    [
      'clipping from -1',
      [{ op: 'Clip', inputs: ['x', 's:-1', 's:1'] }],
      /the bounds is \[-1,1\]; supported is \[0, 6\]/,
    ],
  ];

  it.each(wrong)('refuses %s, naming node, operator and what is supported', (_, nodes, message) => {
    expectCode(() => importOnnx(modelOf(image, nodes)), 'ONNX_UNSUPPORTED', message);
  });

  it('refuses models that contradict themselves', () => {
    const of =
      (...nodes: GivenNode[]) =>
      () =>
        importOnnx(modelOf(image, nodes));
    expectCode(of({ op: 'Relu', inputs: ['y'] }), 'ONNX_INVALID', /reads 'y', which nothing before it makes/);
    expectCode(
      of({ op: 'Conv', inputs: ['x', 'w:4,3,1,1'] }),
      'ONNX_INVALID',
      /weights \[4,3,1,1\] for 4 channels/,
    );
    expectCode(of({ op: 'MaxPool', inputs: ['x'] }), 'ONNX_INVALID', /has no kernel_shape/);
    expectCode(
      of({ op: 'MaxPool', inputs: ['x'], ints: { kernel_shape: [20, 20] } }),
      'GRAPH_INVALID',
      /'n0': kernel/,
    );
    expectCode(
      () => importOnnx(modelOf(image, [relu], { opset: 6 })),
      'ONNX_UNSUPPORTED',
      /opset 6; supported are 7 to 24/,
    );
    expectCode(
      () => importOnnx(modelOf([4, 9], [relu])),
      'ONNX_UNSUPPORTED',
      /supported is \[N, channels, height, width\]/,
    );
  });

  it('takes the size of images that a model leaves open', () => {
    const open = modelOf([3, 'h', 'w'], [{ op: 'Conv', inputs: ['x', 'w:4,3,3,3'] }]);
    expectCode(() => importOnnx(open), 'OPTIONS_INVALID', /leaves height and width of its images open/);
    const { graph } = importOnnx(open, { imageSize: [12, 10] });
    expect(graph.nodes.map(({ shape }) => shape)).toEqual([
      [3, 12, 10],
      [4, 10, 8],
    ]);
  });

  it('names parameters after their layers unless they say what they are', () => {
    const layers: GivenNode[] = [
      {
        op: 'Conv',
        name: '/features/features.0/conv/Conv',
        inputs: ['x', 'onnx::Conv_7:6,4,3,3', 'onnx::Conv_8:6'],
      },
      { op: 'Conv', name: '/head/Conv', inputs: ['', 'head.weight:5,6,1,1', 'head.bias:5'] },
    ];
    const { graph } = importOnnx(modelOf(image, layers));
    expect(graph.params.map(({ name }) => name)).toEqual([
      'features.0.conv.weight',
      'features.0.conv.bias',
      'head.weight',
      'head.bias',
    ]);
  });

  it('reads weights in other files, and says where', async () => {
    const bytes = modelOf(image, [{ op: 'Conv', inputs: ['x', 'w:1,4,1,1'] }], { external: 'net.data' });
    const read = importOnnx(bytes);
    expect(read.external).toBe(true);
    await expect(read.weights()).rejects.toMatchObject({ code: 'ONNX_UNSUPPORTED' });
    const pieces: unknown[] = [];
    const weights = await read.weights(async (piece) => {
      pieces.push(piece);
      return new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
    });
    expect(pieces).toEqual([{ location: 'net.data', offset: 0, length: 16 }]);
    expect([...weights]).toEqual([1, 2, 3, 4]);
    await expect(read.weights(externalReader('/nowhere/net.onnx'))).rejects.toMatchObject({
      code: 'ONNX_UNREADABLE',
      message: expect.stringContaining(
        "net.data can't be read: there is no such file; keep it beside the model",
      ),
    });
    for (const path of ['../net.data', '/etc/passwd', 'a/../../b', 'C:net', '']) {
      const leaving = modelOf(image, [{ op: 'Conv', inputs: ['x', 'w:1,4,1,1'] }], { external: path });
      expectCode(() => importOnnx(leaving), 'ONNX_UNSUPPORTED', /it must lie beside the model/);
    }
  });
});
