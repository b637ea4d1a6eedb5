import { RandomStream } from '@tenas/base';
import { syntheticImages } from '@tenas/data';
import { smallSpace } from '@tenas/metrics/contract';
import { describe, expect, it } from 'vitest';
import { Alphas } from '../../src/gradient/alphas.js';
import { gdasMethod } from '../../src/gradient/gdas.js';
import {
  type Estimator,
  gumbelDraw,
  gumbelGradient,
  meanGradient,
  tauAt,
} from '../../src/gradient/gumbel.js';
import { SupernetInTraining } from '../../src/index.js';

const ALPHAS = [Float64Array.of(0.4, -0.7, 1.1, 0), Float64Array.of(-0.2, 0.9)];
const OPTIMISER = { rate: 0.05, betas: [0.5, 0.999], weightDecay: 0 } as const;

/** Decisions of so many choices. */
const decisionsOf = (...counts: readonly number[]) =>
  counts.map((count, place) => ({
    name: `d${place}`,
    choices: Array.from({ length: count }, (_, number) => `c${number}`),
  }));

describe('a Gumbel draw', () => {
  it.each([10, 1, 0.1])('has the probabilities of the softmax at tau %d', (tau) => {
    const random = new RandomStream('chi square', tau);
    const count = 100_000;
    const drawn = ALPHAS.map(({ length }) => new Float64Array(length));
    for (let draw = 0; draw < count; draw++) {
      for (const [decision, number] of gumbelDraw(ALPHAS, tau, random).numbers.entries()) {
        drawn[decision]![number]!++;
      }
    }
    for (const [decision, values] of ALPHAS.entries()) {
      const sum = values.reduce((total, value) => total + Math.exp(value), 0);
      const chiSquare = values.reduce((total, value, number) => {
        const expected = (count * Math.exp(value)) / sum;
        return total + (drawn[decision]![number]! - expected) ** 2 / expected;
      }, 0);
      // The 99.9 % quantiles of 3 degrees of freedom and of 1.
      expect(chiSquare).toBeLessThan([16.3, 10.8][decision]!);
    }
  });

  it('draws noise again that is not finite', () => {
    const units = [0, 0.5, 0.25];
    const { numbers, soft } = gumbelDraw([Float64Array.of(0, 0)], 1, { unit: () => units.shift()! });
    expect(numbers).toEqual([1]);
    expect(soft[0]!.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(units).toEqual([]);
  });

  it('has temperatures from the first to the last', () => {
    const range = { tauMax: 10, tauMin: 0.1 };
    expect([0, 10, 249].map((epoch) => tauAt(epoch, 250, range))).toEqual([
      10,
      expect.closeTo(10 - 99 / 249, 12),
      expect.closeTo(0.1, 12),
    ]);
    expect(tauAt(0, 1, range)).toBe(10);
  });
});

/**
 * The loss that an automatic differentiation sees: the drawn operation has the weight 1 + soft - constant, and with `G-S`
 * the weights of the others are added to the edge's output. `product` and `gradient` are linear there.
 */
function lossOf(
  alphas: readonly Float64Array[],
  noise: readonly Float64Array[],
  at: { readonly tau: number; readonly estimator: Estimator },
  sums: { readonly product: readonly number[]; readonly gradient: readonly number[] },
  numbers: readonly number[],
): number {
  let loss = 0;
  for (const [decision, values] of alphas.entries()) {
    const exponentials = values.map((value, place) => Math.exp((value + noise[decision]![place]!) / at.tau));
    const total = exponentials.reduce((sum, one) => sum + one, 0);
    for (const [place, one] of exponentials.entries()) {
      const drawn = place === numbers[decision];
      if (drawn) loss += sums.product[decision]! * (one / total);
      else if (at.estimator === 'G-S') loss += sums.gradient[decision]! * (one / total);
    }
  }
  return loss;
}

describe('the gradient of a Gumbel draw', () => {
  it.each<[Estimator, number]>([
    ['G', 10],
    ['G', 0.7],
    ['G-S', 10],
    ['G-S', 0.7],
  ])('equals finite differences: %s at tau %d', (estimator, tau) => {
    const stream = new RandomStream('gradient', estimator, tau);
    for (let round = 0; round < 20; round++) {
      const alphas = ALPHAS.map((values) => values.map(() => stream.normal()));
      const sums = {
        product: alphas.map(() => stream.normal()),
        gradient: alphas.map(() => stream.normal()),
      };
      const noise: Float64Array[] = alphas.map(({ length }) => new Float64Array(length));
      const units = alphas.flatMap((values, decision) =>
        Array.from(values, (_, place) => {
          const unit = stream.unit();
          noise[decision]![place] = -Math.log(-Math.log(1 - unit));
          return unit;
        }),
      );
      const draw = gumbelDraw(alphas, tau, { unit: () => units.shift()! });
      const gradient = gumbelGradient(draw, sums, { tau, estimator });
      for (const [decision, values] of alphas.entries()) {
        for (const place of values.keys()) {
          const step = 1e-3;
          const lossAt = (offset: number) => {
            const moved = alphas.map((own) => own.slice());
            moved[decision]![place]! += offset * step;
            return lossOf(moved, noise, { tau, estimator }, sums, draw.numbers);
          };
          // Of the sixth order: its error is far below the bound.
          const difference =
            ((lossAt(1) - lossAt(-1)) * 45 - (lossAt(2) - lossAt(-2)) * 9 + (lossAt(3) - lossAt(-3))) /
            (60 * step);
          expect(Math.abs(gradient[decision]![place]! - difference)).toBeLessThan(1e-9);
        }
      }
    }
  });

  it('varies the less the more draws are averaged', () => {
    const random = new RandomStream('variance', 1);
    const worth = [0.3, -0.5, 1.2, 0.1];
    const alphas = [Float64Array.of(0.2, 0.1, -0.3, 0)];
    const varianceOf = (draws: number) => {
      const found = Array.from({ length: 4000 }, () => {
        const gradients = Array.from({ length: draws }, () => {
          const draw = gumbelDraw(alphas, 2, random);
          const product = draw.numbers.map((number) => worth[number]!);
          return gumbelGradient(draw, { product, gradient: [0] }, { tau: 2, estimator: 'G' });
        });
        return meanGradient(gradients)[0]![0]!;
      });
      const mean = found.reduce((sum, one) => sum + one, 0) / found.length;
      return found.reduce((sum, one) => sum + (one - mean) ** 2, 0) / found.length;
    };
    const one = varianceOf(1);
    expect(varianceOf(4) / one).toBeCloseTo(1 / 4, 1);
    expect(varianceOf(7) / one).toBeCloseTo(1 / 7, 1);
  });
});

describe('the steps of an architecture', () => {
  it('are those of PyTorch 1.13, by Adam with weight decay', () => {
    const alphas = new Alphas(decisionsOf(3), { normal: () => 0 }, { ...OPTIMISER, weightDecay: 0.1 });
    alphas.step([Float64Array.of(1, -2, 0.5)]);
    alphas.step([Float64Array.of(0.5, 1, 0)]);
    expect([...alphas.values[0]!]).toEqual(
      [-0.09204299618906978, 0.04989468028733403, -0.07310344333776225].map((one) => expect.closeTo(one, 9)),
    );
  });

  it('find the useful operation of two in at least 19 of 20 seeds, by either estimator', () => {
    for (const estimator of ['G', 'G-S'] as const) {
      let right = 0;
      for (let seed = 0; seed < 20; seed++) {
        const alphas = new Alphas(decisionsOf(2, 2), new RandomStream('toy', seed), OPTIMISER);
        const random = new RandomStream('toy draws', estimator, seed);
        // A regression of 2 x: the first operation of an edge passes x on, the second one noise.
        const epochs = 300;
        for (let epoch = 0; epoch < epochs; epoch++) {
          const tau = tauAt(epoch, epochs, { tauMax: 10, tauMin: 0.1 });
          const draw = gumbelDraw(alphas.values, tau, random);
          const sums = { product: [0, 0], gradient: [0, 0] };
          for (let image = 0; image < 16; image++) {
            const x = random.normal();
            const outputs = draw.numbers.map((number) => (number === 0 ? x : random.normal()));
            const slope = 2 * (outputs[0]! + outputs[1]! - 2 * x);
            for (const [edge, output] of outputs.entries()) {
              sums.product[edge]! += (slope * output) / 16;
              sums.gradient[edge]! += slope / 16;
            }
          }
          alphas.step(gumbelGradient(draw, sums, { tau, estimator }));
        }
        if (alphas.probabilities.every(([useful]) => useful! > 0.5)) right += 1;
        expect(alphas.entropy).toBeLessThan(Math.log(2));
      }
      expect(right, estimator).toBeGreaterThanOrEqual(19);
    }
  });
});

describe('the method of GDAS on a supernet', () => {
  const settings = { epochs: 4, tauMax: 10, tauMin: 0.1, draws: 2 } as const;
  const ask = { random: (stream: string) => new RandomStream('gdas', stream) };
  const open = async () =>
    await SupernetInTraining.open({
      space: smallSpace({ supernet: true }),
      source: syntheticImages({ size: 6, images: 60 }),
      seed: 1,
      signal: new AbortController().signal,
      engine: { engine: 'reference' },
      settings: {
        ...{ channels: 3, cells: 1, images: 60, validation: 0.5, epochs: 4, batchSize: 8, rate: 0.05 },
        ...{ finalRate: 0, momentum: 0.9, weightDecay: 0, clip: 5, affine: false, untouched: 'keep' },
      },
    });

  it.each<[Estimator]>([['G'], ['G-S']])(
    'has the gradient by differences of its surrogate: %s',
    async (estimator) => {
      await using training = await open();
      const alphas = new Alphas(training.paths.decisions, new RandomStream('values', 1), OPTIMISER);
      const state = await training.snapshot();
      const { gradient } = await gdasMethod(ask, { ...settings, estimator }).gradient(alphas, training, 1);
      const forArchitecture = ask.random('draws of the architecture');
      const tau = tauAt(1, settings.epochs, settings);
      const draws = [1, 2].map(() => gumbelDraw(alphas.values, tau, forArchitecture));
      const expected: Float64Array[][] = [];
      for (const draw of draws) {
        const coefficients = training.paths.ofNumbers(draw.numbers);
        const product: number[] = [];
        for (const [decision, number] of draw.numbers.entries()) {
          const { name, choices } = training.paths.decisions[decision]!;
          const slot = training.graph.slots.indexOf(`${name}/${choices[number]}`);
          const lossAt = async (coefficient: number) => {
            await training.restore(state);
            const moved = coefficients.slice();
            moved[slot] = coefficient;
            return (await training.validationStep(moved)).loss;
          };
          const step = 1e-3;
          const near = (await lossAt(1 + step)) - (await lossAt(1 - step));
          const far = (await lossAt(1 + 2 * step)) - (await lossAt(1 - 2 * step));
          product.push((8 * near - far) / (12 * step));
        }
        await training.restore(state);
        const [outcome] = await training.architectureStep([coefficients], { sums: estimator === 'G-S' });
        const sums = { product, gradient: outcome!.sums ?? [0, 0] };
        expected.push(gumbelGradient(draw, sums, { tau, estimator }));
      }
      for (const [decision, own] of meanGradient(expected).entries()) {
        for (const [place, value] of own.entries()) {
          expect(Math.abs(gradient[decision]![place]! - value)).toBeLessThan(1e-7);
        }
      }
    },
  );
});
