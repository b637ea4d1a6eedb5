import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
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
    for (const pattern of ['ema.*', '*decay', '*m*.d*y', 'ema.decay', '*']) {
      const { ignored } = await loadWeights(graph, path, { ignorePatterns: [pattern] });
      expect(ignored).toHaveLength(5);
    }
    for (const pattern of ['ema', 'decay', 'ema.decay*y', '*emb*', '']) {
      await expect(loadWeights(graph, path, { ignorePatterns: [pattern] })).rejects.toThrow('ema.decay');
    }
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

  test('reads double and half precision, and says so', async () => {
    const graph = network();
    const weights = randomWeights(graph).map((value) => Math.round(16 * value) / 16);
    const tensors = tensorsOf(graph, weights);
    const doubles = new Map(
      [...tensors].map(([name, { shape, data }]): [string, Tensor] => [
        name,
        { dtype: 'F64', shape, data: Float64Array.from(data as Float32Array) },
      ]),
    );
    const double = await loadWeights(graph, await save(doubles));
    expect(double.weights).toEqual(weights);
    expect(double.converted).toEqual({ F64: graph.params.length });
    expect(double.messages).toEqual([
      `converted ${graph.params.length} tensors from F64 to single precision`,
    ]);
    for (const [dtype, bits] of [
      ['F16', halfBits],
      ['BF16', (value: number) => singleBits(value) >>> 16],
    ] as const) {
      const path = join(folder, `${dtype}.safetensors`);
      await writeFile(path, rawFile(tensors, dtype, bits));
      const loaded = await loadWeights(graph, path);
      expect(loaded.weights).toEqual(weights);
      expect(loaded.converted).toEqual({ [dtype]: graph.params.length });
    }
  });

  test('removes the prefixes of wrappers, but not those that are in the names of the graph', async () => {
    const graph = network();
    const weights = randomWeights(graph);
    for (const prefix of [
      'module.',
      '_orig_mod.',
      'model.',
      'net.',
      'state_dict.',
      'module._orig_mod.model.',
    ]) {
      const path = await save(
        new Map([...tensorsOf(graph, weights)].map(([name, tensor]) => [prefix + name, tensor])),
      );
      const loaded = await loadWeights(graph, path);
      expect(loaded.weights).toEqual(weights);
      expect(loaded.renamed).toEqual({ [prefix]: graph.params.length });
    }
    const builder = new GraphBuilder();
    const pooled = builder.globalAvgPool(builder.input([2, 4, 4]));
    const own = builder.build(builder.linear(pooled, { name: 'model.auxiliary_head.fc', outFeatures: 2 }));
    for (const prefix of ['', 'module.']) {
      const path = await save(
        new Map([...tensorsOf(own, weights)].map(([name, tensor]) => [prefix + name, tensor])),
      );
      const loaded = await loadWeights(own, path);
      expect(loaded.renamed).toEqual(prefix === '' ? {} : { [prefix]: 2 });
      expect(loaded.ignored).toEqual([]);
    }
  });

  test('leaves the state of the optimiser out, whatever its type', async () => {
    const graph = network();
    const weights = randomWeights(graph);
    const one = float([1], new Float32Array(1));
    const state = [
      'optimizer.state.0.momentum_buffer',
      'optimiser.param_groups.0.lr',
      'optimizer_state.0.step',
      'optim.x',
      'lr_scheduler.last_epoch',
      'scaler.scale',
      'stem.0.weight.exp_avg_sq',
      'epoch',
      'stem.0.total_ops',
    ];
    const all: [string, Tensor][] = [
      ...tensorsOf(graph, weights),
      ...state.map((name): [string, Tensor] => [name, one]),
    ];
    const path = await save(new Map(all));
    const loaded = await loadWeights(graph, path);
    expect(loaded.weights).toEqual(weights);
    expect(loaded.ignored.toSorted()).toEqual(state.toSorted());
    expect(loaded.messages.join()).toContain('ignored 8 tensors: state of the optimiser or its schedule');
    // The same file with a type that is not read.
    const text = readFileSync(path, 'latin1').replace(
      /("epoch":\{"dtype":)"F32","shape":\[1\]/,
      '$1"U16","shape":[2]',
    );
    await writeFile(path, text, 'latin1');
    expect((await loadWeights(graph, path)).weights).toEqual(weights);
    await writeFile(
      path,
      text.replace('"stem.0.weight":{"dtype":"F32"', '"stem.0.weight":{"dtype":"U32"'),
      'latin1',
    );
    expect(await errorOf(loadWeights(graph, path))).toMatchObject({ field: 'stem.0.weight.dtype' });
  });

  describe('by an index', () => {
    /** Writes two files and an index of them. */
    async function sharded(
      change: (map: Record<string, unknown>) => unknown = (map) => ({ weight_map: map }),
    ) {
      const graph = network();
      const weights = randomWeights(graph);
      const tensors = [...tensorsOf(graph, weights)];
      const map: Record<string, unknown> = {};
      for (const [number, part] of [tensors.slice(0, 3), tensors.slice(3)].entries()) {
        const name = `model-0000${number + 1}-of-00002.safetensors`;
        await save(new Map(part), name);
        for (const [tensor] of part) map[tensor] = name;
      }
      const path = join(folder, 'model.safetensors.index.json');
      await writeFile(path, JSON.stringify(change(map)));
      return { graph, weights, path };
    }

    test('reads all files', async () => {
      const { graph, weights, path } = await sharded((map) => ({
        metadata: { total_size: 5 },
        weight_map: map,
      }));
      const loaded = await loadWeights(graph, path);
      expect(loaded.weights).toEqual(weights);
      expect(loaded.shards).toEqual(['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors']);
      expect(loaded.messages).toEqual(['read 2 files of the index']);
    });

    test.each<[string, (map: Record<string, unknown>) => unknown, string, string]>([
      ['no object', () => [], 'WEIGHTS_INDEX_INVALID', 'weight_map'],
      ['without a map', () => ({ weights: {} }), 'WEIGHTS_INDEX_INVALID', 'weight_map'],
      ...[
        '../x.safetensors',
        '/etc/x.safetensors',
        'a/x.safetensors',
        'a\\x.safetensors',
        'x.bin',
        '',
        7,
        null,
      ].map((name): [string, (map: Record<string, unknown>) => unknown, string, string] => [
        `leading to ${JSON.stringify(name)}`,
        (map) => ({ weight_map: { ...map, 'stem.0.weight': name } }),
        'WEIGHTS_INDEX_INVALID',
        'weight_map.stem.0.weight',
      ]),
      [
        'with a tensor that no file has',
        (map) => ({ weight_map: { ...map, more: 'model-00001-of-00002.safetensors' } }),
        'WEIGHTS_INDEX_INVALID',
        'weight_map.more',
      ],
      [
        'with a tensor in another file',
        (map) => ({ weight_map: { ...map, 'stem.0.weight': 'model-00002-of-00002.safetensors' } }),
        'WEIGHTS_INDEX_INVALID',
        'weight_map.stem.0.weight',
      ],
      [
        'with a file that is not there',
        (map) => ({ weight_map: { ...map, more: 'absent.safetensors' } }),
        'WEIGHTS_UNREADABLE',
        'path',
      ],
      ['of too many files', manyFiles, 'WEIGHTS_INDEX_INVALID', 'weight_map'],
    ])('refuses one that is %s', async (_, change, code, field) => {
      const { graph, path } = await sharded(change);
      expect(await errorOf(loadWeights(graph, path))).toMatchObject({ code, field });
    });

    test('refuses what is no JSON, nests too deep or names a tensor twice', async () => {
      const path = join(folder, 'x.index.json');
      for (const text of ['{', '\u0000', '['.repeat(50_000), '{"weight_map":{"a":"b","a":"c"}}']) {
        await writeFile(path, text);
        expect(await errorOf(loadWeights(network(), path))).toMatchObject({ code: 'WEIGHTS_INDEX_INVALID' });
      }
    });
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

function manyFiles() {
  return {
    weight_map: Object.fromEntries(Array.from({ length: 1001 }, (_, n) => [`${n}`, `${n}.safetensors`])),
  };
}

function singleBits(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]!;
}

/** Half precision of a number that it holds exactly. */
function halfBits(value: number): number {
  const bits = singleBits(value);
  if (value === 0) return bits >>> 16;
  return ((bits >>> 16) & 0x8000) | ((((bits >>> 23) & 0xff) - 112) << 10) | ((bits >>> 13) & 0x3ff);
}

/** A file of 16 bits a value, a type that the writer does not write. */
function rawFile(tensors: Tensors, dtype: string, bits: (value: number) => number): Buffer {
  let end = 0;
  const entries = [...tensors].map(([name, { shape, data }]) => {
    const begin = end;
    end += 2 * data.length;
    return [name, { dtype, shape, data_offsets: [begin, end] }];
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const values = [...tensors.values()].flatMap(({ data }) => Array.from(data, Number).map(bits));
  return Buffer.concat([length, header, Buffer.from(Uint16Array.from(values).buffer)]);
}
