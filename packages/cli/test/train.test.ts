import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDataset } from '@tenas/data';
import { readSafetensors } from '@tenas/graph';
import { summarizeModel } from '@tenas/onnx';
import { readDocument, type TrainingRecord } from '@tenas/records';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { noisePng } from './support/noise-png.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
const arch = '|nor_conv_3x3~0|+|skip_connect~0|nor_conv_1x1~1|+|none~0|avg_pool_3x3~1|nor_conv_3x3~2|';
const small = ['train', '--arch', arch, '--channels', '4', '--cells', '1', '--batch', '32'];
const synthetic = [...small, '--images', '200', '--image-size', '16', '--epochs', '3'];

let folders = 0;
function freshFolder(): string {
  return join(folder, `run-${++folders}`);
}

/** Runs a training that succeeds. */
async function trained(args: readonly string[], out: string): Promise<TrainingRecord> {
  const { code, out: printed, err } = await tenas([...args, '--out', out, '--json']);
  expect(err).not.toContain('error');
  expect(code).toBe(0);
  const read = readDocument(JSON.parse(printed), 'stdout');
  if (read.kind !== 'training') throw new Error(`a document of kind ${read.kind}`);
  return read.document;
}

function weightsIn(out: string) {
  return readSafetensors(readFileSync(join(out, 'model.safetensors')));
}

/** The logits of an ONNX file for one image of 16 x 16. */
async function logitsOf(path: string): Promise<unknown> {
  const image = new Float32Array(3 * 16 * 16).map((_, index) => Math.sin(index));
  const session = await InferenceSession.create(path);
  return (await session.run({ input: new Tensor('float32', image, [1, 3, 16, 16]) })).logits?.data;
}

