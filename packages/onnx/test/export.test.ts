import { TenasError } from '@tenas/base';
import { GraphBuilder, paramOffsets } from '@tenas/graph';
import { describe, expect, test } from 'vitest';
import { exportOnnx, modelMetadata, SUPPORTED_OPSETS, summarizeModel } from '../src/index.js';
import { checkAgainstPlain } from './support/check-against-plain.js';
import { randomWeights } from './support/random-weights.js';

/** A little of everything: every operator that depends on the opset, a dead branch, slots. */
function smallNetwork() {
  const builder = new GraphBuilder();
  const image = builder.input([3, 9, 9]);
  const stem = builder.conv2d(image, { name: 'stem.0', outChannels: 4, kernel: 3, padding: 1 });
  const base = builder.batchNorm(stem, { name: 'stem.1' });
  const active = builder.relu(base, 'cells.0.relu');
  const pooled = builder.avgPool2d(active, {
    name: 'cells.0.pool',
    kernel: 3,
    stride: 1,
    padding: 1,
    countIncludePad: false,
  });
  const highest = builder.maxPool2d(active, { name: 'cells.0.max', kernel: 3, stride: 1, padding: 1 });
  const dead = builder.conv2d(active, { name: 'cells.0.dead', outChannels: 4, kernel: 1 });
  const none = builder.mix([], { name: 'cells.0.none', shape: [4, 9, 9] });
  const mixed = builder.mix(
    [
      { input: pooled, slot: builder.slot('pool') },
      { input: highest, slot: builder.slot('max') },
      { input: dead, slot: builder.slot('dead') },
      { input: none },
    ],
    { name: 'cells.0.node1' },
  );
  const shifted = builder.pad2d(mixed, { name: 'cells.1.shift', top: -1, bottom: 1, left: -1, right: 1 });
  const joined = builder.concat([mixed, shifted], 'cells.1.join');
  const summary = builder.globalAvgPool(joined, 'global_pooling');
  const graph = builder.build(builder.linear(summary, { name: 'classifier', outFeatures: 10 }));
  return { graph, coefficients: [0.5, 0.5, 0] };
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof TenasError) return error.code;
    throw error;
  }
  return 'no error';
}

