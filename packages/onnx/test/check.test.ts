import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TenasError } from '@tenas/base';
import { GraphBuilder, type Shape } from '@tenas/graph';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CheckOptions, checkOnnx, exportOnnx } from '../src/index.js';
import { normalInputs } from '../src/random-inputs.js';
import { plainForward } from './support/plain-forward.js';
import { randomWeights } from './support/random-weights.js';

function network(shape: Shape = [2, 5, 5]) {
  const builder = new GraphBuilder();
  const conv = builder.conv2d(builder.input(shape), { name: 'conv', outChannels: 3, kernel: 3, padding: 1 });
  const pooled = builder.globalAvgPool(builder.relu(conv));
  return builder.build(builder.linear(pooled, { name: 'classifier', outFeatures: 4 }));
}

const graph = network();
const weights = randomWeights(graph);
const bytes = exportOnnx(graph, weights);
const options: CheckOptions = {
  graph,
  weights,
  threads: 1,
  reference: async (inputs, batch) => plainForward(graph, weights, inputs, batch),
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenas-check-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const firstInputs = new Map<string, number>();
/** The value that was at this place when a batch of this size was first seen. */
function recorded(inputs: Float32Array, index: number): number {
  const key = `${inputs.length}/${index}`;
  if (!firstInputs.has(key)) firstInputs.set(key, inputs[index]!);
  return firstInputs.get(key)!;
}

async function errorOf(work: Promise<unknown>): Promise<TenasError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TenasError);
  return error as TenasError;
}

