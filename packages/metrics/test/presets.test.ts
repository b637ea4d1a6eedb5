import { describe, expect, it } from 'vitest';
import {
  ALL_METRICS,
  chooseMetrics,
  expandMetricNames,
  getMetric,
  getPreset,
  listMetrics,
  listPresets,
  metricsOfPreset,
  params,
  presetAmong,
  RankedPopulation,
  rankingOf,
  registerMetric,
} from '../src/index.js';

const names = (choices: Parameters<typeof chooseMetrics>[0]) =>
  chooseMetrics(choices).map(({ metric }) => metric.name);

describe.each(listPresets().map((preset) => [preset.name, preset] as const))(
  'the aggregate %s',
  (name, preset) => {
    it('is named after no metric and made of metrics that there are', () => {
      expect(listMetrics().some((metric) => metric.name === name)).toBe(false);
      expect(getPreset(name)).toBe(preset);
      for (const metric of metricsOfPreset(preset)) expect(getMetric(metric).name).toBe(metric);
      expect(preset.title).not.toBe('');
      if (preset.rule === 'max-sum')
        expect(preset.terms.every((term) => typeof term === 'string')).toBe(true);
    });

    it('ranks what is best by each of its metrics first', () => {
      const population = new RankedPopulation(rankingOf(preset));
      const scores = (goodness: number) =>
        Object.fromEntries(
          metricsOfPreset(preset).map((metric) => [
            metric,
            { value: getMetric(metric).better === 'higher' ? goodness : 10 - goodness },
          ]),
        );
      for (const goodness of [2, 3, 1]) population.add(scores(goodness));
      expect(population.best).toBe(1);
      expect(population.worth(0)).toBeGreaterThan(population.worth(2));
    });
  },
);

describe('the aggregate tenas', () => {
  it('needs no labels, and ranks networks without ReLUs by its other metrics', () => {
    const preset = getPreset('tenas');
    expect(metricsOfPreset(preset)).toEqual(['depth', 'meco', 'near', 'swap', 'zen']);
    expect(metricsOfPreset(preset).some((name) => getMetric(name).needs.includes('labels'))).toBe(false);
    const population = new RankedPopulation(rankingOf(preset));
    for (const value of [1, 3, 2]) {
      const known = Object.fromEntries(['depth', 'meco', 'near', 'zen'].map((name) => [name, { value }]));
      population.add({ ...known, swap: { value: null } });
    }
    expect(population.best).toBe(1);
    expect(population.worth(2)).toBeGreaterThan(population.worth(0));
  });
});

describe('names that stand for several metrics', () => {
  it('are replaced by them, in their place, without those that are named besides', () => {
    expect(expandMetricNames(['params', 'te-nas', 'macs'])).toEqual(['params', 'ntk', 'regions', 'macs']);
    expect(expandMetricNames(['regions', 'te-nas', 'unknown'])).toEqual(['regions', 'ntk', 'unknown']);
    expect(expandMetricNames(['freerea', 'te-nas', 'freerea'])).toEqual([
      ...['naswot', 'logsynflow', 'skip-length', 'ntk', 'regions'],
    ]);
    expect(expandMetricNames([ALL_METRICS, 'params'])).toHaveLength(listMetrics().length);
  });

  it('are chosen as any metric is, one with settings in place of the default', () => {
    expect(names(['te-nas', params])).toEqual(['ntk', 'regions', 'params']);
    const [regions, ntk] = chooseMetrics([{ metric: 'regions', settings: { batches: 2 } }, 'te-nas']);
    expect(regions).toMatchObject({ metric: { name: 'regions' }, settings: { batches: 2 } });
    expect(ntk!.metric.name).toBe('ntk');
    expect(() => chooseMetrics([{ metric: 'te-nas', settings: { batchSize: 4 } }])).toThrow(
      /te-nas\.batchSize.*given to the metrics that te-nas stands for/,
    );
    expect(() => chooseMetrics(['te-nass'])).toThrow(/te-nas, teg-nas, az-nas, freerea.* stand for several/);
  });

  it('are no metrics, and say which are', () => {
    expect(() => getMetric('te-nas')).toThrow(
      /te-nas is an aggregate: .* has no value of one; name one of its metrics ntk, regions$/,
    );
    expect(() => getMetric(ALL_METRICS)).toThrow(/all stands for all metrics; name one of them/);
  });

  it('are no names for metrics of your own', () => {
    for (const name of [ALL_METRICS, 'freerea']) {
      expect(() => registerMetric({ ...params, name })).toThrow(/another/);
    }
  });

  it('hold at most one aggregate that decides', () => {
    expect(presetAmong(['params', 'freerea'])?.name).toBe('freerea');
    expect(presetAmong(['params'])).toBeUndefined();
    expect(() => presetAmong(['te-nas', 'freerea'])).toThrow(/one aggregate/);
    expect(() => getPreset('tenass')).toThrow(/known are tenas, te-nas, teg-nas, az-nas/);
  });
});
