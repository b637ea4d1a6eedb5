import { DARTS_RECIPE, NAS_BENCH_201_RECIPE, QUICK_RECIPE } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { lossAboveChance } from '../src/divergence.js';
import { augmentationOf, rateOf } from '../src/follow-recipe.js';

describe('rateOf', () => {
  it('is half a cosine per step, or per epoch', () => {
    const length = { epochs: 4, stepsPerEpoch: 10 };
    expect(rateOf(NAS_BENCH_201_RECIPE, 0, length)).toBe(0.1);
    expect(rateOf(NAS_BENCH_201_RECIPE, 20, length)).toBeCloseTo(0.05, 12);
    expect(rateOf(NAS_BENCH_201_RECIPE, 39, length)).toBeCloseTo(
      0.05 * (1 + Math.cos((Math.PI * 39) / 40)),
      12,
    );
    const inEpoch = [20, 25, 29].map((step) => rateOf(DARTS_RECIPE, step, length));
    expect(inEpoch).toEqual([0.0125, 0.0125, 0.0125]);
  });

  it('rises in a straight line over the warm-up', () => {
    const length = { epochs: 3, stepsPerEpoch: 10 };
    expect([0, 5, 10].map((step) => rateOf(QUICK_RECIPE, step, length))).toEqual([0, 0.05, 0.1]);
    expect(rateOf(QUICK_RECIPE, 20, length)).toBeCloseTo(0.05, 12);
    // A training of less than its warm-up is all warm-up.
    const recipe = { ...QUICK_RECIPE, cosine: { warmUpEpochs: 5, per: 'step' as const } };
    expect(rateOf(recipe, 15, { epochs: 2, stepsPerEpoch: 10 })).toBeCloseTo(0.075, 12);
  });
});

describe('augmentationOf', () => {
  it('scales lengths with the images', () => {
    const of = (side: number) => augmentationOf(DARTS_RECIPE, { height: side, width: side });
    expect(of(32)).toEqual({ padding: 4, flip: true, cutout: 16 });
    expect(of(16)).toEqual({ padding: 2, flip: true, cutout: 8 });
    expect(of(224)).toEqual({ padding: 28, flip: true, cutout: 112 });
  });
});

describe('lossAboveChance', () => {
  it('counts an epoch of 50 steps after as many, and after the warm-up', () => {
    const above = (losses: number[], stepsPerEpoch: number, warmUpEpochs = 0) =>
      lossAboveChance(losses, 10, { stepsPerEpoch, warmUpEpochs });
    expect(above([9], 100)).toBe(false);
    expect(above([9, 2.31], 100)).toBe(true);
    expect(above([9, 2.3], 100)).toBe(false);
    expect(above([9, 9], 100, 2)).toBe(false);
    expect(above([9, 9, 9], 100, 2)).toBe(true);
    // Short epochs count together.
    expect(above([9, 9, 9, 9, 9], 10)).toBe(false);
    expect(above(Array(9).fill(9), 10)).toBe(false);
    expect(above(Array(10).fill(9), 10)).toBe(true);
    expect(above([...Array(9).fill(9), 0, 0, 0, 0], 10)).toBe(false);
  });
});