describe('checkOnnx', () => {
  test('passes a right model, from bytes and from a file', async () => {
    const path = join(folder, 'net.onnx');
    await writeFile(path, bytes);
    for (const model of [bytes, path]) {
      const result = await checkOnnx(model, options);
      expect(result).toMatchObject({ ok: true, failure: null, tolerance: 1e-4, opset: 17, warnings: [] });
      expect(result.maxAbsDiff).toBeLessThan(1e-6);
      expect(result.outputs.map(({ batch }) => batch)).toEqual([1, 5]);
      expect(result.ortVersion).toMatch(/^\d+\.\d+/);
    }
  });

  test('compares with the native engine when no reference is given', async () => {
    const builder = new GraphBuilder();
    const conv = builder.conv2d(builder.input([2, 5, 5]), {
      name: 'conv',
      outChannels: 3,
      kernel: 3,
      stride: 2,
    });
    const normal = builder.batchNorm(conv, { name: 'bn' });
    const mixed = builder.mix(
      [
        { input: normal, slot: builder.slot('identity') },
        { input: builder.relu(normal), slot: builder.slot('relu') },
      ],
      { name: 'mix' },
    );
    const pooled = builder.globalAvgPool(mixed);
    const own = builder.build(builder.linear(pooled, { name: 'classifier', outFeatures: 4 }));
    const values = randomWeights(own);
    const coefficients = [0.25, 0.75];
    const model = exportOnnx(own, values, { coefficients });
    const result = await checkOnnx(model, { graph: own, weights: values, coefficients, threads: 1 });
    expect(result).toMatchObject({ ok: true, warnings: [], fromDouble: null });
    const other = await checkOnnx(model, {
      graph: own,
      weights: values,
      coefficients: [0.75, 0.25],
      threads: 1,
    });
    expect(other.ok).toBe(false);
    // Which side is off: the file, and not our engine.
    expect(other.fromDouble!.onnxruntime).toBeCloseTo(other.outputs[0]!.maxAbsDiff, 5);
    expect(other.fromDouble!.reference).toBeLessThan(1e-5);
    expect(other.failure).toMatch(
      /; from the same pass in double precision onnxruntime differs by up to [\d.]+, our engine by [\d.e-]+$/,
    );
  });

  test('fails a model with one changed weight', async () => {
    const changed = weights.slice();
    changed[0] = changed[0]! + 0.1;
    const result = await checkOnnx(exportOnnx(graph, changed), options);
    expect(result.ok).toBe(false);
    expect(result.failure).toContain('differ by up to');
    expect(result.maxAbsDiff).toBeGreaterThan(result.allowed);
  });

  test('the allowed difference grows with logits above 1', async () => {
    const offset = (by: number): CheckOptions => ({
      ...options,
      reference: async (inputs, batch) =>
        plainForward(graph, weights, inputs, batch).map((value) => value + by),
    });
    const far = await checkOnnx(bytes, offset(100));
    expect(far.allowed).toBeCloseTo(far.maxAbsLogit * 1e-4, 10);
    expect(far.ok).toBe(false);
    const near = await checkOnnx(bytes, { ...offset(1e-3), tolerance: 1e-2 });
    expect(near.ok).toBe(true);
    expect(near.maxAbsDiff).toBeCloseTo(1e-3, 5);
  });

  test('a network that amplifies rounding may differ by what rounding makes, with a warning', async () => {
    // A reference of slope 1000 in its first input stands for a network that amplifies rounding.
    const steep = (error: number): CheckOptions => ({
      ...options,
      reference: async (inputs, batch) => {
        const size = inputs.length / batch;
        return plainForward(graph, weights, inputs, batch).map((value, index) => {
          const first = inputs[Math.floor(index / 4) * size]!;
          return value + error + 1e3 * (first - recorded(inputs, Math.floor(index / 4) * size));
        });
      },
    });
    const right = await checkOnnx(bytes, steep(2e-4));
    expect(right.roundingSensitivity).toBeGreaterThan(5e-5);
    expect(right).toMatchObject({ ok: true, allowed: right.roundingSensitivity! * 8 });
    expect(right.warnings).toEqual([
      expect.stringMatching(
        /^the network amplifies rounding: .* by up to [\d.e-]{1,8}, so [\d.e-]{1,8} is allowed instead of 0\.0001 times the largest logit$/,
      ),
    ]);
    const wrong = await checkOnnx(bytes, steep(5e-2));
    expect(wrong.ok).toBe(false);
    expect(wrong.failure).toContain('in their last place');
  });

  test('values that are not finite fail', async () => {
    const result = await checkOnnx(bytes, {
      ...options,
      reference: async (_, batch) => new Float32Array(batch * 4).fill(Number.NaN),
    });
    expect(result.ok).toBe(false);
    expect(result.failure).toContain('not finite');
    expect(result.maxAbsDiff).toBe(Infinity);
  });

  test('a reference of another length fails', async () => {
    const result = await checkOnnx(bytes, { ...options, reference: async () => new Float32Array(3) });
    expect(result.failure).toContain('returned 4 values, the reference 3');
  });

  test('logits that do not depend on the input are pointed out', async () => {
    const builder = new GraphBuilder();
    builder.input([1, 3, 3]);
    const pooled = builder.globalAvgPool(builder.mix([], { name: 'none', shape: [2, 3, 3] }));
    const constant = builder.build(builder.linear(pooled, { name: 'fc', outFeatures: 2 }));
    const values = randomWeights(constant);
    const result = await checkOnnx(exportOnnx(constant, values), {
      graph: constant,
      weights: values,
      reference: async (inputs, batch) => plainForward(constant, values, inputs, batch),
    });
    expect(result.ok).toBe(true);
    expect(result.warnings.join()).toContain('hardly depend on the input');
  });

  test('files that are no model, models of another network and wrong options are refused', async () => {
    const code = async (model: string | Uint8Array, changed: Partial<CheckOptions> = {}) =>
      (await errorOf(checkOnnx(model, { ...options, ...changed }))).code;
    expect(await code(join(folder, 'absent.onnx'))).toBe('ONNX_UNREADABLE');
    expect(await code(Buffer.from('certainly not a model'))).toBe('ONNX_UNREADABLE');
    expect(await code(new Uint8Array())).toBe('ONNX_UNREADABLE');
    expect(await code(bytes.subarray(0, bytes.length >> 1))).toBe('ONNX_UNREADABLE');
    expect(await code(bytes, { graph: network([3, 5, 5]) })).toBe('ONNX_MISMATCH');
    expect(await code(bytes, { batchSizes: [] })).toBe('OPTIONS_INVALID');
    expect(await code(bytes, { batchSizes: [0] })).toBe('OPTIONS_INVALID');
    expect(await code(bytes, { tolerance: Number.NaN })).toBe('OPTIONS_INVALID');
  });

  test('stops when cancelled, before the start and between batches', async () => {
    expect((await errorOf(checkOnnx(bytes, { ...options, signal: AbortSignal.abort() }))).code).toBe(
      'CANCELLED',
    );
    const controller = new AbortController();
    let calls = 0;
    const reference: CheckOptions['reference'] = async (inputs, batch) => {
      calls++;
      controller.abort();
      return plainForward(graph, weights, inputs, batch);
    };
    const error = await errorOf(checkOnnx(bytes, { ...options, reference, signal: controller.signal }));
    expect(error.code).toBe('CANCELLED');
    expect(calls).toBe(1);
  });
});

test('inputs are standard normal and depend on the seed', () => {
  const values = normalInputs(20_000, 3);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  expect(Math.abs(mean)).toBeLessThan(0.03);
  expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  expect(values.every(Number.isFinite)).toBe(true);
  expect(normalInputs(4, 3)).toEqual(values.slice(0, 4));
  expect(normalInputs(4, 4)).not.toEqual(values.slice(0, 4));
});
