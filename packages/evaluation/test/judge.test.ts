import { describe, expect, it } from 'vitest';
import { gainsOf, ndcg } from '../src/discounted-gain.js';
import { Judge } from '../src/judge.js';
import { partialOf, partialSpearman } from '../src/partial-correlation.js';
import { MetricCorrelations, rankedMetric } from '../src/ranked-metric.js';
import { orderingOf } from '../src/ranks.js';
import { regretCurve, tieGroups, topK } from '../src/selection.js';
import { topPrecision, topShare } from '../src/top-share.js';

// Expected values by numpy from these 30 items: sums over all pairs, least squares, an inverse of the matrix of taus.
const items = Array.from({ length: 30 }, (_, index) => index);
const accuracy = Float64Array.from(items, (i) => 70 + ((i * 17) % 30) * 0.8 + (i % 4) * 0.25);
const score = Float64Array.from(items, (i) =>
  Math.floor(Math.floor(((i * 11) % 30) / 3) + ((i * 17) % 30) * 0.25),
);
const params = Float64Array.from(items, (i) => ((i * 7) % 15) + Math.floor(((i * 17) % 30) / 2));
const macs = Float64Array.from(items, (i) => ((i * 13) % 10) + ((i * 7) % 15));

describe('nDCG', () => {
  const groups = tieGroups(score, 'higher');
  it.each([
    [30, 0.48379651097807314],
    [10, 0.3847119800775128],
    [3, 0.1058462490565793],
  ])('at %i is what numpy computes, ties sharing their mean gain', (k, expected) => {
    expect(ndcg(groups, gainsOf(accuracy)!, k)).toBeCloseTo(expected, 12);
  });

  it('is 1 for a perfect ranking, also of numbers whose powers overflow', () => {
    const large = accuracy.map((value) => value + 3000);
    const perfect = tieGroups(large, 'higher');
    expect(ndcg(perfect, gainsOf(large)!, 10)).toBe(1);
    // One point is a factor of two, wherever the points stand.
    expect(ndcg(groups, gainsOf(large)!, 10)).toBeCloseTo(0.3847119800775128, 9);
  });

  it('is not defined where gains are negative or all nothing', () => {
    expect(gainsOf(Float64Array.of(1, -2))).toBeNull();
    expect(ndcg([[0, 1]], gainsOf(Float64Array.of(0, 0))!, 2)).toBeNull();
  });
});

describe('partial correlations', () => {
  const [x, y, a, b] = [orderingOf(score), orderingOf(accuracy), orderingOf(params), orderingOf(macs)];
  it('of ranks are what least squares leaves', () => {
    expect(partialSpearman(x, y, [a, b])).toBeCloseTo(0.3552579144103308, 12);
    expect(partialSpearman(x, y, [a])).toBeCloseTo(0.42405693262904676, 12);
  });

  it('take no notice of a control that follows from the others', () => {
    const twice = orderingOf(params.map((value) => 2 * value));
    expect(partialSpearman(x, y, [a, twice, b])).toBeCloseTo(0.3552579144103308, 12);
    expect(partialSpearman(x, y, [orderingOf(new Float64Array(30)), a])).toBeCloseTo(0.42405693262904676, 12);
  });

  it('are not defined for the controls themselves', () => {
    expect(partialSpearman(a, y, [a, b])).toBeNull();
    expect(partialSpearman(x, b, [a, b])).toBeNull();
    const one = [
      [1, 0.5, 1],
      [0.5, 1, 0.5],
      [1, 0.5, 1],
    ];
    expect(partialOf(one)).toBeNull();
    expect(
      partialOf([
        [1, null],
        [null, 1],
      ]),
    ).toBeNull();
  });

  it('of two equal controls are those of one', () => {
    const one = [
      [1, 0.6, 0.5],
      [0.6, 1, 0.4],
      [0.5, 0.4, 1],
    ];
    const two = [...one.map((row) => [...row, row[2]!]), [0.5, 0.4, 1, 1]];
    expect(partialOf(two)).toBeCloseTo((0.6 - 0.2) / Math.sqrt(0.75 * 0.84), 12);
    expect(partialOf(two)).toBe(partialOf(one));
  });
});