describe('train', () => {
  it('learns rotations instead of labels, and goes on with no other task', async () => {
    const out = freshFolder();
    const record = await trained([...synthetic, '--set', 'task=rotation'], out);
    expect(record).toMatchObject({
      task: 'rotation',
      network: { numClasses: 4 },
      dataset: { classes: 4, classNames: ['0°', '90°', '180°', '270°'], training: 180 },
      test: { images: 20 },
    });
    expect(record.onnx!.accuracy).toBe(record.test!.accuracy);
    const { code, err } = await tenas([...synthetic, '--out', out, '--resume']);
    expect(code).not.toBe(0);
    expect(err).toContain('--set task');
  });

  it('learns the colours of pixels, and writes a network with a head for each', async () => {
    const record = await trained([...synthetic, '--set', 'task=colorization-32'], freshFolder());
    expect(record).toMatchObject({
      task: 'colorization-32',
      network: { numClasses: 32, inputShape: [1, 16, 16] },
      dataset: { classes: 32, training: 180 },
      test: { images: 20 },
    });
    expect(record.onnx).toMatchObject({ check: { ok: true }, accuracy: null });
    expect(record.epochs.at(-1)!.trainLoss).toBeLessThan(record.epochs[0]!.trainLoss);
    expect(record.epochs[0]!.trainLoss).toBeLessThan(Math.log(32) + 1);
  });

  it('writes weights, an ONNX file that agrees on real images, and a record', async () => {
    const out = freshFolder();
    const record = await trained(synthetic, out);
    expect(readdirSync(out).sort()).toEqual([
      'checkpoint.tenas',
      'model.onnx',
      'model.safetensors',
      'train.json',
      'train.lock',
    ]);
    expect(JSON.parse(readFileSync(join(out, 'train.json'), 'utf8'))).toEqual(record);
    expect(record).toMatchObject({
      space: 'nas-bench-201',
      architecture: arch,
      network: { C: 4, N: 1, numClasses: 10, inputShape: [3, 16, 16] },
      dataset: { name: 'synthetic', training: 180, validation: 20, test: 0 },
      recipe: { name: 'quick', sgd: { rate: 0.1 } },
      batchSize: 32,
      seed: 0,
      test: { of: 'validation', images: 20 },
      weights: join(out, 'model.safetensors'),
      onnx: { path: join(out, 'model.onnx'), check: { ok: true, failure: null, images: 20 } },
    });
    expect(record.epochs).toHaveLength(3);
    // Nothing is calibrated: the two engines see the same weights and statistics.
    expect(record.onnx!.accuracy).toBe(record.test!.accuracy);
    expect(record.test!.accuracy).toBe(record.epochs[2]!.validAccuracy);

    const { tensors, metadata } = weightsIn(out);
    expect(metadata).toMatchObject({ format: 'pt', trained: 'true', architecture: arch });
    expect(tensors.get('stem.1.num_batches_tracked')!.data).toEqual(BigInt64Array.of(18n));
    const said = summarizeModel(readFileSync(join(out, 'model.onnx'))).metadata;
    expect(said).toMatchObject({
      'tenas.trained': 'true',
      'tenas.weights': '3 epochs of quick on synthetic, seed 0',
      'tenas.dataset': 'synthetic',
    });
    expect(said).not.toHaveProperty('tenas.calibration');
  });

  it('gives weights that tenas export takes back', async () => {
    const out = freshFolder();
    const { weights } = await trained([...synthetic, '--validation', '0'], out);
    const onnx = join(out, 'again.onnx');
    const { code, err } = await tenas([
      ...['export', '--arch', arch, '--channels', '4', '--cells', '1', '--input-size', '16'],
      ...['--weights', weights, '--out', onnx, '--check'],
    ]);
    expect([code, err]).toEqual([0, expect.not.stringContaining('error')]);
    expect(summarizeModel(readFileSync(onnx)).metadata).toMatchObject({ 'tenas.trained': 'true' });
  });

  it('is exported by its record, with the size, the weights and the classes of the training', async () => {
    const out = freshFolder();
    const record = await trained([...synthetic, '--validation', '0'], out);
    const moved = freshFolder();
    renameSync(out, moved);
    const onnx = join(moved, 'again.onnx');
    const argv = ['export', '--record', join(moved, 'train.json'), '--out', onnx, '--check', '--json'];
    const { code, out: printed, err } = await tenas(argv);
    expect([code, err]).toEqual([0, expect.not.stringContaining('error')]);
    expect(JSON.parse(printed)).toMatchObject({
      genotype: arch,
      network: record.network,
      weights: join(moved, 'model.safetensors'),
      trained: true,
    });
    expect(summarizeModel(readFileSync(onnx)).metadata).toMatchObject({ 'tenas.dataset': 'synthetic' });
    expect(await logitsOf(onnx)).toEqual(await logitsOf(join(moved, 'model.onnx')));

    rmSync(join(moved, 'model.safetensors'));
    const gone = await tenas([...argv, '--force']);
    expect(gone.code).toBe(2);
    expect(gone.err).toMatch(/^error: --weights: .*model\.safetensors, which .* is not there; give its/);
  });

  it('takes the architecture from the record of another training', async () => {
    const out = freshFolder();
    const first = await trained([...synthetic, '--epochs', '1'], out);
    const again = ['train', '--record', join(out, 'train.json'), ...synthetic.slice(3), '--epochs', '1'];
    const second = await trained(again, freshFolder());
    expect(second.architecture).toBe(first.architecture);
    expect(second.epochs[0]!.trainLoss).toBe(first.epochs[0]!.trainLoss);
  });

  it('shows epochs with loss, accuracies, images per second and the time that is left', async () => {
    const out = freshFolder();
    const { code, out: text, err } = await tenas([...synthetic, '--out', out]);
    expect(code).toBe(0);
    expect(err).toMatch(
      /^training an architecture of nas-bench-201 .* on 180 images of synthetic, 20 held out: 3 epochs of quick, batches of 32, seed 0\n/,
    );
    expect(err).toMatch(
      /^epoch 2\/3: loss \d.\d{3}, training accuracy [\d.]+ %, validation [\d.]+ %, .*, [\d,]+ images\/s, about .* left$/m,
    );
    expect(text).toMatch(/^accuracy {2}[\d.]+ % of 20 held-out images$/m);
    expect(text).toMatch(/^ONNX {6}.*model\.onnx: [\d.]+ % in onnxruntime/m);
  });

  it('trains on a folder of pictures, whose class names are kept', async () => {
    const data = join(folder, 'photos');
    for (const name of ['cats', 'dogs', 'red pandas']) {
      mkdirSync(join(data, name), { recursive: true });
      for (let n = 0; n < 6; n++) writeFileSync(join(data, name, `${n}.png`), noisePng(20, 30));
    }
    const out = freshFolder();
    const args = [...small, '--dataset', 'folder', '--data', data, '--image-size', '16', '--epochs', '2'];
    const record = await trained([...args, '--validation', '3'], out);
    expect(record.dataset).toMatchObject({
      name: 'folder',
      classNames: ['cats', 'dogs', 'red pandas'],
      ...{ classes: 3, training: 15, validation: 3, test: 0 },
    });
    const { metadata } = summarizeModel(readFileSync(join(out, 'model.onnx')));
    expect(metadata['tenas.classes']).toBe('["cats","dogs","red pandas"]');
    expect(metadata['tenas.mean']).toBe('[0.485,0.456,0.406]');
  });

  it('tests on the folder beside train/, and refuses classes that train/ lacks', async () => {
    const data = join(folder, 'parts');
    const write = (part: string, name: string, count: number) => {
      mkdirSync(join(data, part, name), { recursive: true });
      for (let n = 0; n < count; n++) writeFileSync(join(data, part, name, `${n}.png`), noisePng(20, 30));
    };
    for (const name of ['cats', 'dogs']) write('train', name, 10);
    write('val', 'dogs', 4);
    const args = [...small, '--dataset', 'folder', '--data', data, '--image-size', '16', '--epochs', '1'];
    expect(await trained(args, freshFolder())).toMatchObject({
      dataset: { classes: 2, training: 18, validation: 2, test: 4 },
      test: { of: 'test', images: 4 },
      onnx: { check: { images: 2 } },
    });
    write('val', 'mice', 1);
    const { code, err } = await tenas([...args, '--out', freshFolder()]);
    expect(code).toBe(2);
    expect(err).toContain('mice is no class of train/');
  });

  it('changes figures of the recipe by --set, and lists them in the help', async () => {
    const settings = [
      '--set',
      'rate=0.02',
      '--set',
      'warmUp=0.5',
      '--set',
      'flip=false',
      '--set',
      'cutout=8',
    ];
    const record = await trained([...synthetic, ...settings, '--recipe', 'nas-bench-201'], freshFolder());
    expect(record.recipe).toMatchObject({
      name: 'nas-bench-201',
      sgd: { rate: 0.02, momentum: 0.9, weightDecay: 5e-4 },
      cosine: { warmUpEpochs: 0.5, per: 'step' },
      augmentation: { padding: 4, flip: false, cutout: 8 },
    });
    const { out: help } = await tenas(['train', '--recipe', 'darts', '--help']);
    expect(help).toMatch(/rate +learning rate before the schedule; [^(]*\(default:\s+0\.025\)/);
  });

  it('says what of a recipe is left out', async () => {
    const out = freshFolder();
    const { err } = await tenas([...synthetic, '--recipe', 'darts', '--out', out]);
    expect(err).toContain('note: drop path 0.2 of the recipe is left out');
    const record = JSON.parse(readFileSync(join(out, 'train.json'), 'utf8'));
    expect(record.notes).toHaveLength(2);
  });

  it('trains networks of DARTS with drop path, dropout and the auxiliary head of its recipe', async () => {
    const network = ['--space', 'darts', '--arch', 'DARTS_V2', '--channels', '4', '--cells', '3'];
    const images = ['--images', '30', '--epochs', '2', '--batch', '10', '--recipe', 'darts'];
    const out = freshFolder();
    const { code, err } = await tenas(['train', ...network, ...images, '--set', 'dropout=0.1', '--out', out]);
    expect(code).toBe(0);
    expect(err).not.toContain('note:');
    const { notes, recipe, onnx, params } = JSON.parse(readFileSync(join(out, 'train.json'), 'utf8'));
    expect(notes).toBeUndefined();
    expect(recipe).toMatchObject({ dropPath: 0.2, dropout: 0.1, auxiliary: 0.4 });
    expect(onnx.check.ok).toBe(true);
    const { tensors } = weightsIn(out);
    expect([...tensors.keys()].filter((name) => name.startsWith('auxiliary'))).toEqual([]);
    // As many as without the head.
    const off = freshFolder();
    const without = ['--set', 'dropPath=0', '--set', 'auxiliary=0'];
    await trained(['train', ...network, ...images, ...without], off);
    const plain = JSON.parse(readFileSync(join(off, 'train.json'), 'utf8'));
    expect(plain.params).toBe(params);
    expect(plain.recipe).toMatchObject({ dropPath: 0, dropout: 0, auxiliary: 0 });
    expect(weightsIn(off).tensors.get('stem.0.weight')).not.toEqual(tensors.get('stem.0.weight'));
  });

  it('is the same with other threads, and goes on to the bit where it was stopped', async () => {
    const whole = freshFolder();
    await trained([...synthetic, '--threads', '1'], whole);
    const out = freshFolder();
    const controller = new AbortController();
    const io = { signal: controller.signal };
    const stopped = tenas([...synthetic, '--epochs', '3', '--threads', '2', '--out', out], io);
    const checkpoint = join(out, 'checkpoint.tenas');
    while (!existsSync(checkpoint)) await new Promise((resolve) => setTimeout(resolve, 1));
    controller.abort(new Error('enough'));
    await stopped;
    await trained([...synthetic, '--threads', '2', '--resume'], out);
    expect(readFileSync(join(out, 'model.safetensors'))).toEqual(
      readFileSync(join(whole, 'model.safetensors')),
    );
    // What is done may be asked for again.
    const record = await trained([...synthetic, '--resume'], out);
    expect(record.epochs).toHaveLength(3);
  });

  it('replaces nothing unless told to, and resumes only with the same settings, by flag', async () => {
    const out = freshFolder();
    await trained(synthetic, out);
    const refusal = async (args: readonly string[]) => {
      const { code, out: printed } = await tenas([...synthetic, ...args, '--out', out, '--json']);
      expect(code).toBe(2);
      return JSON.parse(printed).error;
    };
    expect(await refusal([])).toMatchObject({ code: 'OUTPUT_EXISTS', field: '--out' });
    expect(await refusal(['--resume', '--force'])).toMatchObject({
      code: 'OPTION_INVALID',
      field: '--force',
    });
    for (const [flag, value, field = flag] of [
      ['--arch', arch.replace('nor_conv_1x1', 'none'), '--arch or --record'],
      ['--epochs', '4'],
      ['--batch', '16'],
      ['--seed', '1'],
      ['--validation', '0.2'],
      ['--images', '150', '--dataset, --data, --images or --image-size'],
      ['--channels', '8', '--channels, --cells or --image-size'],
      ['--set', 'rate=0.01', '--recipe or --set'],
      ['--recipe', 'nas-bench-201'],
    ] as const) {
      const error = await refusal(['--resume', flag, value]);
      expect(error).toMatchObject({ code: 'RESUME_MISMATCH', field });
      expect(error.message.startsWith(`${field}: `)).toBe(true);
    }
    await trained([...synthetic, '--seed', '1', '--force'], out);
    writeFileSync(join(out, 'checkpoint.tenas'), 'tenas');
    expect(await refusal(['--resume'])).toMatchObject({ code: 'CHECKPOINT_INVALID' });
  });

  it('starts from the beginning where there is no checkpoint to resume, and says so', async () => {
    const out = freshFolder();
    const { code, err } = await tenas([...synthetic, '--resume', '--out', out]);
    expect(code).toBe(0);
    expect(err).toContain(`note: ${out} holds no checkpoint; the training starts from the beginning`);
  });

  it('says what to change where a training diverges', async () => {
    const args = [
      ...synthetic,
      '--set',
      'rate=1000',
      '--set',
      'warmUp=0',
      '--set',
      'clip=0',
      '--epochs',
      '200',
    ];
    const { code, out: printed } = await tenas([...args, '--out', freshFolder(), '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(printed).error).toMatchObject({
      code: 'TRAINING_DIVERGED',
      message: expect.stringMatching(
        /lower learning rate.*\(--set rate=200, --set warmUp=2, --set clip=5\)$/,
      ),
    });
  });

  it.each([
    ['--arch', 'OPTION_INVALID', ['train']],
    ['--recipe', 'OPTION_INVALID', [...synthetic, '--recipe', 'quik']],
    ['--validation', 'OPTION_INVALID', [...synthetic, '--validation', '200']],
    ['--validation', 'OPTION_INVALID', [...synthetic, '--validation', '-1']],
    ['--data', 'OPTION_INVALID', [...small, '--dataset', 'cifar10']],
    ['--channels', 'CONFIG_INVALID', [...small, '--space', 'nats-size', '--arch', '64:32:8:48:56']],
    ['rat', 'SETTING_INVALID', [...synthetic, '--set', 'rat=1']],
  ])('refuses what is wrong in %s', async (field, code, args) => {
    const out = freshFolder();
    const { code: exit, out: printed } = await tenas([...args, '--out', out, '--json']);
    expect(exit).toBe(2);
    expect(JSON.parse(printed).error).toMatchObject({ code, field });
    expect(existsSync(join(out, 'checkpoint.tenas'))).toBe(false);
  });

  it('refuses pictures without classes', async () => {
    const data = join(folder, 'unsorted');
    mkdirSync(data);
    for (let n = 0; n < 4; n++) writeFileSync(join(data, `${n}.png`), noisePng(20, 20));
    const args = [...small, '--dataset', 'folder', '--data', data, '--out', freshFolder(), '--json'];
    const { code, out: printed } = await tenas(args);
    expect(code).toBe(2);
    expect(JSON.parse(printed).error).toMatchObject({ code: 'LABELS_MISSING' });
  });
});

const shared = process.env.TENAS_SHARED ?? join(import.meta.dirname, '../../../../shared');
const cifar = join(shared, 'data/cifar-10-batches-bin');

describe.skipIf(!existsSync(cifar))('train on CIFAR-10', () => {
  it('measures the test images in both engines', async () => {
    const args = [...small, '--dataset', 'cifar10', '--data', cifar, '--images', '2000', '--batch', '64'];
    const record = await trained([...args, '--epochs', '3', '--threads', '2'], freshFolder());
    const test = await openDataset({ dataset: 'cifar10', data: cifar, split: 'test' });
    expect(record).toMatchObject({
      dataset: { training: 1800, validation: 200, test: test.size },
      test: { of: 'test', images: test.size },
      onnx: { check: { ok: true, images: 200 } },
    });
    expect(record.test!.accuracy).toBeGreaterThan(0.2);
    // Logits that are all but equal may fall either way.
    expect(Math.abs(record.onnx!.accuracy! - record.test!.accuracy)).toBeLessThanOrEqual(1 / test.size);
  });
});
