import { getMetric } from '@tenas/metrics';
import { getStrategy } from '@tenas/search';
import { describe, expect, it } from 'vitest';
import { changedSettings, changesOf } from '../src/changed-settings.js';
import type { SearchTask } from '../src/tasks.js';

function withDefaults(name: string, changes: object) {
  return { name, settings: { ...getMetric(name).settings.parse({}), ...changes } };
}

describe('the settings of a job’s metrics in its row', () => {
  it('are none where all are the defaults', () => {
    expect(changedSettings([])).toBeNull();
    expect(changedSettings([withDefaults('ntk', {}), withDefaults('params', {})])).toBeNull();
  });

  it('tell jobs apart that measure one metric with different settings', () => {
    const texts = [4, 8].map((batchSize) => changedSettings([withDefaults('ntk', { batchSize })]));
    expect(texts).toEqual(['ntk.batchSize=4', 'ntk.batchSize=8']);
  });

  it('are written as --set takes them, of all metrics', () => {
    const metrics = [
      withDefaults('ntk', { batchSize: 4, mode: 'sample' }),
      withDefaults('regions', { batches: 2 }),
    ];
    const text = changedSettings(metrics)!;
    expect(text.split(' ')).toEqual(expect.arrayContaining(['ntk.batchSize=4', 'regions.batches=2']));
    expect(text).not.toContain('"');
  });

  it('are all there for a metric that is not known here', () => {
    expect(changedSettings([{ name: 'unheard-of', settings: { images: 4, kind: 'x' } }])).toBe(
      'unheard-of.images=4 unheard-of.kind=x',
    );
  });
});

describe('the settings of a search in its row', () => {
  const searchBy = (strategy: string, settings: object, more: object = {}): SearchTask => ({
    ...{ kind: 'search', results: 'x', space: 'nas-bench-201', metrics: [], plugins: [] },
    dataset: { name: 'synthetic', fingerprint: '0' },
    ...{ strategy, settings: { ...settings }, ...more },
  });
  const evolves = (settings: object) =>
    searchBy('evolution', { ...getStrategy('evolution').settings.parse({}), ...settings });

  it('are none where all are the defaults, and where other columns have them', () => {
    expect(changesOf(evolves({ repeats: 3 }))).toBeNull();
    expect(changesOf(searchBy('prune', { protocol: 'fast', repeats: 1 }))).toBeNull();
  });

  it('tell searches apart by what was set, before their bounds', () => {
    const constraints = [{ name: 'params', op: '<=', limit: 400_000, unit: 'parameters' }] as const;
    expect(changesOf(evolves({ population: 20 }))).toBe('population=20');
    expect(changesOf({ ...evolves({ sample: 5, cycles: 9 }), constraints })).toBe(
      'cycles=9 sample=5 params<=400000',
    );
  });

  it('do not depend on the order in which they are held, and have all that a preset filled in', () => {
    const settings = { preset: 'quick', epochs: 2, draws: 4, estimator: 'G', task: 'labels' };
    const reversed = Object.fromEntries(Object.entries(settings).reverse());
    expect(changesOf(searchBy('gdas', settings))).toBe('draws=4 epochs=2 estimator=G');
    expect(changesOf(searchBy('gdas', reversed))).toBe(changesOf(searchBy('gdas', settings)));
  });

  it('are all there for a strategy that is not known here', () => {
    expect(changesOf(searchBy('unheard-of', { b: 1, a: 'x' }))).toBe('a=x b=1');
  });
});
