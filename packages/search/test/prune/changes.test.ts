import type { NtkOutcome } from '@tenas/metrics';
import { describe, expect, it } from 'vitest';
import { protocolSettings } from '../../src/index.js';
import { kappaChange, regionChange } from '../../src/prune/changes.js';

const paper = protocolSettings('paper', 'nas-bench-201', 'cifar10');
const repo = protocolSettings('repo', 'nas-bench-201', 'cifar10');
const fast = protocolSettings('fast', 'nas-bench-201', 'cifar10');

const ok = (...values: number[]): NtkOutcome[] =>
  values.map((conditionNumber) => ({ kind: 'ok', conditionNumber }));
const nan: NtkOutcome = { kind: 'failed', reason: 'nan', quotient: Number.NaN };
const negative: NtkOutcome = { kind: 'failed', reason: 'negative', quotient: -500 };
const zero: NtkOutcome = { kind: 'failed', reason: 'zero', quotient: Number.POSITIVE_INFINITY };
const WORST = Number.NEGATIVE_INFINITY;

describe('change of kappa', () => {
  it('in the paper: the mean difference', () => {
    expect(kappaChange(ok(100, 90, 80), ok(70, 95, 80), paper)).toEqual({
      repeats: [30, -5, 0],
      value: 25 / 3,
    });
  });

  it('in the published code: relative, rounded to 3 decimals, mean', () => {
    const { repeats, value } = kappaChange(ok(100, 90, 80), ok(70.0123, 95, 80), repo);
    expect(repeats).toEqual([0.3, -0.056, 0]);
    expect(value).toBe((0.3 - 0.056) / 3);
  });

  it('in the fast protocol: the mean of the logarithms, cut off at a million', () => {
    const { repeats, value } = kappaChange(ok(100, 1e6, 10), ok(10, 1e9, 100), fast);
    expect(repeats[0]).toBeCloseTo(Math.LN10, 12);
    expect(repeats[1]).toBe(0);
    expect(repeats[2]).toBeCloseTo(-Math.LN10, 12);
    expect(value).toBeCloseTo(0, 12);
  });

  it('can be the median', () => {
    const settings = { ...paper, kappaChange: { ...paper.kappaChange, aggregate: 'median' as const } };
    expect(kappaChange(ok(9, 9, 9), ok(8, 1, 7), settings).value).toBe(2);
  });

  it.each([
    ['paper', paper, 100 - 1e5],
    ['repo', repo, (100 - 1e5) / 100],
  ])('counts NaN as 100,000 under %s', (_name, settings, expected) => {
    expect(kappaChange(ok(100), [nan], settings).value).toBe(expected);
    expect(kappaChange([nan], ok(1e5), settings).value).toBe(0);
  });

  it('lets a negative quotient pass as small in paper and repo', () => {
    expect(kappaChange(ok(100), [negative], repo).value).toBe(6);
    expect(kappaChange(ok(100), [negative], paper).value).toBe(600);
  });

  it('stays a number whatever fails', () => {
    for (const settings of [paper, repo, fast]) {
      for (const before of [ok(100)[0]!, nan, negative, zero]) {
        for (const after of [ok(100)[0]!, nan, negative, zero]) {
          const { value, repeats } = kappaChange([before, zero, before], [after, after, zero], settings);
          for (const number of [value, ...repeats]) {
            expect(Number.isNaN(number)).toBe(false);
            expect(number).not.toBe(Number.POSITIVE_INFINITY);
          }
        }
      }
    }
  });

  it('is the worst in the fast protocol when a repeat of the candidate fails', () => {
    for (const failure of [nan, negative, zero]) {
      expect(kappaChange(ok(9, 9, 9), [...ok(3, 3), failure], fast)).toMatchObject({ value: WORST });
    }
    const median = { ...fast, kappaChange: { ...fast.kappaChange, aggregate: 'median' as const } };
    expect(kappaChange(ok(9, 9, 9), [...ok(3, 3), nan], median).value).toBeCloseTo(Math.log(3), 12);
    expect(kappaChange(ok(9, 9, 9), [...ok(3), nan, zero], median).value).toBe(WORST);
  });

  it('counts an origin that fails as a million in the fast protocol', () => {
    expect(kappaChange([nan], ok(1e3), fast).value).toBeCloseTo(Math.log(1e3), 12);
  });
});

describe('change of R', () => {
  it('is the mean difference in the paper', () => {
    expect(regionChange([10, 20], [8, 21], paper.regionChange)).toEqual({ repeats: [2, -1], value: 0.5 });
  });

  it('is relative and rounded in the published code, relative and not rounded in the fast protocol', () => {
    expect(regionChange([3000], [2001], repo.regionChange)).toEqual({ repeats: [0.333], value: 0.333 });
    expect(regionChange([3000], [2001], fast.regionChange)).toEqual({ repeats: [0.333], value: 0.333 });
    expect(regionChange([3], [2], repo.regionChange).value).toBe(0.333);
    expect(regionChange([3], [2], fast.regionChange).value).toBe(1 / 3);
  });
});
