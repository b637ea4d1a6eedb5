import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TenasError } from '@tenas/base';
import { type Graph, GraphBuilder, paramOffsets, sizeOf, writeSafetensors } from '@tenas/graph';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadWeights } from '../src/index.js';
import { randomWeights } from './support/random-weights.js';

type Tensors = Parameters<typeof writeSafetensors>[0];
type Tensor = Tensors extends ReadonlyMap<string, infer Value> ? Value : never;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenas-weights-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function network(): Graph {
  const builder = new GraphBuilder();
  const conv = builder.conv2d(builder.input([2, 4, 4]), { name: 'stem.0', outChannels: 3, kernel: 3 });
  const pooled = builder.globalAvgPool(builder.batchNorm(conv, { name: 'stem.1' }));
  return builder.build(builder.linear(pooled, { name: 'classifier', outFeatures: 2 }));
}

function tensorsOf(graph: Graph, weights: Float32Array): Map<string, Tensor> {
  const { offsets } = paramOffsets(graph);
  return new Map(
    graph.params.map((param) => {
      const start = offsets[param.id]!;
      return [param.name, float([...param.shape], weights.slice(start, start + sizeOf(param.shape)))];
    }),
  );
}

function float(shape: number[], data: Float32Array): Tensor {
  return { dtype: 'F32', shape, data };
}

async function save(tensors: Tensors, name = 'weights.safetensors'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, writeSafetensors(tensors));
  return path;
}

async function errorOf(work: Promise<unknown>): Promise<TenasError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TenasError);
  return error as TenasError;
}

describe('loadWeights', () => {
  test('names the file that is malformed or does not fit', async () => {
    const graph = network();
    const short = join(folder, 'short.safetensors');
    await writeFile(short, 'x');
    expect(await errorOf(loadWeights(graph, short))).toMatchObject({
      code: 'SAFETENSORS_INVALID',
      message: expect.stringContaining(short),
    });
    const other = await save(new Map([['other', float([1], new Float32Array(1))]]));
    expect(await errorOf(loadWeights(graph, other))).toMatchObject({
      code: 'WEIGHTS_INVALID',
      message: expect.stringContaining(other),
    });
  });

  test('reads the reference names in any order', async () => {
    const graph = network();
    const weights = randomWeights(graph);
    const path = await save(new Map([...tensorsOf(graph, weights)].reverse()));
    const loaded = await loadWeights(graph, path);
    expect(loaded.weights).toEqual(weights);
    expect(loaded).toMatchObject({ messages: [], ignored: [], missing: [] });
  });

  test('leaves out what inference does not have, and says so', async () => {
    const graph = network();
    const weights = randomWeights(graph);
    const one = float([1], new Float32Array(1));
    const named: [string, Tensor][] = [
      ...tensorsOf(graph, weights),
      ['auxiliary_head.classifier.weight', one],
      ['auxiliary_head.classifier.bias', one],
      ['cells.0.drop_path.mask', one],
      ['stem.1.num_batches_tracked', { dtype: 'I64', shape: [], data: BigInt64Array.of(7n) }],
      ['ema.decay', one],
    ];
    const path = await save(new Map(named.map(([name, tensor]) => [`module.${name}`, tensor])));
    expect((await errorOf(loadWeights(graph, path))).message).toContain('ema.decay');
    const loaded = await loadWeights(graph, path, { ignorePrefixes: ['ema.'] });
    expect(loaded.weights).toEqual(weights);
    expect(loaded.ignored).toHaveLength(5);
    const said = loaded.messages.join('\n');
    for (const part of ['"module."', 'auxiliary head', 'drop path', 'batch counters', '"ema."']) {
      expect(said).toContain(part);
    }
  });

  test('names what is missing, extra, misshaped or not a number', async () => {
    const graph = network();
    const weights = randomWeights(graph);
    const changed = async (change: (tensors: Map<string, Tensor>) => void) => {
      const tensors = tensorsOf(graph, weights);
      change(tensors);
      return (await errorOf(loadWeights(graph, await save(tensors)))).message;
    };
    expect(await changed((tensors) => tensors.delete('classifier.bias'))).toContain('classifier.bias');
    expect(
      await changed((tensors) => tensors.set('other.weight', float([1], new Float32Array(1)))),
    ).toContain('other.weight');
    expect(
      await changed((tensors) => tensors.set('classifier.bias', float([1, 2], new Float32Array(2)))),
    ).toContain('classifier.bias');
    expect(
      await changed((tensors) => tensors.set('classifier.bias', float([2], Float32Array.of(1, Number.NaN)))),
    ).toContain('classifier.bias');
  });

  test('fills in absent running statistics', async () => {
    const graph = network();
    const tensors = tensorsOf(graph, randomWeights(graph));
    tensors.delete('stem.1.running_mean');
    tensors.delete('stem.1.running_var');
    const loaded = await loadWeights(graph, await save(tensors));
    expect(loaded.missing).toEqual(['stem.1.running_mean', 'stem.1.running_var']);
    expect(loaded.messages.join()).toContain('filled in 2 absent tensors');
  });

  test('a name with and without a prefix is ambiguous', async () => {
    const graph = network();
    const tensors = tensorsOf(graph, randomWeights(graph));
    tensors.set('module.classifier.bias', tensors.get('classifier.bias')!);
    const error = await errorOf(loadWeights(graph, await save(tensors)));
    expect(error.code).toBe('WEIGHTS_AMBIGUOUS');
  });

  test('other files are refused', async () => {
    const graph = network();
    const unreadable = (name: string) => errorOf(loadWeights(graph, join(folder, name)));
    expect((await unreadable('absent.safetensors')).code).toBe('WEIGHTS_UNREADABLE');
    expect((await unreadable('weights.pth')).message).toContain('safetensors');
    await writeFile(join(folder, 'broken.safetensors'), 'not one');
    await unreadable('broken.safetensors');
  });
});

test('a pipe that nobody writes to, a device and a folder are refused at once', async ({ skip }) => {
  if (process.platform === 'win32') skip('no pipes and devices with names on Windows');
  const pipe = join(folder, 'pipe');
  expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
  for (const path of [pipe, '/dev/zero', folder]) {
    await expect(loadWeights(network(), path)).rejects.toMatchObject({ code: 'WEIGHTS_UNREADABLE' });
  }
});
