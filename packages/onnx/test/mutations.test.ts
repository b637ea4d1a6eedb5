import { create, toBinary } from '@bufbuild/protobuf';
import { TenasError } from '@tenas/base';
import { GraphBuilder } from '@tenas/graph';
import { AttributeProtoSchema, GraphProtoSchema, ModelProtoSchema, NodeProtoSchema } from 'onnx-buf';
import { expect, it } from 'vitest';
import { exportOnnx, importOnnx } from '../src/index.js';
import { expectCode } from './support/expect-code.js';
import { modelOf } from './support/given-model.js';
import { mutatedBytes } from './support/mutated-bytes.js';
import { mutatedModel } from './support/mutated-model.js';
import { randomWeights } from './support/random-weights.js';

/** `npm run onnx:mutations` sets more. */
const COUNT = Number(process.env.TENAS_MUTATIONS ?? 4000);
const MEBIBYTE = 2 ** 20;

function exported(): Uint8Array {
  const builder = new GraphBuilder();
  const image = builder.input([3, 8, 8]);
  const stem = builder.conv2d(image, { name: 'stem', outChannels: 4, kernel: 3, padding: 1 });
  const norm = builder.batchNorm(stem, { name: 'norm' });
  const act = builder.activation(norm, 'hardSwish', 'act');
  const gate = builder.activation(builder.globalAvgPool(act, 'squeeze'), 'sigmoid', 'gate');
  const scaled = builder.scale(act, gate, 'scaled');
  const turned = builder.selectChannels(scaled, [0, 2, 1, 3], 'turned');
  const pooled = builder.maxPool2d(turned, { name: 'pool', kernel: 3, stride: 2, padding: 1 });
  const cropped = builder.pad2d(pooled, { name: 'crop', top: 1, bottom: -1, left: 0, right: 0 });
  const sum = builder.mix([{ input: cropped }, { input: pooled }], { name: 'sum' });
  const head = builder.linear(builder.globalAvgPool(sum, 'mean'), { name: 'head', outFeatures: 3 });
  const graph = builder.build(head);
  return exportOnnx(graph, randomWeights(graph));
}

const models = [
  exported(),
  modelOf(
    [4, 9, 8],
    [
      { op: 'Relu', inputs: ['x'] },
      { op: 'MaxPool', ints: { kernel_shape: [3, 3], strides: [2, 2] }, int: { ceil_mode: 1 } },
      { op: 'Reshape', inputs: ['', 'i:0,2,2,4,4'] },
      { op: 'Transpose', ints: { perm: [0, 2, 1, 3, 4] } },
      { op: 'Reshape', inputs: ['', 'i:-1,4,4,4'] },
      { op: 'Slice', inputs: ['', 'i:0,0', 'i:3,2', 'i:1,2'] },
      { op: 'Flatten' },
      { op: 'Gemm', inputs: ['', 'w:5,24', 'bias:5'], int: { transB: 1 } },
    ],
  ),
];

/** In turn a file with other bytes and a model that says something else. */
function mutated(number: number): Uint8Array {
  const model = models[number % models.length]!;
  return number % 4 < 2 ? mutatedBytes(model, number) : mutatedModel(model, number);
}

it(`${COUNT} damaged models are read or refused with a code, in bounded memory`, {
  timeout: 3_600_000,
}, async () => {
  const codes = new Map<string, number>();
  const before = process.memoryUsage.rss();
  let most = before;
  for (let number = 0; number < COUNT; number++) {
    let code = 'read';
    try {
      await importOnnx(mutated(number), {
        imageSize: [16, 16],
      }).weights();
    } catch (error) {
      if (!(error instanceof TenasError)) throw new Error(`mutation ${number}`, { cause: error });
      code = error.code;
    }
    codes.set(code, (codes.get(code) ?? 0) + 1);
    most = Math.max(most, process.memoryUsage.rss());
  }
  if (process.env.TENAS_MUTATIONS !== undefined)
    console.log(Object.fromEntries(codes), `${Math.round((most - before) / MEBIBYTE)} MiB`);
  const known = [
    'read',
    'ONNX_UNREADABLE',
    'ONNX_INVALID',
    'ONNX_UNSUPPORTED',
    'GRAPH_INVALID',
    'WEIGHTS_INVALID',
  ];
  expect([...codes.keys()].filter((code) => !known.includes(code))).toEqual([]);
  expect(codes.size).toBe(known.length);
  expect(most - before).toBeLessThan(1024 * MEBIBYTE);
});

it('refuses small files that would take much memory', () => {
  const nodes = create(ModelProtoSchema, { irVersion: 8n, graph: create(GraphProtoSchema, { name: 'g' }) });
  const empty = Buffer.alloc(10_000_000);
  // Five million empty nodes of two bytes: field 1 of the graph, length 0.
  for (let place = 0; place < empty.length; place += 2) empty[place] = 0x0a;
  const head = Buffer.from(toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n })));
  const length = Buffer.from([
    0x80 | (empty.length & 0x7f),
    0x80 | ((empty.length >> 7) & 0x7f),
    0x80 | ((empty.length >> 14) & 0x7f),
    empty.length >> 21,
  ]);
  const bytes = Buffer.concat([head, Buffer.of(0x3a), length, empty]);
  expectCode(() => importOnnx(bytes), 'ONNX_TOO_LARGE', /more than 4000000 fields/);
  // Graphs in attributes of nodes of graphs.
  for (let depth = 0; depth < 20; depth++) {
    const inner = create(GraphProtoSchema, nodes.graph!);
    nodes.graph = create(GraphProtoSchema, {
      node: [create(NodeProtoSchema, { attribute: [create(AttributeProtoSchema, { name: 'g', g: inner })] })],
    });
  }
  expectCode(
    () => importOnnx(toBinary(ModelProtoSchema, nodes)),
    'ONNX_UNREADABLE',
    /nested more than 16 deep/,
  );
});

it('refuses shapes that grow with every operator', () => {
  const doubled = Array.from({ length: 40 }, (_, place) => ({
    op: 'Concat',
    inputs: place === 0 ? ['i:1,2', 'i:1,2'] : [`v${place - 1}`, `v${place - 1}`],
    int: { axis: 0 },
  }));
  expectCode(() => importOnnx(modelOf([3, 8, 8], doubled)), 'ONNX_UNSUPPORTED', /at most 1024/);
});
