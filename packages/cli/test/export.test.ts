import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { paramOffsets, type Tensor, writeSafetensors } from '@tenas/graph';
import { Program } from '@tenas/native';
import { summarizeModel } from '@tenas/onnx';
import { nasBench201 } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
/** What searches of version 1 wrote. */
const searchRecord = new URL('../../records/test/fixtures/v1/search-finals.json', import.meta.url);
const interruptedRecord = new URL('search-interrupted.json', searchRecord);
const arch = '|nor_conv_3x3~0|+|skip_connect~0|nor_conv_1x1~1|+|none~0|avg_pool_3x3~1|nor_conv_3x3~2|';
const small = ['--arch', arch, '--channels', '4', '--cells', '1'];

/** A state_dict file for the small network with its 7 classes. */
function weightsFile(
  name: string,
  change: (tensors: Map<string, Tensor>) => void,
  metadata: Record<string, string> = {},
): string {
  const graph = nasBench201.network(nasBench201.parse(arch), { C: 4, N: 1, numClasses: 7 });
  using program = Program.compile(graph);
  const data = program.seededWeights({ seed: 1, repeat: 0, init: 'pytorch' });
  const { offsets } = paramOffsets(graph);
  const tensors = new Map<string, Tensor>();
  for (const { id, name: parameter, shape } of graph.params) {
    const size = shape.reduce((product, length) => product * length, 1);
    tensors.set(parameter, { dtype: 'F32', shape, data: data.slice(offsets[id]!, offsets[id]! + size) });
  }
  change(tensors);
  const path = join(folder, name);
  writeFileSync(path, writeSafetensors(tensors, metadata));
  return path;
}

