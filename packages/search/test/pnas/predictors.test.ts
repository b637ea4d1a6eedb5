import { mean, RandomStream, spearman } from '@tenas/base';
import { graphCost } from '@tenas/graph';
import { pnas } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { Ensemble } from '../../src/pnas/ensemble.js';
import { LstmPredictor } from '../../src/pnas/lstm.js';
import { MlpPredictor } from '../../src/pnas/mlp.js';
import { type Cell, logit, sigmoid } from '../../src/pnas/predictor.js';

const { progressive } = pnas;
const { fields } = progressive;
const pause = async () => {};
const first = progressive.blocks(1).map((block) => [block]);

function randomCell(blocks: number, random: RandomStream): Cell {
  return Array.from({ length: blocks }, (_, level) => random.pick(progressive.blocks(level + 1)));
}

const KINDS = [
  ['mlp', MlpPredictor],
  ['lstm', LstmPredictor],
] as const;

describe.each(KINDS)('the predictor %s', (_, Kind) => {
  const made = (embedding: number, units: number, middle = 0.5) =>
    new Kind({ fields, embedding, units, middle }, new RandomStream('a predictor', 1));

  it('has the gradient that finite differences have', () => {
    const random = new RandomStream('cells', 1);
    const predictor = made(3, 4, 0.7);
    // Larger than those that are drawn, so that all functions bend.
    for (const [place, weight] of predictor.weights.entries())
      predictor.weights[place] = weight + 0.4 * random.normal();
    const cells = [1, 2, 3, 5].map((blocks) => randomCell(blocks, random));
    const targets = [0.05, 0.95, 0.02, 0.9];
    const loss = () =>
      mean([...predictor.predict(cells)].map((one, place) => Math.abs(one - targets[place]!)));
    const gradient = new Float64Array(predictor.weights.length);
    expect(predictor.addGradient(cells, targets, gradient)).toBeCloseTo(loss(), 12);
    const step = 1e-5;
    for (const [place, weight] of predictor.weights.entries()) {
      predictor.weights[place] = weight + step;
      const above = loss();
      predictor.weights[place] = weight - step;
      const below = loss();
      predictor.weights[place] = weight;
      expect(Math.abs(gradient[place]! - (above - below) / (2 * step))).toBeLessThan(1e-8);
    }
    expect(gradient.filter((slope) => slope !== 0).length).toBeGreaterThan(gradient.length / 2);
  });

  it('predicts the next block as it predicts whole cells', () => {
    const random = new RandomStream('next', 1);
    const predictor = made(5, 7);
    for (const blocks of [1, 2, 4]) {
      const cell = randomCell(blocks, random);
      const next = progressive.blocks(blocks + 1);
      const whole = predictor.predict(next.map((block) => [...cell, block]));
      for (const [place, one] of predictor.predictNext(cell, next).entries())
        expect(one).toBeCloseTo(whole[place]!, 12);
    }
  });

  it('begins near the middle that it is given', () => {
    for (const middle of [0.3, 0.858]) {
      expect(mean([...made(16, 32, middle).predict(first)])).toBeCloseTo(middle, 1);
    }
    expect(logit(0.858)).toBeCloseTo(1.8, 2);
    expect(sigmoid(logit(0.3))).toBeCloseTo(0.3, 12);
  });

  it('overfits the 136 cells of the first level', async () => {
    const params = first.map(
      (cell) => graphCost(pnas.network(progressive.architecture(cell), { C: 4, N: 1 })).params,
    );
    const most = Math.max(...params);
    const targets = params.map((count) => count / most);
    const ensemble = new Ensemble([made(8, 16)]);
    await ensemble.fit(first, targets, {
      rate: 0.01,
      epochs: 40,
      batch: 16,
      random: new RandomStream('orders', 1),
      pause,
    });
    expect(spearman(ensemble.predict(first), targets)).toBeGreaterThan(0.9);
  });
});

describe('an order of blocks', () => {
  it('does not count for the averaged embeddings, and counts for the LSTM', () => {
    const random = new RandomStream('orders of blocks', 1);
    const [mlp, lstm] = KINDS.map(
      ([, Kind]) => new Kind({ fields, embedding: 4, units: 8, middle: 0.5 }, new RandomStream('weights', 1)),
    );
    for (let draw = 0; draw < 20; draw++) {
      const cell = randomCell(4, random);
      const other = random.sample(4, 4).map((place) => cell[place]!);
      if (String(other) === String(cell)) continue;
      expect(mlp!.predict([cell])[0]).toBeCloseTo(mlp!.predict([other])[0]!, 12);
      expect(Math.abs(lstm!.predict([cell])[0]! - lstm!.predict([other])[0]!)).toBeGreaterThan(1e-9);
    }
  });
});

describe('an ensemble', () => {
  const random = new RandomStream('noise', 1);
  const targets = first.map(() => random.unit());
  const fitted = async (members: number, epochs: number) => {
    const ensemble = new Ensemble(
      Array.from(
        { length: members },
        (_, member) =>
          new MlpPredictor(
            { fields, embedding: 4, units: 8, middle: 0.5 },
            new RandomStream('member', member),
          ),
      ),
    );
    const options = { rate: 0.02, epochs, batch: 8, random: new RandomStream('fits', 1) };
    await ensemble.fit(first, targets, { ...options, pause });
    return ensemble;
  };

  it('errs no more than its members do on average', async () => {
    const errors = await (await fitted(5, 10)).errors(first, targets, pause);
    expect(errors.ensemble).toBeLessThan(errors.members);
    expect(errors.members).toBeLessThan(0.5);
    const alone = await (await fitted(1, 10)).errors(first, targets, pause);
    expect(alone.ensemble).toBe(alone.members);
  });

  it('goes on from its weights when it is fitted again', async () => {
    const ensemble = await fitted(3, 30);
    const before = (await ensemble.errors(first, targets, pause)).ensemble;
    const options = { rate: 0.002, epochs: 1, batch: 8, random: new RandomStream('again', 1) };
    await ensemble.fit(first, targets, { ...options, pause });
    expect((await ensemble.errors(first, targets, pause)).ensemble).toBeLessThan(before + 0.02);
    expect(before).toBeLessThan((await (await fitted(3, 1)).errors(first, targets, pause)).ensemble);
  });
});
