import { createRequire } from 'node:module';
import { GraphBuilder } from '@tenas/graph';
import { expect, test } from 'vitest';
import { plainForward } from './support/plain-forward.js';

const loaded = () =>
  Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('onnxruntime-node'));

test('onnxruntime is loaded by the first check, not by importing or exporting', async () => {
  const { checkOnnx, exportOnnx } = await import('../src/index.js');
  const builder = new GraphBuilder();
  const graph = builder.build(builder.relu(builder.input([1, 2, 2])));
  const weights = new Float32Array(0);
  const bytes = exportOnnx(graph, weights);
  expect(loaded()).toBe(false);
  const reference = async (inputs: Float32Array, batch: number) =>
    plainForward(graph, weights, inputs, batch);
  expect((await checkOnnx(bytes, { graph, weights, reference })).ok).toBe(true);
  expect(loaded()).toBe(true);
});
