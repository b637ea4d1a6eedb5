import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NORMALISATION } from '@tenas/data';
import { GraphBuilder, sizeOf } from '@tenas/graph';
import { Program } from '@tenas/native';
import { exportOnnx, importOnnx, modelMetadata, summarizeModel } from '@tenas/onnx';
import { getSpace } from '@tenas/spaces';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWebRuntime } from '../src/commands/export/web-runtime.js';
import { tenas } from './support/run-in-process.js';

/** Whether onnxruntime-web is there: it is installed with the repository's own tools. */
const runtime = await readWebRuntime().catch(() => null);

const arch =
  '|nor_conv_3x3~0|+|skip_connect~0|nor_conv_1x1~1|+|skip_connect~0|avg_pool_3x3~1|nor_conv_3x3~2|';

describe('--onnx', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tenas-onnx-'));
  const file = join(folder, 'net.onnx');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  beforeAll(() => {
    const space = getSpace('nas-bench-201');
    const graph = space.network(space.parse(arch), { C: 4, N: 1, numClasses: 10 });
    using program = Program.compile(graph);
    const weights = program.seededWeights({ seed: 1, repeat: 0, init: 'kaiming_fan_out' });
    writeFileSync(file, exportOnnx(graph, weights));
  });

  async function document(...argv: string[]) {
    const { code, out, err } = await tenas([...argv, '--json']);
    expect(code, err || out).toBe(0);
    return JSON.parse(out);
  }

  it('scores the network in a file, with drawn weights or those of the file', async () => {
    const argv = ['score', '--onnx', file, '--repeats', '2', '--device', 'cpu'];
    const drawn = await document(...argv);
    expect(drawn).toMatchObject({
      space: 'onnx',
      architecture: 'net.onnx',
      model: { file, sha256: expect.stringMatching(/^[0-9a-f]{64}$/), weights: 'seeded' },
      dataset: { name: 'synthetic' },
    });
    expect(Object.keys(drawn.scores)).toEqual(['naswot', 'params', 'macs']);
    const own = await document(...argv, '--onnx-weights', 'file');
    expect(own.model.weights).toBe('file');
    expect(own.scores.params).toMatchObject({ value: drawn.scores.params.value });
    expect(own.scores.naswot.value).not.toBe(drawn.scores.naswot.value);
  });

  it('writes the network as the same ONNX file, and as PyTorch code', async () => {
    const again = join(folder, 'again.onnx');
    const written = await document('export', '--onnx', file, '--out', again, '--check');
    expect(written).toMatchObject({ model: { file, weights: 'file' }, weights: file, check: { ok: true } });
    const [before, after] = [importOnnx(readFileSync(file)), importOnnx(readFileSync(again))];
    expect(after.graph).toEqual(before.graph);
    expect(await after.weights()).toEqual(await before.weights());
    const out = join(folder, 'bundle');
    const bundle = await document('export', '--onnx', file, '--format', 'pytorch', '--out', out);
    expect(bundle.files).toEqual(expect.arrayContaining(['model.py', 'model.safetensors', 'model.onnx']));
    expect(readFileSync(join(out, 'README.md'), 'utf8')).toContain(`--onnx ${file}`);
  });

  describe('of a file that says what images its network is for', () => {
    const told = join(folder, 'told.onnx');
    const said = {
      'tenas.dataset': 'folder',
      'tenas.mean': '[0.5,0.25,0.125]',
      'tenas.std': '[0.25,0.5,1]',
      'tenas.classes': JSON.stringify(Array.from({ length: 10 }, (_, index) => `bird ${index}`)),
    };
    const facts = ({ metadata }: ReturnType<typeof summarizeModel>) =>
      Object.fromEntries(Object.keys(said).map((key) => [key, metadata[key]]));

    beforeAll(async () => {
      const { graph, weights } = importOnnx(readFileSync(file));
      writeFileSync(told, exportOnnx(graph, await weights(), { metadata: said }));
    });

    it('hands it on to the file and to PyTorch code', async () => {
      const out = join(folder, 'told');
      const { code, err } = await tenas(['export', '--onnx', told, '--format', 'pytorch', '--out', out]);
      expect([code, err]).toEqual([0, '']);
      expect(facts(summarizeModel(readFileSync(join(out, 'model.onnx'))))).toEqual(said);
      expect(JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'))).toMatchObject({
        dataset: 'folder',
        class_names: JSON.parse(said['tenas.classes']),
        mean: [0.5, 0.25, 0.125],
      });
    });

    it('takes the dataset that --dataset names instead', async () => {
      const out = join(folder, 'named.onnx');
      await document('export', '--onnx', told, '--dataset', 'cifar10', '--out', out);
      const { metadata } = summarizeModel(readFileSync(out));
      expect(metadata).toMatchObject(
        modelMetadata({ dataset: 'cifar10', normalisation: NORMALISATION.cifar10 }),
      );
      expect(JSON.parse(metadata['tenas.classes']!)[0]).toBe('airplane');
    });

    it.skipIf(runtime === null)('hands it on to a page (skipped without onnxruntime-web)', async () => {
      const out = join(folder, 'page');
      await document('export', '--onnx', told, '--web', out);
      const page = readFileSync(join(out, 'index.html'), 'utf8');
      expect(page).toContain('bird 7');
      expect(page).not.toContain('class 7');
      expect(page).toContain('[0.5,0.25,0.125]');
    });
  });

  it('notes that a normalisation is assumed', async () => {
    const out = join(folder, 'assumed');
    const { code, err } = await tenas(['export', '--onnx', file, '--format', 'pytorch', '--out', out]);
    expect(code).toBe(0);
    expect(err).toMatch(/^note: nothing says how images are normalised; .* of ImageNet are assumed/);
  });

  it('trains the network', async () => {
    const out = join(folder, 'trained');
    const argv = [
      'train',
      '--onnx',
      file,
      '--images',
      '64',
      '--epochs',
      '1',
      '--batch',
      '16',
      '--validation',
      '16',
    ];
    const record = await document(...argv, '--out', out);
    expect(record).toMatchObject({
      space: 'onnx',
      architecture: 'net.onnx',
      model: { file, weights: 'seeded' },
    });
    expect(record.onnx.check.ok).toBe(true);
    const resumed = await tenas([...argv, '--out', out, '--resume', '--onnx-weights', 'file']);
    expect(resumed.code).toBe(2);
    expect(resumed.err).toMatch(/--onnx-weights: onnxWeights is "file"/);
    const exported = await tenas([
      'export',
      '--record',
      join(out, 'train.json'),
      '--out',
      join(folder, 'x.onnx'),
    ]);
    expect(exported.err).toMatch(/network from an ONNX file; give that file with --onnx/);
  });

  it.each([
    [['score'], /give --arch, an architecture, --onnx, a file with a network, or --stdin/],
    [['score', '--onnx', 'net.onnx', '--arch', arch], /--arch: --onnx names the network already/],
    [['score', '--onnx', join(folder, 'none.onnx')], /--onnx: .*none\.onnx: no such file/],
    [
      ['score', '--onnx', file, '--metrics', 'regions'],
      /the metric regions needs a network without a stem; onnx has none/,
    ],
    [['score', '--arch', arch, '--onnx-weights', 'file'], /--onnx-weights: goes with .* --onnx net\.onnx/],
    [['train', '--arch', arch, '--out', 'x', '--onnx-weights', 'file'], /--onnx-weights: goes with/],
    [['export', '--arch', arch, '--out', 'x', '--onnx-weights', 'seeded'], /--onnx-weights: goes with/],
    [['score', '--onnx', file, '--onnx-weights', 'mine'], /--onnx-weights: .*seeded.*file/],
    [
      ['export', '--onnx', file, '--input-size', '16', '--out', 'x'],
      /takes images of 3x32x32; those of --input-size are 3x16x16/,
    ],
    [['export', '--onnx', file, '--classes', '7', '--out', 'x'], /--classes: .*10, the outputs of net\.onnx/],
    [
      ['export', '--onnx', file, '--channels', '64', '--out', 'x'],
      /--channels: --onnx names the network already/,
    ],
    [['export', '--out', 'x'], /give --arch, --record or --onnx/],
  ])('%j is refused', async (argv, message) => {
    const { code, err } = await tenas(argv);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });

  it('says that images have at most 512 pixels a side', async () => {
    const builder = new GraphBuilder();
    const graph = builder.build(builder.globalAvgPool(builder.input([3, 513, 513])));
    const large = join(folder, 'large.onnx');
    writeFileSync(large, exportOnnx(graph, new Float32Array()));
    for (const argv of [['score'], ['train', '--out', join(folder, 'large')]]) {
      const { code, err } = await tenas([...argv, '--onnx', large]);
      expect(code).toBe(2);
      expect(err).toMatch(/--onnx: .*large\.onnx takes images of 3x513x513; .* at most 512x512 pixels/);
    }
  });

  it('does not train a network whose output is a map', async () => {
    const builder = new GraphBuilder();
    const graph = builder.build(
      builder.conv2d(builder.input([3, 8, 8]), { name: 'conv', outChannels: 10, kernel: 1 }),
    );
    const map = join(folder, 'map.onnx');
    const parameters = graph.params.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    writeFileSync(map, exportOnnx(graph, new Float32Array(parameters)));
    const out = join(folder, 'map');
    const { code, err } = await tenas([
      'train',
      '--onnx',
      map,
      '--images',
      '32',
      '--epochs',
      '1',
      '--out',
      out,
    ]);
    expect(code).toBe(2);
    expect(err).toMatch(/--onnx: .*map\.onnx: the network's output is \[N, 10, 8, 8\]; .*classifier/);
  });

  it('names the file in errors about it', async () => {
    const broken = join(folder, 'broken.onnx');
    writeFileSync(broken, readFileSync(file).subarray(0, 1000));
    const { code, out } = await tenas(['score', '--onnx', broken, '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(out).error).toMatchObject({
      code: 'ONNX_UNREADABLE',
      message: expect.stringContaining(`${broken}: not an ONNX model`),
    });
  });
});
