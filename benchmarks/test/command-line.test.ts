import { describe, expect, it } from 'vitest';
import { commandCases } from '../src/command-cases.js';
import { kernelCases } from '../src/kernel-cases.js';
import { metricCases } from '../src/metric-cases.js';
import { peakOf } from '../src/roofline.js';
import { parseRunOptions, selectCases, UsageError } from '../src/run-options.js';
import { growthExponent, scalingCases, threadCounts } from '../src/scaling-cases.js';
import { figure, textTable } from '../src/text-table.js';

describe('parseRunOptions', () => {
  it('reads all options', () => {
    const args = '--only a --only b --repetitions 3 --threads 2 --seed 0 --out x.json --data d --strict';
    expect(parseRunOptions(args.split(' '), 9)).toEqual({
      only: ['a', 'b'],
      repetitions: 3,
      threads: 2,
      seed: 0,
      out: 'x.json',
      data: 'd',
      list: false,
      strict: true,
    });
  });

  it('has defaults, with another seed every time', () => {
    const [first, second] = [parseRunOptions([], 9), parseRunOptions([], 9)];
    expect(first).toMatchObject({ only: [], repetitions: 9, strict: false });
    expect(first?.seed).not.toBe(second?.seed);
    expect(parseRunOptions(['--help'], 9)).toBeNull();
  });

  it.each([['--repetitions=0'], ['--threads=two'], ['--seed=-1'], ['--nonsense'], ['word']])(
    '%s is refused',
    (arg) => {
      expect(() => parseRunOptions([arg], 9)).toThrow(UsageError);
    },
  );
});

describe('cases', () => {
  const cases = [...metricCases, ...commandCases, ...kernelCases, ...scalingCases];

  it('have names of their own', () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });

  it('are chosen by a part of the name', () => {
    const names = (only: string[]) => selectCases(metricCases, only).map(({ name }) => name);
    expect(names(['regions'])).toEqual(['regions-nas-bench-201', 'regions-darts']);
    expect(names([])).toHaveLength(metricCases.length);
    expect(() => names(['nothing'])).toThrow(/no such case; there are .*ntk-sample-darts/);
  });
});

describe('figures', () => {
  it('takes the peak of the kernels that run', () => {
    const roofline = {
      peak: [
        { isa: 'avx2', lanes: 8, gflops: 100 },
        { isa: 'generic', lanes: 4, gflops: 50 },
      ],
      read: [],
    };
    expect([peakOf(roofline, 'avx2'), peakOf(roofline, 'neon')]).toEqual([100, 50]);
  });

  it('finds the exponent of a power law', () => {
    expect(growthExponent([1, 2, 4, 8].map((x) => [x, 3 * x ** 1.5]))).toBeCloseTo(1.5, 12);
    expect(growthExponent([[1, 1]])).toBeNaN();
  });

  it('doubles threads up to all', () => {
    expect([1, 2, 6, 8].map(threadCounts)).toEqual([[1], [1, 2], [1, 2, 4, 6], [1, 2, 4, 8]]);
  });

  it('prints few digits and even columns', () => {
    expect([1234.5, 12.345, 1.2345, 0.12345, 0.012345, 0, Number.NaN, undefined].map(figure)).toEqual([
      '1235',
      '12.3',
      '1.23',
      '0.123',
      '0.0123',
      '0',
      '-',
      '-',
    ]);
    expect(
      textTable([
        ['a', 'b'],
        ['long', '1'],
        ['x', '100'],
      ]),
    ).toBe('a       b\nlong    1\nx     100');
    expect(textTable([])).toBe('');
  });
});