describe('exportOnnx', () => {
  test.each(SUPPORTED_OPSETS)('opset %i loads, runs and is right', async (opset) => {
    const { graph, coefficients } = smallNetwork();
    const result = await checkAgainstPlain(graph, { opset, coefficients, batchSizes: [1, 5, 2] });
    expect(result.failure).toBeNull();
    expect(result.opset).toBe(opset);
    expect(result.irVersion).toBe([8, 8, 9, 9, 10, 10, 11, 12][opset - 17]);
    expect(result.outputs.map(({ shape }) => shape)).toEqual([
      [1, 10],
      [5, 10],
      [2, 10],
    ]);
    expect(result.warnings).toEqual([]);
  });

  test('names follow the graph, dead branches are left out', () => {
    const { graph, coefficients } = smallNetwork();
    const weights = randomWeights(graph);
    const summary = summarizeModel(exportOnnx(graph, weights, { coefficients, producerVersion: '1.2.3' }));
    expect(summary.inputs).toEqual([{ name: 'input', shape: ['N', 3, 9, 9] }]);
    expect(summary.outputs).toEqual([{ name: 'logits', shape: ['N', 10] }]);
    expect(summary.producerName).toBe('tenas');
    expect(summary.producerVersion).toBe('1.2.3');
    const names = summary.nodes.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['cells.0.pool', 'cells.0.node1', 'global_pooling', 'classifier']),
    );
    expect(names.join()).not.toContain('dead');
    const parameters = summary.initializers.map(({ name }) => name);
    expect(parameters).toEqual(
      expect.arrayContaining(['stem.0.weight', 'stem.1.running_var', 'classifier.weight', 'classifier.bias']),
    );
    expect(parameters.join()).not.toContain('dead');
    expect(summary.initializers.find(({ name }) => name === 'classifier.weight')?.shape).toEqual([10, 8]);
  });

  test('input, output and graph names can be chosen; nodes give way to them', async () => {
    const builder = new GraphBuilder();
    const image = builder.input([2, 3, 3], 'pixels');
    const graph = builder.build(builder.relu(builder.relu(image, 'scores'), 'image'));
    const result = await checkAgainstPlain(graph, {
      inputName: 'image',
      outputName: 'scores',
      graphName: 'g',
    });
    expect(result.failure).toBeNull();
    const summary = summarizeModel(result.bytes);
    expect(summary.inputs[0]?.name).toBe('image');
    expect(summary.outputs[0]?.name).toBe('scores');
  });

  test('nodes of the same name get different names', async () => {
    const builder = new GraphBuilder();
    const image = builder.input([2, 3, 3]);
    const graph = builder.build(
      builder.concat([builder.relu(image, 'same'), builder.relu(image, 'same')], 'same'),
    );
    const result = await checkAgainstPlain(graph);
    expect(result.failure).toBeNull();
    expect(summarizeModel(result.bytes).nodes.map(({ name }) => name)).toEqual(['same', 'same_2', 'same_3']);
  });

  test('metadata is read back, by us and after a check', async () => {
    const { graph, coefficients } = smallNetwork();
    const metadata = modelMetadata({
      genotype: '|nor_conv_3x3~0|+|skip_connect~0|none~1|',
      scores: { conditionNumber: Infinity, regions: 12 },
      toolVersion: '0.1.0',
      extra: { 'note/ü': 'zwei\nZeilen' },
    });
    const result = await checkAgainstPlain(graph, { coefficients, metadata });
    expect(result.metadata).toEqual({
      'tenas.genotype': '|nor_conv_3x3~0|+|skip_connect~0|none~1|',
      'tenas.scores': '{"conditionNumber":"Infinity","regions":12}',
      'tenas.version': '0.1.0',
      'note/ü': 'zwei\nZeilen',
    });
    expect(summarizeModel(result.bytes).metadata).toEqual(metadata);
  });

  test('an extra metadata key must not replace one of the tool', () => {
    expect(codeOf(() => modelMetadata({ genotype: 'g', extra: { 'tenas.genotype': 'h' } }))).toBe(
      'OPTIONS_INVALID',
    );
  });

  test('the same graph and weights give the same bytes', () => {
    const { graph, coefficients } = smallNetwork();
    const weights = randomWeights(graph);
    const first = exportOnnx(graph, weights, { coefficients });
    expect(Buffer.compare(first, exportOnnx(graph, weights, { coefficients }))).toBe(0);
  });

  test.each([16, 25, 17.5, Number.NaN])('opset %d is refused', (opset) => {
    const { graph, coefficients } = smallNetwork();
    const act = () => exportOnnx(graph, randomWeights(graph), { opset, coefficients });
    expect(codeOf(act)).toBe('OPSET_UNSUPPORTED');
  });

  test('wrong options are refused', () => {
    const { graph, coefficients } = smallNetwork();
    const weights = randomWeights(graph);
    const refused = (options: Parameters<typeof exportOnnx>[2]) =>
      codeOf(() => exportOnnx(graph, weights, options));
    expect(refused({})).toBe('COEFFICIENTS_INVALID');
    expect(refused({ coefficients: [1, 1] })).toBe('COEFFICIENTS_INVALID');
    expect(refused({ coefficients: [1, Number.NaN, 0] })).toBe('COEFFICIENTS_INVALID');
    expect(refused({ coefficients, inputName: ' ' })).toBe('OPTIONS_INVALID');
    expect(refused({ coefficients, inputName: 'x', outputName: 'x' })).toBe('OPTIONS_INVALID');
    expect(refused({ coefficients, inputName: 'stem.0.weight' })).toBe('OPTIONS_INVALID');
    expect(refused({ coefficients, metadata: { '': 'x' } })).toBe('OPTIONS_INVALID');
  });

  test('wrong weights are refused by name, those of dead branches do not matter', () => {
    const { graph, coefficients } = smallNetwork();
    const good = randomWeights(graph);
    const { offsets } = paramOffsets(graph);
    const withValue = (name: string, value: number) => {
      const weights = good.slice();
      weights[offsets[graph.params.find((param) => param.name === name)!.id]!] = value;
      return () => exportOnnx(graph, weights, { coefficients });
    };
    expect(codeOf(() => exportOnnx(graph, good.subarray(1), { coefficients }))).toBe('WEIGHTS_INVALID');
    expect(withValue('stem.0.weight', Number.NaN)).toThrow(/stem\.0\.weight is NaN/);
    expect(withValue('stem.1.running_var', -1)).toThrow(/stem\.1\.running_var is -1/);
    expect(codeOf(withValue('cells.0.dead.weight', Number.NaN))).toBe('no error');
  });
});
