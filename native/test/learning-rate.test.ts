import { type LearningRate, learningRateAt, sideBySide } from '@tenas/native';
import { describe, expect, it } from 'vitest';

function course(schedule: LearningRate, steps: number): number[] {
  return Array.from({ length: steps }, (_, step) => learningRateAt(schedule, step, steps));
}

/** Values of torch.optim.lr_scheduler, by their recursive definitions. */
function chained(rate: number, steps: number, next: (before: number, step: number) => number): number[] {
  const rates = [rate];
  for (let step = 1; step < steps; step++) rates.push(next(rates[step - 1]!, step));
  return rates;
}

function expectClose(got: readonly number[], expected: readonly number[]): void {
  expect(got.length).toBe(expected.length);
  for (const [step, value] of got.entries()) expect(value).toBeCloseTo(expected[step]!, 12);
}

describe('learning rates', () => {
  it('follow CosineAnnealingLR', () => {
    const [rate, floor, steps] = [0.1, 0.001, 17];
    const cosine = (step: number) => 1 + Math.cos((Math.PI * step) / steps);
    const expected = chained(
      rate,
      steps,
      (before, step) => (cosine(step) / cosine(step - 1)) * (before - floor) + floor,
    );
    expectClose(course({ rate, shape: { kind: 'cosine', floor: floor / rate } }, steps), expected);
    expect(learningRateAt({ rate, shape: { kind: 'cosine' } }, 5, 10)).toBeCloseTo(0.05, 12);
  });

  it('follow StepLR', () => {
    const expected = chained(0.5, 10, (before, step) => (step % 3 === 0 ? before * 0.1 : before));
    expectClose(course({ rate: 0.5, shape: { kind: 'step', every: 3 } }, 10), expected);
  });

  it('follow ExponentialLR', () => {
    const expected = chained(0.5, 10, (before) => before * 0.97);
    expectClose(course({ rate: 0.5, shape: { kind: 'exponential', factor: 0.97 } }, 10), expected);
  });

  it('follow LinearLR', () => {
    const [rate, floor, steps] = [0.2, 0.25, 8];
    const expected = chained(
      rate,
      steps,
      (before, step) => before * (1 + (floor - 1) / (steps + (step - 1) * (floor - 1))),
    );
    expectClose(course({ rate, shape: { kind: 'linear', floor } }, steps), expected);
  });

  it('warm up on a line and then follow the shape over the other steps', () => {
    const shape = { kind: 'cosine' } as const;
    const rates = course({ rate: 0.1, shape, warmUp: { steps: 4, from: 0.5 } }, 14);
    expectClose(rates.slice(0, 4), [0.05, 0.0625, 0.075, 0.0875]);
    expectClose(rates.slice(4), course({ rate: 0.1, shape }, 10));
    expect(learningRateAt({ rate: 1, shape: { kind: 'constant' }, warmUp: { steps: 2 } }, 0, 3)).toBe(0);
  });

  it('refuse what makes no sense by name', () => {
    const constant: LearningRate = { rate: 0.1, shape: { kind: 'constant' } };
    expect(() => learningRateAt(constant, 3, 3)).toThrow('step must be a whole number from 0 to 2, got 3');
    expect(() => learningRateAt({ ...constant, rate: Number.NaN }, 0, 3)).toThrow(/^rate must be/);
    expect(() => learningRateAt({ ...constant, warmUp: { steps: 4 } }, 0, 3)).toThrow(
      /^warmUp.steps must be/,
    );
    expect(() => learningRateAt({ rate: 1, shape: { kind: 'step', every: 0 } }, 0, 3)).toThrow(
      /^shape.every must be/,
    );
  });
});

describe('sideBySide', () => {
  it('runs so many at a time and keeps the order', async () => {
    let running = 0;
    let most = 0;
    const results = await sideBySide([5, 1, 3, 2, 4], 2, async (item) => {
      most = Math.max(most, ++running);
      await new Promise((done) => setTimeout(done, item));
      running--;
      return item * item;
    });
    expect(results).toEqual([25, 1, 9, 4, 16]);
    expect(most).toBe(2);
  });

  it('begins nothing more after a failure and awaits what runs', async () => {
    const begun: number[] = [];
    let ended = false;
    const work = async (item: number) => {
      begun.push(item);
      if (item === 0) throw new Error('first');
      await new Promise((done) => setTimeout(done, 5));
      ended = true;
    };
    await expect(sideBySide([0, 1, 2, 3], 2, work)).rejects.toThrow('first');
    expect(begun).toEqual([0, 1]);
    expect(ended).toBe(true);
    await expect(sideBySide([1], 0, work)).rejects.toThrow(/^threads must be/);
  });
});
