import { create, fromBinary } from '@bufbuild/protobuf';
import { GraphBuilder } from '@tenas/graph';
import { type GraphProto, type ModelProto, ModelProtoSchema, NodeProtoSchema } from 'onnx-buf';
import { describe, expect, test } from 'vitest';
import { exportOnnx } from '../src/index.js';
import { verifyModel } from '../src/verify-model.js';
import { randomWeights } from './support/random-weights.js';

const builder = new GraphBuilder();
const conv = builder.conv2d(builder.input([1, 3, 3]), { name: 'conv', outChannels: 2, kernel: 1 });
const graph = builder.build(builder.relu(conv, 'relu'));
const bytes = exportOnnx(graph, randomWeights(graph));

function breakModel(change: (graph: GraphProto, model: ModelProto) => void): () => void {
  const model = fromBinary(ModelProtoSchema, bytes);
  change(model.graph!, model);
  return () => verifyModel(model);
}

describe('verifyModel', () => {
  test('accepts what the exporter writes', () => {
    expect(breakModel(() => undefined)).not.toThrow();
  });

  test.each<[string, RegExp, (graph: GraphProto, model: ModelProto) => void]>([
    ['no graph', /no graph/, (_, model) => delete model.graph],
    ['no opset', /operator set/, (_, model) => model.opsetImport.pop()],
    ['no output', /no input or no output/, ({ output }) => output.pop()],
    ['nodes out of order', /relu \(Relu\) reads conv/, ({ node }) => node.reverse()],
    ['an unknown input', /reads nothing/, ({ node }) => node[0]!.input.splice(0, 1, 'nothing')],
    [
      'an unmade output',
      /nothing makes the output/,
      ({ output }) => Object.assign(output[0]!, { name: 'x' }),
    ],
    [
      'two nodes of a name',
      /two nodes are called conv/,
      ({ node }) => Object.assign(node[1]!, { name: 'conv' }),
    ],
    ['a value made twice', /defined twice/, ({ node }) => node[1]!.output.push('conv')],
    ['a value without name', /has no name/, ({ node }) => node[1]!.output.push('')],
    [
      'a short initializer',
      /conv\.weight of shape \[2, 1, 1, 1\] needs 8 bytes, has 4/,
      ({ initializer }) => Object.assign(initializer[0]!, { rawData: new Uint8Array(4) }),
    ],
    [
      'an initializer of another type',
      /unexpected type 11/,
      ({ initializer }) => Object.assign(initializer[0]!, { dataType: 11 }),
    ],
    [
      'an initializer that nothing reads',
      /no node reads the initializer conv\.weight/,
      ({ node, initializer }) => {
        initializer[0]!.name = 'conv.weight';
        node[0] = create(NodeProtoSchema, {
          name: 'conv',
          opType: 'Relu',
          input: ['input'],
          output: ['conv'],
        });
      },
    ],
  ])('refuses %s', (_, message, change) => {
    expect(breakModel(change)).toThrow(message);
  });
});
