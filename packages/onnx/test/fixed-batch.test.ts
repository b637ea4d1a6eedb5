import { GraphBuilder } from '@tenas/graph';
import { describe, expect, it } from 'vitest';
import { checkOnnx, exportOnnx, summarizeModel } from '../src/index.js';
import { expectCode } from './support/expect-code.js';
import { randomWeights } from './support/random-weights.js';

/** A network with a branch of zeros that a concat needs, and one that a sum leaves out. */
function network() {
  const graph = new GraphBuilder();
  const image = graph.input([3, 6, 6]);
  const stem = graph.relu(graph.conv2d(image, { name: 'stem', outChannels: 4, kernel: 3, padding: 1 }));
  const dead = graph.mix([], { name: 'dead', shape: [4, 6, 6] });
  const norm = graph.batchNorm(graph.relu(dead), { name: 'norm' });
  const both = graph.concat([stem, dead, graph.activation(norm, 'hardSwish', 'act')], 'both');
  return graph.build(graph.linear(graph.globalAvgPool(both), { name: 'head', outFeatures: 5 }));
}

describe('models with a batch of a fixed size', () => {
  const graph = network();
  const weights = randomWeights(graph);

  it.each([1, 3])('of %i images have it in every shape, and zeros as constants', async (batch) => {
    const bytes = exportOnnx(graph, weights, { batch });
    const { inputs, outputs, nodes } = summarizeModel(bytes);
    expect(inputs[0]!.shape).toEqual([batch, 3, 6, 6]);
    expect(outputs[0]!.shape).toEqual([batch, 5]);
    const ops = nodes.map(({ opType }) => opType);
    for (const op of ['Shape', 'ConstantOfShape']) expect(ops).not.toContain(op);
    const checked = await checkOnnx(bytes, { graph, weights, batchSizes: [batch] });
    expect(checked.failure).toBeNull();
  });

  it('take no other batch in onnxruntime', async () => {
    const bytes = exportOnnx(graph, weights, { batch: 2 });
    await expect(checkOnnx(bytes, { graph, weights, batchSizes: [3] })).rejects.toThrow(/dimension|shape/i);
  });

  it('may be zeros from end to end', async () => {
    const builder = new GraphBuilder();
    builder.input([3, 4, 4]);
    const zeros = builder.build(builder.relu(builder.mix([], { name: 'none', shape: [2, 4, 4] })));
    const bytes = exportOnnx(zeros, new Float32Array(0), { batch: 2 });
    const checked = await checkOnnx(bytes, { graph: zeros, weights: new Float32Array(0), batchSizes: [2] });
    expect(checked.failure).toBeNull();
  });

  it('are refused for a batch that is none', () => {
    for (const batch of [0, -1, 1.5, 1e9])
      expectCode(() => exportOnnx(graph, weights, { batch }), 'OPTIONS_INVALID', /batch/);
  });
});
