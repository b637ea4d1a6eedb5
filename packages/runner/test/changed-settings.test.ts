import { getMetric } from '@tenas/metrics';
import { describe, expect, it } from 'vitest';
import { changedSettings } from '../src/changed-settings.js';

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
