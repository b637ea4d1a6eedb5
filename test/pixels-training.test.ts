import { RandomStream } from '@tenas/base';
import { type Graph, GraphBuilder, withPixelHead } from '@tenas/graph';
import { Program, type TrainerOptions } from '@tenas/native';
import { describe, expect, it } from 'vitest';
import { normals, relativeError } from './support/random-inputs.js';

const CLASSES = 6;
const IMAGES = 5;
/** Of the labels; the network's output has half as many rows and columns, and one column less. */
const [ROWS, COLUMNS] = [8, 10];
const RATE = 0.1;

function mapNetwork(): Graph {
  const graph = new GraphBuilder();
  const image = graph.input([1, ROWS, COLUMNS]);
  const made = graph.conv2d(image, { name: 'stem', outChannels: 5, kernel: 3, stride: 2, padding: 1 });
  const features = graph.relu(graph.batchNorm(made, { name: 'norm' }));
  const cropped = graph.pad2d(features, { top: 0, bottom: 0, left: 0, right: -1 });
  const linear = graph.linear(graph.globalAvgPool(cropped), { name: 'classifier', outFeatures: CLASSES });
  return withPixelHead(graph.build(linear), [ROWS, COLUMNS]);
}

const random = new RandomStream('pixels');
const batch = {
  images: normals(IMAGES * ROWS * COLUMNS, 3),
  labels: Int32Array.from({ length: IMAGES * ROWS * COLUMNS }, () => random.below(CLASSES)),
};
const options: TrainerOptions = {
  weights: { kind: 'seeded', seed: 4, repeat: 0, init: 'pytorch' },
  optimiser: { kind: 'sgd' },
  loss: { kind: 'cross-entropy', pixels: [ROWS, COLUMNS] },
  threads: 1,
};

/** Mean cross-entropy of maps [images][classes][rows][columns] that are stretched, by the formulas. */
function lossByHand(logits: Float64Array, rows: number, columns: number): { loss: number; correct: number } {
  const at = (n: number, k: number, y: number, x: number) =>
    logits[((n * CLASSES + k) * rows + y) * columns + x]!;
  let [loss, correct] = [0, 0];
  for (let n = 0; n < IMAGES; n++) {
    for (let y = 0; y < ROWS; y++) {
      for (let x = 0; x < COLUMNS; x++) {
        const [v, u] = [(y * (rows - 1)) / (ROWS - 1), (x * (columns - 1)) / (COLUMNS - 1)];
        const [top, left] = [Math.floor(v), Math.floor(u)];
        const [below, right] = [Math.min(top + 1, rows - 1), Math.min(left + 1, columns - 1)];
        const values = Array.from({ length: CLASSES }, (_, k) => {
          const upper = at(n, k, top, left) * (1 - u + left) + at(n, k, top, right) * (u - left);
          const lower = at(n, k, below, left) * (1 - u + left) + at(n, k, below, right) * (u - left);
          return upper * (1 - v + top) + lower * (v - top);
        });
        const label = batch.labels[(n * ROWS + y) * COLUMNS + x]!;
        const sum = values.reduce((all, value) => all + Math.exp(value), 0);
        loss += (Math.log(sum) - values[label]!) / batch.labels.length;
        if (values.indexOf(Math.max(...values)) === label) correct++;
      }
    }
  }
  return { loss, correct };
}

