import { GraphBuilder } from '@tenas/graph';
import { describe, expect, it } from 'vitest';
import { exportOnnx, modelDescription, modelMetadata, statedOrigin, summarizeModel } from '../src/index.js';

const unseen = 'a\u202eb\u0000\n\u200b\u2028';

function written(origin: Parameters<typeof modelMetadata>[0]) {
  const builder = new GraphBuilder();
  const graph = builder.build(builder.relu(builder.input([1, 2, 2]), 'relu'));
  return summarizeModel(
    exportOnnx(graph, new Float32Array(), {
      metadata: modelMetadata(origin),
      docString: modelDescription(origin),
    }),
  );
}

describe('modelMetadata', () => {
  it('writes mean and deviation in 0..1, with the layout', () => {
    const normalisation = { mean: [255, 127.5, 0], std: [51, 25.5, 255] } as const;
    expect(modelMetadata({ normalisation })).toEqual({
      'tenas.mean': '[1,0.5,0]',
      'tenas.std': '[0.2,0.1,1]',
      'tenas.layout': 'NCHW RGB, (pixel / 255 - mean) / std',
    });
  });

  it('refuses a deviation of 0 and a mean that is no number', () => {
    expect(() => modelMetadata({ normalisation: { mean: [0, 0, 0], std: [1, 0, 1] } })).toThrow(
      'normalisation.std must be three numbers above 0, in 0..255, got [1,0,1]',
    );
    expect(() => modelMetadata({ normalisation: { mean: [0, Number.NaN, 0], std: [1, 1, 1] } })).toThrow(
      'normalisation.mean',
    );
  });

  it.each([
    ['unseen characters', unseen],
    ['halves of surrogate pairs', '\ud83d x \udc00'],
    ['quotes and tags', '"</script>\\'],
    ['a private character beyond the first plane', '\u{100000}'],
    ['writing of the world', 'кот 猫 🐈 é'],
  ])('gives class names back as they were, and shows all that they hold: %s', (_what, name) => {
    const { metadata } = written({ classNames: [name, 'dog'] });
    const text = metadata['tenas.classes']!;
    expect(JSON.parse(text)).toEqual([name, 'dog']);
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/u);
  });

  it('keeps what can be read as it is', () => {
    expect(modelMetadata({ classNames: ['кот 猫 🐈'] })['tenas.classes']).toBe('["кот 猫 🐈"]');
  });

  it('cuts long names between characters, and refuses too many', () => {
    const [name] = JSON.parse(modelMetadata({ classNames: ['🐈'.repeat(400)] })['tenas.classes']!);
    expect(name).toBe(`${'🐈'.repeat(254)}…`);
    expect(() => modelMetadata({ classNames: new Array(65_537).fill('x') })).toThrow('at most 65536');
  });
});

describe('modelDescription', () => {
  it('begins with whether the network was trained', () => {
    expect(written({ trained: false }).docString).toMatch(/^An UNTRAINED network/);
    expect(written({ trained: true }).docString).toMatch(/^A trained network/);
    expect(written({}).docString).toMatch(/^A network of tenas\./);
  });

  it('says what is known, with what to cite', () => {
    const text = modelDescription({
      ...{ trained: false, space: 's', genotype: 'g', dataset: 'd', weights: 'seed 0', calibration: 'noise' },
      ...{ papers: ['the space S: A and B, 2020'], toolVersion: '1.2.3', classNames: ['a'] },
    });
    expect(text.split('\n').slice(1)).toEqual([
      'Architecture: g, of the space s.',
      'Dataset: d.',
      'Weights: seed 0.',
      'Batch norm: statistics of noise.',
      'Output: one logit per class; softmax gives probabilities. Their names are in the metadata.',
      'To cite: the space S: A and B, 2020; made with tenas 1.2.3.',
    ]);
  });

  it('keeps text from outside on its line, cut', () => {
    const text = modelDescription({ weights: `${unseen}${'x'.repeat(5000)}` });
    expect(text.split('\n')).toHaveLength(4);
    expect(text.length).toBeLessThan(1300);
  });
});

describe('statedOrigin', () => {
  it('reads what modelMetadata wrote', () => {
    const normalisation = { mean: [255, 127.5, 0], std: [51, 25.5, 255] } as const;
    const origin = { dataset: 'folder', normalisation, classNames: ['cats', unseen] };
    expect(statedOrigin(written(origin).metadata)).toEqual(origin);
    expect(statedOrigin({})).toEqual({});
  });

  it.each([
    { 'tenas.dataset': '<b>mine</b>' },
    { 'tenas.dataset': 'a'.repeat(65) },
    { 'tenas.classes': '["cats", 1]' },
    { 'tenas.classes': '{"length": 2}' },
    { 'tenas.classes': JSON.stringify(Array.from({ length: 65_537 }, () => '')) },
    { 'tenas.classes': '["cats"' },
    { 'tenas.mean': '[0.5, 0.5, 0.5]' },
    { 'tenas.mean': '[0.5, 0.5, 0.5]', 'tenas.std': '[1, 0, 1]' },
    { 'tenas.mean': '[0.5, 0.5, 0.5]', 'tenas.std': '[1, 1]' },
    { 'tenas.mean': '[0.5, "0.5", 0.5]', 'tenas.std': '[1, 1, 1]' },
    { 'tenas.mean': '[0.5, 1e999, 0.5]', 'tenas.std': '[1, 1, 1]' },
  ])('takes nothing of another form: %.80j', (metadata) => {
    expect(statedOrigin(metadata)).toEqual({});
  });
});
