import { GraphBuilder, paramOffsets, sizeOf } from '@tenas/graph';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkOnnx, exportOnnx, foldBatchNorms, summarizeModel } from '../src/index.js';
import { plainForward } from './support/plain-forward.js';
import { randomGraph } from './support/random-graph.js';
import { randomWeights } from './support/random-weights.js';

type Build = (builder: GraphBuilder, image: number) => number;

function network(build: Build) {
  const builder = new GraphBuilder();
  const graph = builder.build(build(builder, builder.input([2, 5, 5])));
  return { graph, weights: randomWeights(graph, 3) };
}

const conv = (builder: GraphBuilder, input: number, name: string) =>
  builder.conv2d(input, { name, outChannels: 4, kernel: 3, padding: 1 });

/** Checks the folded model in onnxruntime against the network as it was. */
async function check({ graph, weights }: ReturnType<typeof network>) {
  const folded = foldBatchNorms(graph, weights);
  const bytes = exportOnnx(folded.graph, folded.weights);
  const result = await checkOnnx(bytes, {
    ...{ graph, weights, tolerance: 1e-5, threads: 1 },
    reference: async (inputs, batch) => plainForward(graph, weights, inputs, batch),
  });
  expect(result.failure).toBeNull();
  const ops = summarizeModel(bytes).nodes.map(({ opType }) => opType);
  return { ...folded, ops, summary: summarizeModel(bytes) };
}

describe('foldBatchNorms', () => {
  test('a batch norm becomes weights and a bias of the convolution before it', async () => {
    const { folded, left, ops, summary } = await check(
      network((b, image) => b.relu(b.batchNorm(conv(b, image, 'stem.0'), { name: 'stem.1' }), 'relu')),
    );
    expect({ folded, left, ops }).toEqual({ folded: 1, left: 0, ops: ['Conv', 'Relu'] });
    expect(summary.initializers.map(({ name }) => name)).toEqual(['stem.0.weight', 'stem.0.bias']);
  });

  test('depthwise convolutions, those with a bias, and batch norms that are not affine', async () => {
    const built = network((b, image) => {
      const wide = conv(b, image, 'wide');
      const depthwise = b.conv2d(b.batchNorm(wide, { name: 'n1', affine: false }), {
        ...{ name: 'deep', outChannels: 4, kernel: 3, groups: 4, bias: true },
      });
      return b.batchNorm(depthwise, { name: 'n2' });
    });
    expect(await check(built)).toMatchObject({ folded: 2, left: 0, ops: ['Conv', 'Conv'] });
  });

  test('stays where something else reads the convolution, and after sums and pools', async () => {
    const built = network((b, image) => {
      const first = conv(b, image, 'a');
      const normed = b.batchNorm(first, { name: 'n1' });
      const sum = b.mix([{ input: first }, { input: normed }], { name: 'sum' });
      const pooled = b.avgPool2d(b.batchNorm(sum, { name: 'n2' }), { name: 'pool', kernel: 2, stride: 1 });
      return b.batchNorm(pooled, { name: 'n3' });
    });
    expect(await check(built)).toMatchObject({ folded: 0, left: 3 });
  });

  test('a reader with coefficient 0 does not count', () => {
    const { graph, weights } = network((b, image) => {
      const first = conv(b, image, 'a');
      const normed = b.batchNorm(first, { name: 'n' });
      return b.mix([{ input: first, slot: b.slot('x') }, { input: normed }], { name: 'sum' });
    });
    expect(foldBatchNorms(graph, weights, [0])).toMatchObject({ folded: 1, left: 0 });
    expect(foldBatchNorms(graph, weights, [1])).toMatchObject({ folded: 0, left: 1 });
  });

  test('does not overflow: a batch norm whose folded weights are not finite stays', async () => {
    const built = network((b, image) => b.batchNorm(conv(b, image, 'a'), { name: 'n' }));
    const { graph, weights } = built;
    const scale = graph.params.find(({ name }) => name === 'n.weight')!;
    const { offsets } = paramOffsets(graph);
    const variance = graph.params.find(({ name }) => name === 'n.running_var')!;
    weights.fill(3e38, offsets[scale.id]!, offsets[scale.id]! + sizeOf(scale.shape));
    weights.fill(0, offsets[variance.id]!, offsets[variance.id]! + sizeOf(variance.shape));
    expect(foldBatchNorms(graph, weights)).toMatchObject({ folded: 0, left: 1 });
  });

  test('a bias gets a name that is free', () => {
    const { graph, weights } = network((b, image) =>
      b.batchNorm(b.batchNorm(conv(b, image, 'x'), { name: 'n' }), { name: 'm' }),
    );
    const renamed = graph.params.map((param) =>
      param.name === 'm.bias' ? { ...param, name: 'x.bias' } : param,
    );
    const { params } = foldBatchNorms({ ...graph, params: renamed }, weights).graph;
    const names = params.map(({ name }) => name);
    expect(names).toContain('x.bias_2');
    expect(new Set(names).size).toBe(names.length);
  });

  test('weights of another length are refused', () => {
    const { graph, weights } = network((b, image) => conv(b, image, 'a'));
    expect(() => foldBatchNorms(graph, weights.subarray(1))).toThrow('parameter values, got');
  });

  test('random graphs compute the same', async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph, fc.nat(1000), async ({ graph, coefficients }, seed) => {
        const weights = randomWeights(graph, seed);
        const folded = foldBatchNorms(graph, weights, coefficients);
        const result = await checkOnnx(exportOnnx(folded.graph, folded.weights, { coefficients }), {
          ...{ graph, weights, coefficients, seed, batchSizes: [1, 2], threads: 1, tolerance: 2e-5 },
          reference: async (inputs, batch) => plainForward(graph, weights, inputs, batch, coefficients),
        });
        expect(result.failure).toBeNull();
      }),
      { numRuns: 60 },
    );
  });
});
