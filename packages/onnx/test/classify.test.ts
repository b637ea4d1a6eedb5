import { GraphBuilder } from '@tenas/graph';
import { describe, expect, test } from 'vitest';
import { checkOnnx, classifyOnnx, exportOnnx } from '../src/index.js';
import { normalInputs } from '../src/random-inputs.js';
import { plainForward } from './support/plain-forward.js';
import { randomWeights } from './support/random-weights.js';

function classifier() {
  const graph = new GraphBuilder();
  const conv = graph.conv2d(graph.input([3, 4, 4]), { name: 'conv', outChannels: 5, kernel: 3, padding: 1 });
  return graph.build(graph.linear(graph.globalAvgPool(graph.relu(conv)), { name: 'head', outFeatures: 4 }));
}

const graph = classifier();
const weights = randomWeights(graph);
const model = exportOnnx(graph, weights);
const sample = 3 * 4 * 4;

/** Batches of random images with the labels that a plain forward pass gives, those below `wrong` moved by one. */
function batches(sizes: readonly number[], wrong: number) {
  let seen = 0;
  return sizes.map((size, seed) => {
    const images = normalInputs(size * sample, seed);
    const logits = plainForward(graph, weights, images, size);
    const labels = Int32Array.from({ length: size }, (_, n) => {
      const own = [...logits.subarray(4 * n, 4 * n + 4)];
      const predicted = own.indexOf(Math.max(...own));
      return seen++ < wrong ? (predicted + 1) % 4 : predicted;
    });
    return { images, labels };
  });
}

describe('classifyOnnx', () => {
  test('counts the images whose largest logit is their label’s, over all batches', async () => {
    const result = await classifyOnnx(model, batches([7, 7, 3], 5), { threads: 1 });
    expect(result).toMatchObject({ images: 17, correct: 12, accuracy: 12 / 17 });
    expect(result.ortVersion).toMatch(/^\d+\./);
  });

  test('refuses a model without classes, no images, and stops when asked to', async () => {
    const features = new GraphBuilder();
    const map = features.conv2d(features.input([3, 4, 4]), { name: 'conv', outChannels: 2, kernel: 1 });
    const unpooled = features.build(map);
    const featureModel = exportOnnx(unpooled, randomWeights(unpooled));
    await expect(classifyOnnx(featureModel, batches([2], 0))).rejects.toMatchObject({
      code: 'ONNX_MISMATCH',
    });
    await expect(classifyOnnx(model, [])).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
      field: 'batches',
    });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(classifyOnnx(model, batches([2], 0), { signal })).rejects.toThrow('enough');
  });
});

describe('checkOnnx on given inputs', () => {
  const reference = async (inputs: Float32Array, batch: number) =>
    plainForward(graph, weights, inputs, batch);

  test('runs these and no others', async () => {
    const seen: Float32Array[] = [];
    const inputs = [normalInputs(2 * sample, 1), normalInputs(6 * sample, 2)];
    const result = await checkOnnx(model, {
      ...{ graph, weights, inputs, threads: 1 },
      reference: async (given, batch) => {
        seen.push(given);
        return await reference(given, batch);
      },
    });
    expect(result.ok).toBe(true);
    expect(result.outputs.map(({ batch }) => batch)).toEqual([2, 6]);
    expect(seen).toEqual(inputs);
  });

  test.each([[[]], [[new Float32Array(sample + 1)]], [[new Float32Array(0)]]])(
    'refuses batches that are none: %#',
    async (inputs) => {
      await expect(checkOnnx(model, { graph, weights, inputs, reference })).rejects.toMatchObject({
        code: 'OPTIONS_INVALID',
        field: 'inputs',
      });
    },
  );
});
