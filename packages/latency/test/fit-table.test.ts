import { RandomStream } from '@tenas/base';
import { getSpace } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { tenasErrorOf } from '../../../test/support/expect-tenas-error.js';
import { type ChoiceTable, choiceCosts, fitLatencyTable } from '../src/index.js';
import { solveSymmetric } from '../src/solve-symmetric.js';

const space = getSpace('nats-size');
const size = space.sizes.final({ classes: 10, height: 32, width: 32 });

/** A table of random numbers, by which latencies are made. */
function madeTable(seed: number): ChoiceTable {
  const random = new RandomStream('made table', seed);
  return Object.fromEntries(
    space.decisions.map(({ name, choices }) => [
      name,
      Object.fromEntries(choices.map((choice) => [choice, random.unit()])),
    ]),
  );
}

function samplesOf(table: ChoiceTable, count: number, noise = 0) {
  const random = new RandomStream('noise', 0);
  return space.sample({ count, seed: 4 }).map((architecture) => {
    const choices = space.choicesOf(architecture);
    const sum = Object.entries(choices).reduce((total, [name, choice]) => total + table[name]![choice]!, 3);
    return { choices, ms: sum + noise * random.normal() };
  });
}

const predictedBy = ({ fixed, decisions }: { fixed: number; decisions: ChoiceTable }) =>
  samplesOf(decisions, 100).map(({ ms }) => ms - 3 + fixed);

describe('fitLatencyTable', () => {
  const [base] = space.sample({ count: 1, seed: 0 });
  const costs = choiceCosts(space, base!, size);

  it('finds an additive latency again', () => {
    const made = madeTable(1);
    const found = fitLatencyTable(space.decisions, samplesOf(made, 120), costs);
    expect(found.unseen).toBe(0);
    const expected = samplesOf(made, 100).map(({ ms }) => ms);
    predictedBy(found).forEach((ms, at) => {
      expect(ms).toBeCloseTo(expected[at]!, 4);
    });
  });

  it('predicts choices that it never saw by what they cost', () => {
    // Latency in proportion to the multiply-adds and parameters.
    const [macs, params] = costs as [ChoiceTable, ChoiceTable];
    const made = Object.fromEntries(
      space.decisions.map(({ name, choices }) => [
        name,
        Object.fromEntries(
          choices.map((choice) => [choice, macs[name]![choice]! * 1e-6 + params[name]![choice]! * 2e-6]),
        ),
      ]),
    );
    const samples = samplesOf(made, 400).filter(({ choices }) => choices[space.decisions[0]!.name] !== '40');
    const found = fitLatencyTable(space.decisions, samples.slice(0, 30), costs);
    expect(found.unseen).toBeGreaterThan(0);
    const expected = samplesOf(made, 100).map(({ ms }) => ms);
    const spread = Math.max(...expected) - Math.min(...expected);
    predictedBy(found).forEach((ms, at) => {
      expect(Math.abs(ms - expected[at]!)).toBeLessThan(0.05 * spread);
    });
  });

  it('takes a larger penalty where there is much noise and little data', () => {
    const made = madeTable(2);
    const clean = fitLatencyTable(space.decisions, samplesOf(made, 120), costs);
    const noisy = fitLatencyTable(space.decisions, samplesOf(made, 40, 5), costs);
    expect(noisy.ridge).toBeGreaterThan(clean.ridge);
  });

  it('refuses too few networks', () => {
    const work = () => fitLatencyTable(space.decisions, samplesOf(madeTable(3), 9), costs);
    expect(tenasErrorOf(work)).toMatchObject({
      code: 'LATENCY_TOO_FEW',
      message: expect.stringContaining('at least 10 networks'),
    });
  });
});

describe('solveSymmetric', () => {
  it('solves what it multiplied', () => {
    const random = new RandomStream('solve', 0);
    const n = 7;
    const factor = Array.from({ length: n * n }, () => random.normal());
    const matrix = Float64Array.from({ length: n * n }, (_, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      const product = Array.from({ length: n }, (_, k) => factor[i * n + k]! * factor[j * n + k]!);
      return product.reduce((sum, value) => sum + value, i === j ? 1 : 0);
    });
    const wanted = Float64Array.from({ length: n }, () => random.normal());
    const right = wanted.map((_, i) => wanted.reduce((sum, value, j) => sum + matrix[i * n + j]! * value, 0));
    solveSymmetric(matrix.slice(), right).forEach((value, at) => {
      expect(value).toBeCloseTo(wanted[at]!, 9);
    });
  });

  it('refuses a matrix that is not positive definite', () => {
    expect(() => solveSymmetric(Float64Array.of(1, 2, 2, 1), Float64Array.of(1, 1))).toThrow(RangeError);
  });
});
