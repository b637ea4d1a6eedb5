import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { createReport, parseResult } from '../src/index.js';
import { architecture } from './support/made-documents.js';
import { madeTraining } from './support/made-results.js';

function reportOf(document: object) {
  return createReport([parseResult(JSON.stringify(document), 'train.json')], {
    linkTo: (path) => path,
    spaceTitle: (name) => name.toUpperCase(),
  });
}

describe('the report of a training', () => {
  it('tells what came out, how it was trained, and shows the curves', () => {
    const { html, figures, title } = reportOf(madeTraining(architecture(99)));
    expect(title).toBe('Training of an architecture of NAS-BENCH-201');
    const { document } = parseHTML(html);
    const text = document.querySelector('main')!.textContent!.replace(/\s+/g, ' ');
    expect(text).toContain('accuracy on 2,000 test images61.25 %');
    expect(text).toContain('the same in onnxruntime61.30 %');
    expect(text).toContain('9,000 images of cifar10 in 10 classes');
    expect(text).toContain(
      'quick: 20 epochs in batches of 64, SGD at 0.1, momentum 0.9 (Nesterov), decay 0.0005, cosine per step after a warm-up of 1, label smoothing 0.1, gradients clipped at 5, crops after padding by 4, flips, cutout 16',
    );
    expect(text).toContain('drop path 0.2 of the recipe is left out');
    expect(text).toContain('onnxruntime 1.30.0 agrees on 256 images');
    const [accuracy, loss] = figures;
    expect(accuracy!.name).toBe('learning-accuracy');
    expect(accuracy!.description).toBe(
      'training images: 0 after epoch 1, 95 after epoch 20; held-out images: 0 after epoch 1, 47.5 after epoch 20.',
    );
    expect(loss!.name).toBe('learning-loss');
    expect(loss!.description).toContain('2.3 after epoch 1, 0.115 after epoch 20');
    const links = [...document.querySelectorAll('a')].map((a) => a.getAttribute('href'));
    expect(links).toContain('./runs/first%20net/model.onnx');
    expect(links).toContain('./runs/first%20net/model.safetensors');
  });

  it('leaves out what there is none of', () => {
    const made = madeTraining('an architecture that no space reads', 1);
    const epochs = made.epochs.map((epoch) => ({ ...epoch, validAccuracy: null }));
    const onnx = {
      ...made.onnx,
      accuracy: null,
      check: { ...made.onnx.check, ok: false, failure: 'too far' },
    };
    const { html, figures } = reportOf({ ...made, epochs, test: null, onnx, notes: undefined });
    expect(figures.map(({ description }) => description)).toEqual([
      'training images: 0 after epoch 1, 0 after epoch 1.',
      'training images: 2.3 after epoch 1, 2.3 after epoch 1.',
    ]);
    expect(html).not.toContain('the same in onnxruntime');
    expect(html).toContain('FAILED: too far');
    expect(reportOf({ ...made, epochs: [] }).figures).toEqual([]);
  });

  it('of a job of a batch has no ONNX file', () => {
    const { html } = reportOf({ ...madeTraining(architecture(1)), onnx: null });
    expect(html).not.toContain('onnxruntime');
    expect(html).not.toContain('>ONNX<');
  });

  it('of many epochs stays small', () => {
    const { html } = reportOf(madeTraining(architecture(1), 20_000));
    expect(html.length).toBeLessThan(4e6);
  });

  it.each([
    ['epochs.0.trainAccuracy', { epochs: [{ ...madeTraining('').epochs[0], trainAccuracy: 61 }] }],
    ['trainingVersion', { trainingVersion: 2 }],
    ['test.of', { test: { of: 'training', images: 1, accuracy: 1 } }],
    ['recipe.sgd.rate', { recipe: { ...madeTraining('').recipe, sgd: { rate: -1 } } }],
  ])('refuses a record that is wrong in %s', (field, change) => {
    expect(() => reportOf({ ...madeTraining('a'), ...change })).toThrow(
      expect.objectContaining({ code: 'RECORD_INVALID', field }),
    );
  });
});

describe('the report of many trainings', () => {
  const trainings = Array.from({ length: 8 }, (_, index) => ({
    ...madeTraining(architecture(index), 2 + index),
    onnx: null,
  }));
  const row = (result: ReturnType<typeof madeTraining> | (typeof trainings)[number], index: number) => ({
    kind: 'train',
    seed: index,
    status: 'done',
    architecture: result.architecture,
    params: 1,
    flops: 2,
    changes: 'rate=0.05',
    seconds: 3,
    settings: { space: result.space, dataset: result.dataset, recipe: result.recipe },
    result,
  });

  it('shows them as runs with accuracies and a line each, from the JSONL of a batch', () => {
    const lines = trainings.map((record, index) => JSON.stringify(row(record, index))).join('\n');
    const { html, figures, title } = createReport([parseResult(lines, 'batch.jsonl')]);
    expect(title).toBe('8 runs');
    const [curves, scatter] = figures;
    expect(curves).toMatchObject({
      name: 'batch-learning',
      description: '8 trainings; the best ends at 44.4 % of the held-out images.',
    });
    expect(scatter!.name).toBe('batch-scatter');
    expect(figures.map(({ name }) => name)).toContain('batch-testAccuracy');
    expect(html).toContain('train, quick rate=0.05');
    expect(html).toContain('accuracy on the test images');
  });

  it('gets an overview of single records, and of CSV without curves', () => {
    const files = trainings.map((record, index) =>
      parseResult(JSON.stringify(record), `${index}/train.json`),
    );
    const { figures } = createReport(files);
    expect(figures[0]!.name).toBe('batch-learning');
    expect(figures.map(({ name }) => name)).not.toContain('learning-loss');
    const csv = [
      'space,dataset,architecture,seed,kind,recipe,epochs,channels,trainLoss,validAccuracy,testAccuracy',
      ...trainings.map(
        ({ space, architecture: text }, seed) =>
          `${space},cifar10,"${text}",${seed},train,quick,4,8,1.${seed},0.${seed},`,
      ),
    ].join('\n');
    const names = createReport([parseResult(csv, 'batch.csv')]).figures.map(({ name }) => name);
    expect(names).toEqual(['batch-scatter', 'batch-trainLoss', 'batch-validAccuracy']);
  });
});
