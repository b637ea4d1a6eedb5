import { describe, expect, it } from 'vitest';
import { judgements, sensitivityTable } from '../src/sensitivity-judgements.js';
import {
  AS_IS,
  SENSITIVE_COUNTS,
  SENSITIVE_METRICS,
  SENSITIVITY_TABLES,
} from '../src/sensitivity-variants.js';
import type { StudyPopulation } from '../src/study-population.js';
import type { Variant } from '../src/variant-scores.js';

const ACCURACY = Float64Array.from({ length: 40 }, (_, place) => 50 + ((place * 17) % 40));

function population(zen: Float64Array): StudyPopulation {
  const others = [...SENSITIVE_METRICS, ...SENSITIVE_COUNTS].map((metric) => [metric, ACCURACY] as const);
  return {
    size: ACCURACY.length,
    values: new Map([...others, ['zen', zen]]),
    accuracies: [ACCURACY],
    columns: ['test'],
    representatives: Array.from(ACCURACY, String),
  };
}

const VARIANT: Variant = { name: 'seed 1', metrics: ['zen'], seed: 1 };

describe('variants', () => {
  it('begin with the defaults, and have names of their own', () => {
    for (const { variants } of SENSITIVITY_TABLES) {
      expect(variants[0]).toBe(AS_IS);
      expect(new Set(variants.map(({ name }) => name)).size).toBe(variants.length);
    }
  });
});

describe('judgements', () => {
  const turned = ACCURACY.map((value, place) => (place < 3 ? Number.NaN : -value));

  it('say how much worse a variant ranks, and how sure that is', () => {
    const rows = judgements(VARIANT, population(turned), population(ACCURACY), 50);
    expect(rows.map(({ metric }) => metric)).toEqual(['zen', 'tenas']);
    const [zen, tenas] = rows;
    expect(zen).toMatchObject({ variant: 'seed 1', architectures: '40', failures: '3' });
    expect(Number(zen!.tau)).toBeLessThan(-0.8);
    expect(Number(zen!.difference)).toBeCloseTo(Number(zen!.tau) - 1, 3);
    expect(Number(zen!.high)).toBeLessThan(-1.5);
    expect(zen!.alike).toBe(zen!.tau);
    expect(Number(tenas!.difference)).toBeLessThan(0);
    expect(
      sensitivityTable(
        rows.map((row) => ({ table: 'nb201', ...row })),
        [VARIANT],
      ),
    ).toContain('**−1.');
  });

  it('find no difference where the order is the same', () => {
    const rows = judgements(
      VARIANT,
      population(ACCURACY.map((value) => 2 * value)),
      population(ACCURACY),
      50,
    );
    for (const row of rows) {
      expect(row).toMatchObject({
        tau: '1.000',
        difference: '0.000',
        low: '0.000',
        high: '0.000',
        alike: '1.000',
      });
    }
    expect(
      sensitivityTable(
        rows.map((row) => ({ table: 'nb201', ...row })),
        [VARIANT],
      ),
    ).not.toContain('**');
  });

  it('of the defaults have the counts too, and no difference', () => {
    const rows = judgements(AS_IS, population(ACCURACY), population(ACCURACY), 50);
    expect(rows.map(({ metric }) => metric)).toEqual(
      expect.arrayContaining([...SENSITIVE_COUNTS, ...SENSITIVE_METRICS, 'tenas', 'az-nas']),
    );
    expect(rows.every(({ difference }) => difference === '')).toBe(true);
  });
});