describe('training on labels of pixels', () => {
  it('has the mean loss of all pixels, of maps stretched with corners on corners', async () => {
    using program = Program.compile(mapNetwork());
    await using trainer = program.trainer({ ...options, engine: 'reference' });
    const { loss, correct, logits } = await trainer.evaluate({ ...batch, statistics: 'batch' });
    const expected = lossByHand(logits, 4, 4);
    expect(loss).toBeCloseTo(expected.loss, 10);
    expect(correct).toBe(expected.correct);
  });

  it('has the gradient of finite differences', async () => {
    using program = Program.compile(mapNetwork());
    const data = program.seededWeights({ seed: 4, repeat: 0, init: 'pytorch' });
    const lossOf = async (weights: Float32Array) => {
      await using trainer = program.trainer({
        ...options,
        weights: { kind: 'explicit', data: weights },
        engine: 'reference',
      });
      return (await trainer.evaluate({ ...batch, statistics: 'batch' })).loss;
    };
    await using trainer = program.trainer({
      ...options,
      weights: { kind: 'explicit', data },
      engine: 'reference',
    });
    await trainer.step({ ...batch, learningRate: 1 });
    const after = await trainer.values();
    const { params } = mapNetwork();
    let offset = 0;
    let compared = 0;
    for (const { kind, shape } of params) {
      const size = shape.reduce((all, length) => all * length, 1);
      if (kind === 'convWeight' || kind === 'convBias' || kind === 'bnWeight' || kind === 'bnBias') {
        for (const place of new Set([offset, offset + size - 1])) {
          const [up, down] = [data.slice(), data.slice()];
          up[place]! += 1e-3;
          down[place]! -= 1e-3;
          const slope = ((await lossOf(up)) - (await lossOf(down))) / (up[place]! - down[place]!);
          expect(Math.abs(data[place]! - after[place]! - slope)).toBeLessThan(1e-5);
          compared++;
        }
      }
      offset += size;
    }
    expect(compared).toBeGreaterThan(6);
  });

  it('agrees with the reference engine, on any number of threads', async () => {
    using program = Program.compile(mapNetwork());
    await using reference = program.trainer({ ...options, engine: 'reference' });
    const wanted = await reference.step({ ...batch, learningRate: RATE });
    const values = await reference.values();
    const steps = [];
    for (const threads of [1, 2]) {
      await using trainer = program.trainer({ ...options, threads });
      const step = await trainer.step({ ...batch, learningRate: RATE });
      expect(Math.abs(step.loss - wanted.loss)).toBeLessThan(1e-5);
      expect(step.correct).toBe(wanted.correct);
      expect(relativeError(await trainer.values(), values)).toBeLessThan(1e-5);
      steps.push([step, await trainer.values(), await trainer.evaluate(batch)]);
    }
    expect(steps[1]).toEqual(steps[0]);
  });

  it('learns the halves of images', async () => {
    using program = Program.compile(mapNetwork());
    await using trainer = program.trainer(options);
    // The label says whether the pixel is in the left half, and the image is brighter there.
    const labels = Int32Array.from(batch.labels, (_, place) => (place % COLUMNS < COLUMNS / 2 ? 1 : 0));
    const images = batch.images.map((value, place) => 0.1 * value + (labels[place] === 1 ? 1 : -1));
    let correct = 0;
    for (let step = 0; step < 300; step++) {
      ({ correct } = await trainer.step({ images, labels, learningRate: 0.3 }));
    }
    expect(correct).toBeGreaterThan(0.95 * labels.length);
  });

  it('names what does not fit', async () => {
    using program = Program.compile(mapNetwork());
    const trainer = (pixels: readonly [number, number], tiles?: number) =>
      program.trainer({ ...options, loss: { kind: 'cross-entropy', pixels, tiles } });
    expect(() => trainer([3, 10])).toThrow('loss.pixels is 3x10; it must be from 4x4');
    expect(() => trainer([8, 5000])).toThrow('to 4096 pixels each way');
    expect(() => trainer([8, 10], 2)).toThrow('loss.pixels and loss.tiles exclude each other');
    await using fine = trainer([8, 10]);
    const step = (given: Partial<typeof batch>) => fine.step({ ...batch, ...given, learningRate: RATE });
    await expect(step({ labels: new Int32Array(5) })).rejects.toThrow('400 are needed, one per pixel');
    await expect(step({ labels: new Int32Array(400).fill(6) })).rejects.toThrow('it must be 0 to 5');
  });
});
