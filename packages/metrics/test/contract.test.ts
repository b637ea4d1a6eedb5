import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { metricContract, quickMetricContract } from '../src/contract/index.js';
import { listMetrics, type Metric, ntk, type ProbingMetric } from '../src/index.js';

describe.each(listMetrics().map((metric) => [metric.name, metric] as const))('the metric %s', (_, metric) => {
  for (const { name, run } of metricContract(metric)) it(name, run);
});

async function checkQuickly(metric: Metric): Promise<void> {
  for (const { run } of quickMetricContract(metric)) await run();
}

/** A metric that is sound but for what is given. */
function broken(wrong: object): Metric {
  return { ...ntk, name: 'broken', ...wrong };
}

describe('the contract of metrics', () => {
  it('takes no time and no engine for the quick checks', async () => {
    expect(quickMetricContract(ntk).length).toBeGreaterThan(8);
    expect(quickMetricContract(ntk).length).toBeLessThan(metricContract(ntk).length);
    await expect(checkQuickly(ntk)).resolves.toBeUndefined();
  });

  const settings = (shape: Record<string, z.ZodType>) => z.object({ ...shape });
  it.each<[string, object, RegExp]>([
    ['a name in capitals', { name: 'NTK' }, /name must be lower case/],
    ['no title', { title: '' }, /title must be one line of text/],
    ['no paper', { paper: undefined }, /paper must be one line of text/],
    ['no direction', { better: 'up' }, /better must be lower or higher, got "up"/],
    ['an unknown need', { needs: ['luck'] }, /needs must be a list of some of labels, supernet/],
    ['no way to a value', { value: undefined }, /missing: value/],
    ['two ways to a value', { count: () => 1 }, /must not have pass, tasks, value/],
    ['no settings', { settings: {} }, /settings must be a strict zod object/],
    ['settings that accept anything', { settings: settings({}) }, /was accepted/],
    [
      'a setting without a default',
      { settings: z.strictObject({ n: z.int().describe('a number') }) },
      /settings.n must have a default/,
    ],
    [
      'a setting that nobody describes',
      { settings: z.strictObject({ n: z.int().default(1) }) },
      /settings.n must have a description/,
    ],
    [
      'a pass that changes',
      {
        pass: () => ({ network: 'proxy', inputs: { kind: 'training' }, batchSize: ++calls, init: 'pytorch' }),
      },
      /pass must depend on the settings alone/,
    ],
    [
      'a network that no space has',
      { pass: () => ({ network: 'huge', inputs: { kind: 'training' }, batchSize: 2, init: 'pytorch' }) },
      /pass.network must be one of proxy, deep, stemless, final/,
    ],
    [
      'crops for a network of images',
      {
        pass: () => ({ network: 'proxy', inputs: { kind: 'crops', crop: 3 }, batchSize: 2, init: 'pytorch' }),
      },
      /crops are for the network stemless/,
    ],
    ['labels of ones', { needs: ['labels'], pass: onesPass }, /only training images have labels/],
    ['no list of tasks', { tasks: () => ({}) as [] }, /tasks must be a list/],
    [
      'tasks that are not data',
      { tasks: () => [{ kind: 'ntk', mode: 'batch', also: () => 1 }] },
      /plain data/,
    ],
    ['a value that is not a number', { value: () => Number.NaN }, /never NaN; got NaN/],
    [
      'a failure that nobody explains',
      { value: () => ({ failure: 'why' }) },
      /the failure "why" must be one of/,
    ],
    [
      'a combination that is not a number',
      { combine: () => Number.NaN },
      /combine\(\[3\]\) must be a number or null/,
    ],
    ['ways to combine without combine', { combine: undefined }, /aggregations are for combine/],
    [
      'a way to combine that no setting has',
      { aggregations: { least: { aggregation: 'least' } } },
      /aggregations.least must be valid settings/,
    ],
    ['a flag that cannot be typed', { flags: { ntkMode: 'mode' } }, /flags: ntkMode must be lower case/],
    [
      'a flag of no setting',
      { flags: { 'ntk-mode': 'way' } },
      /flags.ntk-mode must be one of mode, batchSize/,
    ],
    ['a detail that JSON loses', { detail: () => new Float64Array(2) }, /detail must be plain data/],
  ])('refuses %s', async (_, wrong, message) => {
    await expect(checkQuickly(broken(wrong))).rejects.toMatchObject({
      code: 'METRIC_INVALID',
      message: expect.stringMatching(message),
    });
  });

  it('refuses what is no object', async () => {
    for (const nothing of [null, undefined, 3, 'ntk']) {
      await expect(checkQuickly(nothing as never)).rejects.toMatchObject({ code: 'METRIC_INVALID' });
    }
  });

  it('notices values that change from time to time', async () => {
    let calls = 0;
    const fickle: ProbingMetric = { ...(ntk as ProbingMetric), name: 'fickle', value: () => calls++ };
    const check = metricContract(fickle).find(({ name }) => name.includes('the same every time and with'));
    await expect(check!.run()).rejects.toMatchObject({ code: 'METRIC_INVALID' });
  });

  it('notices a metric that never has a value', async () => {
    const mute: ProbingMetric = {
      ...(ntk as ProbingMetric),
      name: 'mute',
      value: () => ({ failure: 'zero' }),
    };
    const check = metricContract(mute).find(({ name }) => name.includes('the same every time and with'));
    await expect(check!.run()).rejects.toThrow(/at least one small network/);
  });
});

let calls = 0;

function onesPass() {
  return { network: 'proxy', inputs: { kind: 'ones' }, batchSize: 1, init: 'pytorch' };
}
