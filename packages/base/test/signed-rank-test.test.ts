import { wilcoxonSignedRank } from '@tenas/base';
import { describe, expect, it } from 'vitest';

describe('the signed-rank test', () => {
  // scipy.stats.wilcoxon(method='exact'); the second data are Darwin's, of cross- and self-fertilised plants.
  it('has the exact probabilities of SciPy', () => {
    const depression = [0.952, -0.147, 1.022, 0.43, 0.62, 0.59, 0.49, -0.08, 0.01];
    expect(wilcoxonSignedRank(depression)).toEqual({ w: 40, count: 9, twoSided: 0.0390625 });
    const darwin = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75];
    expect(wilcoxonSignedRank(darwin)).toEqual({ w: 96, count: 15, twoSided: 0.041259765625 });
  });

  it('is exact with ties and without the zeros: an enumeration of all signs agrees', () => {
    expect(wilcoxonSignedRank([1, 1, -1, 2, 2, 3, 0, -4, 5])).toEqual({ w: 27, count: 8, twoSided: 0.25 });
  });

  // scipy.stats.wilcoxon(method='approx', correction=True)
  it('is normal for many', () => {
    const many = Array.from({ length: 60 }, (_, item) => ((item * 37) % 101) - 45);
    expect(wilcoxonSignedRank(many).twoSided).toBeCloseTo(0.26628823437850624, 6);
  });

  it('finds nothing where nothing differs, and the same from both sides', () => {
    expect(wilcoxonSignedRank([])).toEqual({ w: 0, count: 0, twoSided: 1 });
    expect(wilcoxonSignedRank([0, 0, 0])).toEqual({ w: 0, count: 0, twoSided: 1 });
    const some = [3, -1, 4, 1, 5];
    const turned = some.map((difference) => -difference);
    expect(wilcoxonSignedRank(some).twoSided).toBe(wilcoxonSignedRank(turned).twoSided);
    expect(wilcoxonSignedRank(Array.from({ length: 5 }, () => 1)).twoSided).toBe(2 / 32);
  });
});
