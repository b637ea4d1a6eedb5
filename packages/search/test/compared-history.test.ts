import { RandomStream } from '@tenas/base';
import { syntheticImages } from '@tenas/data';
import { chooseMetrics, isProbing, listMetrics } from '@tenas/metrics';
import { smallSpace } from '@tenas/metrics/contract';
import { describe, expect, it } from 'vitest';
import { comparedHistory } from '../src/compared-history.js';
import { runSearch } from '../src/index.js';

const named = (name: string) => ({ metrics: chooseMetrics([name]) });
const common = { aggregate: 'log-rank', missing: 'last', repeats: 4 } as const;
const tested = (metric: string, settings: object = {}) =>
  comparedHistory(named(metric), { ...common, compare: 'mann-whitney', ...settings });

/** Scores by one metric. */
function scores(metric: string, ...repeats: readonly (number | null)[]) {
  const values = repeats.flatMap((value) => value ?? []);
  const value =
    values.length < repeats.length ? null : values.reduce((sum, one) => sum + one, 0) / values.length;
  return { [metric]: { value, repeats, seconds: null } };
}

describe('a comparison by rank test', () => {
  it('prefers another only where its repeats are better', () => {
    const history = tested('naswot');
    history.add(scores('naswot', 1, 2, 3, 4));
    expect(history.best).toBe(0);
    // A larger mean by one value, which the ranks do not count: no difference.
    history.add(scores('naswot', 1.5, 2.5, 3.5, 100));
    expect(history.best).toBe(0);
    history.add(scores('naswot', 5, 6, 7, 8));
    expect(history.best).toBe(2);
    history.add(scores('naswot', 5.5, 6.5, 7.5, 8.5));
    expect(history.best).toBe(2);
    expect(history.bestOf([1, 0])).toBe(1);
    expect(history.bestOf([0, 2, 1])).toBe(2);
    // The best first, then by value.
    expect(history.ranking()).toEqual([2, 1, 3, 0]);
  });

  it('takes values for the mean where nothing else is said', () => {
    const history = comparedHistory(named('naswot'), common);
    for (const repeats of [
      [1, 2, 3, 4],
      [1, 2, 3, 100],
      [9, 9, 9, 9],
    ])
      history.add(scores('naswot', ...repeats));
    expect(history.best).toBe(1);
  });

  it('knows metrics of which less is better, and repeats without a value', () => {
    const history = tested('ntk');
    history.add(scores('ntk', null, null, 40, 50));
    history.add(scores('ntk', 60, 70, 80, 90));
    expect(history.best).toBe(0);
    history.add(scores('ntk', 4, 5, 6, 7));
    expect(history.best).toBe(2);
    history.add(scores('ntk', null, null, null, null));
    expect(history.best).toBe(2);
  });

  it('needs as many repeats as can differ', () => {
    expect(() => tested('naswot', { repeats: 3 })).not.toThrow();
    expect(() => tested('naswot', { repeats: 2 })).toThrowError(
      /settings.repeats must be at least 3, as fewer/,
    );
    expect(() => tested('naswot', { repeats: 4, significance: 0.01 })).toThrowError(/at least 5/);
    expect(() => tested('naswot', { repeats: 1, significance: 0.5 })).not.toThrow();
  });

  it('is of one metric that has repeats', () => {
    const two = { metrics: chooseMetrics(['naswot', 'ntk']) };
    const compare = { ...common, compare: 'mann-whitney' } as const;
    expect(() => comparedHistory(two, compare)).toThrowError(/metrics must be one metric/);
    expect(() => tested('params')).toThrowError(/differs between repeats/);
    expect(() => comparedHistory(named('naswot'), { ...common, significance: 0.1 })).toThrowError(
      expect.objectContaining({ field: 'settings.significance' }),
    );
  });

  it('seldom prefers noise', () => {
    const random = new RandomStream('test', 'noise');
    const history = tested('naswot', { repeats: 10 });
    const noise = () => scores('naswot', ...Array.from({ length: 10 }, () => random.unit()));
    let changes = 0;
    for (let added = 0; added < 200; added++) {
      const before = added === 0 ? 0 : history.best;
      history.add(noise());
      if (history.best !== before) changes++;
    }
    // By the largest mean of noise, there would be ln(200) + 0.58 = 5.9 changes.
    expect(changes).toBeLessThanOrEqual(4);
  });

  it.each(['random', 'evolution'])('decides a search by %s, and its record says so', async (strategy) => {
    const sizes = strategy === 'random' ? { samples: 9 } : { population: 4, sample: 3, cycles: 12 };
    const metric = listMetrics().find(isProbing)!;
    const record = await runSearch({
      ...{
        space: smallSpace({ supernet: true }),
        source: syntheticImages(),
        strategy,
        device: 'cpu',
        seed: 2,
      },
      metrics: [{ metric, settings: { batchSize: 4 } }],
      settings: { ...sizes, repeats: 4, compare: 'mann-whitney', significance: 0.1 },
    });
    expect(record.settings).toMatchObject({ compare: 'mann-whitney', significance: 0.1 });
    const by = { metrics: chooseMetrics([metric]) };
    const history = comparedHistory(by, { ...common, compare: 'mann-whitney', significance: 0.1 });
    for (const one of record.scored) history.add(one.scores);
    expect(record.architecture).toBe(record.scored[history.best]!.architecture);
    expect(record.scores![metric.name]!.repeats).toHaveLength(4);
  });
});
