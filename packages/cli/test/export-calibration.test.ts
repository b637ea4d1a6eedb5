import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { normalisedImages, openDataset } from '@tenas/data';
import { paramOffsets, sizeOf, writeSafetensors } from '@tenas/graph';
import { Program } from '@tenas/native';
import { calibrateBatchNorm, checkOnnx, summarizeModel } from '@tenas/onnx';
import { nasBench201 } from '@tenas/spaces';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { noisePng } from './support/noise-png.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
const photos = join(folder, 'photos');
const record = fileURLToPath(new URL('../../records/test/fixtures/v1/search-finals.json', import.meta.url));
const arch = '|nor_conv_3x3~0|+|skip_connect~0|nor_conv_1x1~1|+|none~0|avg_pool_3x3~1|nor_conv_3x3~2|';
const small = ['export', '--arch', arch, '--channels', '4', '--cells', '1', '--input-size', '16', '--json'];

beforeAll(() => {
  for (const name of ['cats', 'dogs\u202e', 'snakes']) {
    mkdirSync(join(photos, name), { recursive: true });
    for (let n = 0; n < 3; n++) {
      writeFileSync(join(photos, name, `${n}.png`), noisePng(20, 30));
    }
  }
});

describe('export with images', () => {
  it('calibrates untrained networks on the pictures, and names the classes', async () => {
    const out = join(folder, 'photos.onnx');
    const { code, out: printed } = await tenas([
      ...[...small, '--dataset', 'folder', '--data', photos, '--out', out, '--check'],
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(printed)).toMatchObject({
      network: { numClasses: 3 },
      trained: false,
      calibration: '9 images of folder',
      check: { ok: true },
    });
    const { metadata } = summarizeModel(readFileSync(out));
    expect(metadata).toMatchObject({ 'tenas.dataset': 'folder', 'tenas.calibration': '9 images of folder' });
    expect(metadata['tenas.classes']).toBe('["cats","dogs\\u202e","snakes"]');
  });

  it('has the statistics of exactly these pictures', async () => {
    const out = join(folder, 'exact.onnx');
    await tenas([...small, '--dataset', 'folder', '--data', photos, '--out', out]);
    const size = { C: 4, N: 1, numClasses: 3, inputShape: [3, 16, 16] as const };
    const graph = nasBench201.network(nasBench201.parse(arch), size);
    using program = Program.compile(graph);
    const initial = program.seededWeights({ seed: 0, repeat: 0, init: 'kaiming_fan_out' });
    const source = await openDataset({ dataset: 'folder', data: photos, size: 16 });
    const inputs = await normalisedImages(source, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    const expected = await calibrateBatchNorm(graph, initial, { inputs, batchSize: 9 });
    const fits = async (weights: Float32Array) => (await checkOnnx(out, { graph, weights })).ok;
    expect(await fits(expected)).toBe(true);
    expect(await fits(await calibrateBatchNorm(graph, initial))).toBe(false);
  });

  it('leaves the statistics of a file alone, unless told to measure them', async () => {
    const graph = nasBench201.network(nasBench201.parse(arch), { C: 4, N: 1, numClasses: 3 });
    using program = Program.compile(graph);
    const data = program.seededWeights({ seed: 1, repeat: 0, init: 'pytorch' });
    const { offsets } = paramOffsets(graph);
    const weights = join(folder, 'trained.safetensors');
    const tensors = graph.params.map(({ id, name, shape }) => {
      const values = data.slice(offsets[id]!, offsets[id]! + sizeOf(shape));
      return [name, { dtype: 'F32', shape, data: values }] as const;
    });
    writeFileSync(weights, writeSafetensors(new Map(tensors)));
    const argv = [...small, '--dataset', 'folder', '--data', photos, '--weights', weights];
    const kept = await tenas([...argv, '--out', join(folder, 'kept.onnx')]);
    expect(JSON.parse(kept.out)).toMatchObject({ trained: true });
    expect(JSON.parse(kept.out)).not.toHaveProperty('calibration');
    const measured = await tenas([...argv, '--calibrate', '--out', join(folder, 'measured.onnx')]);
    expect(JSON.parse(measured.out)).toMatchObject({ trained: true, calibration: '9 images of folder' });
  });

  it.each([
    [['--calibrate'], '`tenas data fetch cifar10` gets it'],
    [['--dataset', 'folder'], '--data is required for folder'],
    [['--dataset', 'folder', '--data', folder, '--record', record], 'not both'],
  ])('refuses %j', async (flags, problem) => {
    const { code, err } = await tenas([...small, ...flags, '--out', join(folder, 'no.onnx')]);
    expect(code).toBe(2);
    expect(err).toContain(problem);
  });

  it('needs the name of the dataset where a record is of images that are computed', async () => {
    const searched = JSON.parse(readFileSync(record, 'utf8'));
    const synthetic = join(folder, 'synthetic.json');
    writeFileSync(
      synthetic,
      JSON.stringify({ ...searched, dataset: { ...searched.dataset, name: 'synthetic' } }),
    );
    const argv = ['export', '--record', synthetic, '--data', photos, '--out', join(folder, 'no.onnx')];
    const { code, err } = await tenas(argv);
    expect(code).toBe(2);
    expect(err).toContain("the record's dataset is synthetic");
  });
});
