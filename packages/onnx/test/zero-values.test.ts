import { fromBinary } from '@bufbuild/protobuf';
import { GraphBuilder, type NodeId } from '@tenas/graph';
import { ModelProtoSchema } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { foldBatchNorms } from '../src/index.js';
import { checkAgainstPlain } from './support/check-against-plain.js';
import { randomWeights } from './support/random-weights.js';

/** A network whose middle is made of zeros, beside a convolution or alone. */
function network(join: (graph: GraphBuilder, image: NodeId, dead: NodeId) => NodeId) {
  const graph = new GraphBuilder();
  const image = graph.input([3, 6, 6]);
  const zeros = graph.mix([], { name: 'zeros', shape: [3, 6, 6] });
  const padded = graph.pad2d(graph.relu(zeros, 'relu'), {
    name: 'pad',
    top: 1,
    bottom: -1,
    left: 0,
    right: 0,
  });
  const pooled = graph.maxPool2d(padded, { name: 'max', kernel: 3, stride: 1, padding: 1 });
  const dead = graph.conv2d(pooled, { name: 'dead', outChannels: 3, kernel: 3, padding: 1 });
  return graph.build(join(graph, image, dead));
}

async function exported(join: Parameters<typeof network>[0]) {
  const result = await checkAgainstPlain(network(join));
  expect(result.failure).toBeNull();
  const { graph } = fromBinary(ModelProtoSchema, result.bytes);
  return {
    ops: graph!.node.map(({ opType }) => opType),
    parameters: graph!.initializer.map(({ name }) => name).filter((name) => name.endsWith('.weight')),
  };
}

describe('zeros in ONNX', () => {
  it('vanish from sums, with what made them', async () => {
    const { ops, parameters } = await exported((graph, image, dead) =>
      graph.mix([{ input: image }, { input: dead }]),
    );
    expect(ops).toEqual(['Identity']);
    expect(parameters).toEqual([]);
  });

  it('are written once where something needs them', async () => {
    const { ops, parameters } = await exported((graph, image, dead) => graph.concat([image, dead]));
    expect(ops.filter((op) => ['Conv', 'MaxPool', 'Relu', 'Pad'].includes(op))).toEqual([]);
    expect(ops.filter((op) => op === 'ArgMax')).toHaveLength(1);
    expect(parameters).toEqual([]);
  });

  it('may be all that there is', async () => {
    const { ops } = await exported((_graph, _image, dead) => dead);
    expect(ops.filter((op) => op === 'ArgMax')).toHaveLength(1);
  });

  it.each([
    ['swish', 0],
    ['sigmoid', 1],
    ['hardSigmoid', 1],
  ] as const)('are what %s makes of them', async (name, nodes) => {
    const { ops } = await exported((graph, image, dead) =>
      graph.mix([{ input: image }, { input: graph.activation(dead, name, 'act') }]),
    );
    expect(ops.filter((op) => op === 'ArgMax')).toHaveLength(nodes);
  });

  it('end at a batch norm, which is not folded into a convolution of zeros', async () => {
    const join = (graph: GraphBuilder, _image: NodeId, dead: NodeId) =>
      graph.batchNorm(dead, { name: 'norm' });
    const { ops, parameters } = await exported(join);
    expect(ops).toContain('BatchNormalization');
    expect(ops).not.toContain('Conv');
    expect(parameters).toEqual(['norm.weight']);
    const graph = network(join);
    expect(foldBatchNorms(graph, randomWeights(graph, 1))).toMatchObject({ folded: 0, left: 1 });
  });
});