describe('export', () => {
  it('writes a checked network of full size and says what it is', async () => {
    const out = join(folder, 'full.onnx');
    const {
      code,
      out: printed,
      err,
    } = await tenas(['export', '--arch', arch, '--out', out, '--check', '--json']);
    expect(err).toBe('');
    expect(code).toBe(0);
    const document = JSON.parse(printed);
    expect(document).toMatchObject({
      out,
      space: 'nas-bench-201',
      genotype: arch,
      network: { C: 16, N: 5, numClasses: 10, inputShape: [3, 32, 32] },
      opset: 17,
      check: { ok: true, failure: null },
    });
    expect(document.check.maxAbs).toBeLessThanOrEqual(document.check.tolerance);
    const model = summarizeModel(readFileSync(out));
    expect(model.metadata).toMatchObject({ 'tenas.genotype': arch, 'tenas.version': '0.1.0' });
  });

  it('says in the file what goes in, what comes out, whether it was trained, and what to cite', async () => {
    const out = join(folder, 'described.onnx');
    const { out: printed } = await tenas(['export', ...small, '--out', out, '--json']);
    expect(JSON.parse(printed)).toMatchObject({ trained: false, calibration: 'noise' });
    const { metadata, docString, domain } = summarizeModel(readFileSync(out));
    expect(metadata).toMatchObject({
      'tenas.dataset': 'cifar10',
      'tenas.trained': 'false',
      'tenas.calibration': 'noise',
      'tenas.layout': 'NCHW RGB, (pixel / 255 - mean) / std',
    });
    expect(JSON.parse(metadata['tenas.std']!)[2]).toBeCloseTo(66.7 / 255, 12);
    expect(JSON.parse(metadata['tenas.classes']!).slice(0, 2)).toEqual(['airplane', 'automobile']);
    expect(domain).toBe('tenas');
    expect(docString).toMatch(/^An UNTRAINED network/);
    expect(docString).toContain('Dong and Yang, ICLR 2020');
  });

  it('names no dataset and no classes where the number of classes is that of none', async () => {
    const out = join(folder, 'seven.onnx');
    await tenas(['export', ...small, '--classes', '7', '--out', out]);
    const { metadata } = summarizeModel(readFileSync(out));
    expect(Object.keys(metadata)).toEqual(expect.not.arrayContaining(['tenas.dataset', 'tenas.classes']));
  });

  it('takes weights from a file for trained, unless the file says otherwise', async () => {
    for (const [name, header, trained] of [
      ['said', { trained: 'false' }, false],
      ['unsaid', {}, true],
    ] as const) {
      const weights = weightsFile(`${name}.safetensors`, () => {}, header);
      const argv = [...small, '--classes', '7', '--weights', weights, '--out', join(folder, `${name}.onnx`)];
      const { out } = await tenas(['export', ...argv, '--json']);
      expect(JSON.parse(out)).toMatchObject({ trained });
      expect(JSON.parse(out)).not.toHaveProperty('calibration');
    }
  });

  it('takes the size, the classes and the opset', async () => {
    const out = join(folder, 'small.onnx');
    const argv = [...small, '--classes', '7', '--input-size', '20', '--opset', '21', '--out', out, '--json'];
    const { code, out: printed } = await tenas(['export', ...argv, '--check']);
    expect(code).toBe(0);
    expect(JSON.parse(printed).network).toEqual({ C: 4, N: 1, numClasses: 7, inputShape: [3, 20, 20] });
    expect(summarizeModel(readFileSync(out)).opset).toBe(21);
  });

  it('finds the space that can read the architecture', async () => {
    for (const [text, space] of [
      ['DARTS_V2', 'darts'],
      ['8:16:8:16:8', 'nats-size'],
    ] as const) {
      const out = join(folder, `${space}-found.onnx`);
      const { code, out: printed } = await tenas(['export', '--arch', text, '--out', out, '--json']);
      expect(code).toBe(0);
      expect(JSON.parse(printed).space).toBe(space);
    }
    const { code, err } = await tenas(['export', '--arch', 'DARTS_V9', '--out', join(folder, 'no.onnx')]);
    expect(code).toBe(2);
    expect(err).toContain('known are DARTS_V1');
  });

  it('refuses a size that the space does not have', async () => {
    const argv = ['--arch', '8:16:8:16:8', '--channels', '4', '--out', join(folder, 'no.onnx')];
    const { code, err } = await tenas(['export', ...argv]);
    expect(code).toBe(2);
    expect(err).toContain('--channels: C must be absent');
  });

  it.each([
    ['nas-bench-201', [...small], { folded: 14, left: 1 }],
    ['darts', ['--arch', 'DARTS_V2', '--channels', '4', '--cells', '3'], { folded: 17, left: 1 }],
  ])(
    'folds batch norms of %s, says how many, and is checked against the network with them',
    async (space, argv, counts) => {
      const out = join(folder, `${space}-folded.onnx`);
      const flags = ['export', ...argv, '--fold-batch-norm', '--check', '--out', out];
      const { code, out: printed } = await tenas([...flags, '--json']);
      expect(code).toBe(0);
      const { batchNorms, check } = JSON.parse(printed);
      expect(check.ok).toBe(true);
      expect(batchNorms).toMatchObject(counts);
      expect(batchNorms.nodes).toBe(batchNorms.nodesBefore - batchNorms.folded);
      const operators = summarizeModel(readFileSync(out)).nodes.map(({ opType }) => opType);
      expect(operators).toHaveLength(batchNorms.nodes);
      expect(operators.filter((op) => op === 'BatchNormalization')).toHaveLength(batchNorms.left);
      const { out: text } = await tenas([...flags, '--force']);
      expect(text).toMatch(/^folded {8}\d+ batch norms: \d+ nodes became \d+/m);
    },
  );

  it('takes well-known DARTS genotypes by name', async () => {
    const out = join(folder, 'darts.onnx');
    const argv = ['--space', 'darts', '--arch', 'DARTS_V2', '--channels', '4', '--cells', '3', '--out', out];
    const { code, out: printed } = await tenas(['export', ...argv, '--check']);
    expect(code).toBe(0);
    expect(printed).toMatch(/^check +ok/m);
  });

  it('replaces a file only with --force, and leaves nothing else behind', async () => {
    const out = join(folder, 'twice.onnx');
    expect((await tenas(['export', ...small, '--out', out])).code).toBe(0);
    const first = readFileSync(out);
    const refused = await tenas(['export', ...small, '--seed', '5', '--out', out]);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain(out);
    expect(refused.err).toContain('--force');
    expect(readFileSync(out).equals(first)).toBe(true);
    expect((await tenas(['export', ...small, '--seed', '5', '--out', out, '--force'])).code).toBe(0);
    expect(readFileSync(out).equals(first)).toBe(false);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('loads weights by their state_dict names', async () => {
    const weights = weightsFile('good.safetensors', () => {});
    const argv = [...small, '--classes', '7', '--weights', weights, '--out', join(folder, 'loaded.onnx')];
    const { code, out } = await tenas(['export', ...argv, '--check', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ weights, check: { ok: true } });
    // The model that is handed on does not tell of this machine's folders.
    const { metadata } = summarizeModel(readFileSync(join(folder, 'loaded.onnx')));
    expect(metadata['tenas.weights']).toBe('good.safetensors');
  });

  it('says in text and document how a file of weights was read', async () => {
    const weights = weightsFile('wrapped.safetensors', (tensors) => {
      for (const [name, tensor] of [...tensors]) {
        tensors.delete(name);
        tensors.set(`module.${name}`, tensor);
      }
      tensors.set('optimizer.step', { dtype: 'I64', shape: [], data: BigInt64Array.of(3n) });
    });
    const argv = [...small, '--classes', '7', '--weights', weights, '--out', join(folder, 'wrapped.onnx')];
    const { code, out, err } = await tenas(['export', ...argv, '--json']);
    expect(code).toBe(0);
    expect(err).toContain('note: removed the prefix "module." from ');
    expect(err).toContain('note: ignored 1 tensor: state of the optimiser');
    const { weightsFile: file } = JSON.parse(out);
    expect(Object.keys(file.renamed)).toEqual(['module.']);
    expect(file).toMatchObject({ shards: [], converted: {}, ignored: ['optimizer.step'] });
  });

  const first = 'stem.0.weight';
  it.each<[string, (tensors: Map<string, Tensor>) => void, string]>([
    ['missing', (tensors) => tensors.delete(first), first],
    ['extra', (tensors) => tensors.set('what.weight', tensors.get(first)!), 'what.weight'],
    [
      'misshaped',
      (tensors) => tensors.set(first, { ...tensors.get(first)!, shape: [tensors.get(first)!.data.length] }),
      first,
    ],
    [
      'not finite',
      (tensors) => {
        (tensors.get(first)!.data as Float32Array)[2] = Number.NaN;
      },
      first,
    ],
  ])('names a tensor that is %s, and writes nothing', async (what, change, name) => {
    const weights = weightsFile(`${what}.safetensors`, change);
    const out = join(folder, `${what}.onnx`);
    const { code, err } = await tenas([
      'export',
      ...small,
      '--classes',
      '7',
      '--weights',
      weights,
      '--out',
      out,
    ]);
    expect(code).toBe(2);
    expect(err).toContain(name);
    expect(existsSync(out)).toBe(false);
  });

  it('refuses a folder that is not there, and both or neither of --arch and --record', async () => {
    const absent = await tenas(['export', ...small, '--out', join(folder, 'absent', 'net.onnx')]);
    expect(absent.code).toBe(2);
    expect(absent.err).toContain('absent');
    const neither = await tenas(['export', '--out', join(folder, 'none.onnx')]);
    expect(neither.code).toBe(2);
    expect(neither.err).toContain('--arch, --record or --onnx');
    const both = await tenas(['export', ...small, '--record', 'x.json', '--out', join(folder, 'both.onnx')]);
    expect(both.code).toBe(2);
    expect(both.err).toContain('not both');
  });

  it('reads the architecture, the size and the scores from a record', async () => {
    const record = join(folder, 'record.json');
    const searched = JSON.parse(readFileSync(searchRecord, 'utf8'));
    const dataset = { name: 'imagenet16-120', images: 7, classes: 120, height: 16, width: 16 };
    const scores = { regions: 180, flops: 12 };
    writeFileSync(record, JSON.stringify({ ...searched, genotype: arch, dataset, scores }));
    const out = join(folder, 'recorded.onnx');
    const argv = ['export', '--record', record, '--channels', '4', '--cells', '1', '--out', out, '--json'];
    const { code, out: printed } = await tenas(argv);
    expect(code).toBe(0);
    expect(JSON.parse(printed).network).toEqual({ C: 4, N: 1, numClasses: 120, inputShape: [3, 16, 16] });
    const { metadata, docString } = summarizeModel(readFileSync(out));
    expect(metadata['tenas.dataset']).toBe('imagenet16-120');
    expect(JSON.parse(metadata['tenas.mean']!)[0]).toBeCloseTo(122.68 / 255, 12);
    expect(JSON.parse(metadata['tenas.scores']!)).toEqual({ regions: 180, macs: 12 });
    expect(docString).toContain('the search: Chen, Gong and Wang, ICLR 2021');
  });

  it.each([
    ['no JSON', '{', 'not JSON'],
    ['another document', '{"hello": 1}', 'this looks like a search record, but status is missing'],
    ['an interrupted search', readFileSync(interruptedRecord, 'utf8'), 'interrupted'],
  ])('refuses a record that is %s', async (what, content, problem) => {
    const record = join(folder, `${what}.json`);
    writeFileSync(record, content);
    const { code, err } = await tenas(['export', '--record', record, '--out', join(folder, 'x.onnx')]);
    expect(code).toBe(2);
    expect(err).toContain(record);
    expect(err).toContain(problem);
  });
});