describe('the top', () => {
  const [ranked, best] = [tieGroups(score, 'higher'), tieGroups(accuracy, 'higher')];

  it('is shared by those who tie for its last places', () => {
    expect([...topShare([[2], [0, 1, 3]], 2)]).toEqual([1 / 3, 1 / 3, 1, 1 / 3]);
    expect([...topShare([[0], [1]], 5)]).toEqual([1, 1]);
  });

  it('has the precision that numpy computes', () => {
    expect(topPrecision(ranked, best, [0.01, 0.05, 0.1, 0.3])).toEqual([
      { fraction: 0.01, architectures: 0, value: null },
      { fraction: 0.05, architectures: 2, value: 0 },
      { fraction: 0.1, architectures: 3, value: expect.closeTo(1 / 6, 12) },
      { fraction: 0.3, architectures: 9, value: expect.closeTo(5 / 9, 12) },
    ]);
    expect(topPrecision(best, best, [0.3])[0]!.value).toBe(1);
  });

  it('is missed by a regret that falls to 0 at all items', () => {
    const curve = regretCurve(ranked, accuracy);
    expect(curve.map(({ k }) => k)).toEqual([1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 30]);
    for (const [place, { regret }] of curve.entries()) {
      expect(regret).toBeLessThanOrEqual(curve[place - 1]?.regret ?? 100);
      expect(regret).toBe(topK(ranked, accuracy, [curve[place]!.k])[0]!.regret);
    }
    expect(curve.at(-1)!.regret).toBe(0);
  });
});

describe('a metric', () => {
  const given = [
    rankedMetric({ name: 'params', better: 'higher' }, params),
    rankedMetric({ name: 'macs', better: 'higher' }, macs),
  ];
  const judge = new Judge(
    {
      architectures: items.map((item) => `architecture ${item}`),
      draws: [],
      correlations: new MetricCorrelations(items.length),
      given,
    },
    accuracy,
    { confidence: 0.95, count: 0, seed: 0 },
  );

  it('is judged by all figures, those in short among them', () => {
    const result = judge.result(rankedMetric({ name: 'score', better: 'higher' }, score));
    expect(result.tau).toBe(result.kendall.value);
    expect(result).toMatchObject({ interval: null, tauTop: null, tauOwnTop: null });
    expect(result.partial).toEqual({
      given: ['params', 'macs'],
      spearman: expect.closeTo(0.3552579144103308, 12),
      kendall: expect.closeTo(0.3188416819731077, 12),
    });
    expect(result.ndcg).toEqual([{ k: 30, value: expect.closeTo(0.48379651097807314, 12) }]);
    // Three are a tenth, and the third one has a tie.
    expect(result.ownTop).toMatchObject({ fraction: 0.1, architectures: 4, kendall: { value: null } });
    expect(judge.result(given[0]!).partial).toMatchObject({ spearman: null, kendall: null });
  });

  it('is judged the same from its other end', () => {
    const [up, down] = [
      rankedMetric({ name: 'up', better: 'higher' }, score),
      rankedMetric(
        { name: 'down', better: 'lower' },
        score.map((value) => 7 - value),
      ),
    ];
    expect(judge.result(down)).toEqual(judge.result(up));
  });
});

describe('among its own best', () => {
  it('a metric is judged on those alone', () => {
    const many = Float64Array.from({ length: 200 }, (_, item) => item);
    // Right but for its own best twenty, whose order is turned.
    const turned = many.map((value) => (value < 180 ? value : 379 - value));
    const judge = new Judge(
      {
        architectures: Array.from(many, String),
        draws: [],
        correlations: new MetricCorrelations(200),
        given: [],
      },
      many,
      { confidence: 0.95, count: 0, seed: 0 },
    );
    const { tau, tauTop, tauOwnTop, ownTop, precisionTop } = judge.result(
      rankedMetric({ name: 'turned', better: 'higher' }, turned),
    );
    expect(tau).toBeCloseTo(1 - (4 * 190) / (200 * 199), 12);
    expect([tauTop, tauOwnTop, ownTop!.architectures]).toEqual([-1, -1, 20]);
    expect(precisionTop.map(({ value }) => value)).toEqual([0, 0, 1]);
  });
});
