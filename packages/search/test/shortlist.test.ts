import { type ImageSource, syntheticImages } from '@tenas/data';
import { type CountingMetric, params, registerMetric } from '@tenas/metrics';
import { smallSpace } from '@tenas/metrics/contract';
import { readSearchRecord, type SearchRecord } from '@tenas/records';
import { getSpace, nasBench201 } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import {
  pruning,
  type RunSearchOptions,
  runSearch,
  type SearchEvent,
  SearchInterrupted,
} from '../src/index.js';
import { FakeEvaluator } from './prune/fake-evaluator.js';

const space = getSpace('nas-bench-201');
const source = syntheticImages();
const most: CountingMetric = { ...params, name: 'most', better: 'higher' };
const least: CountingMetric = { ...params, name: 'least', better: 'lower' };
for (const metric of [most, least]) registerMetric(metric);

/** A short training, in place of the default one. */
const trained = { 'early-accuracy': { epochs: 1, images: 32, validation: 32, batchSize: 16 } };

async function search(settings: object, options: Partial<RunSearchOptions> = {}) {
  return await runSearch({
    ...{ space, source, strategy: 'random', metrics: [most], device: 'cpu', seed: 3 },
    ...options,
    settings: { samples: 30, ...settings },
  });
}

const keyOf = (text: string) => nasBench201.isomorphism.key(nasBench201.parse(text));
const valuesOf = ({ scored }: SearchRecord, metric: string) =>
  scored.flatMap(({ scores }) => scores[metric]?.value ?? []);

/** The record without what differs between runs of one search. */
function lasting({ steps, startedAt: _, seconds: __, metricSeconds: ___, ...record }: SearchRecord) {
  const timeless = JSON.stringify(record, (field, value) => (field === 'seconds' ? undefined : value));
  return { record: JSON.parse(timeless), steps: steps.map(({ label }) => label) };
}

describe('a shortlist', () => {
  it('compares the best of a search by other metrics', async () => {
    const stages = [{ metrics: ['least'], keep: 1 }];
    const record = await search({ shortlist: 6, stages });
    const best = valuesOf(record, 'most').sort((a, b) => b - a);
    expect(record.scores!.least!.value).toBe(best[5]);
    expect(record.scores!.most!.value).toBe(best[5]);
    expect(record.metrics.map(({ name }) => name)).toEqual(['most', 'least']);
    expect(record.evaluations).toEqual({ most: 30, least: 6 });
    expect(record.steps.map(({ label }) => label)).toEqual(['samples 1', 'samples 2', 'shortlist 1']);
    const { stage, best: shown, evaluations } = record.steps.at(-1)!;
    expect(evaluations).toEqual({ least: 6 });
    expect(stage!.kept).toBe(1);
    expect(stage!.finalists.map(({ scores }) => scores.least!.value)).toEqual(best.slice(0, 6).reverse());
    expect(shown!.architecture).toBe(record.architecture);
    expect(record.settings).toMatchObject({
      shortlist: 6,
      stages: [{ metrics: [{ least: {} }], repeats: 1, aggregate: 'log-rank', missing: 'last', keep: 1 }],
    });
    expect(readSearchRecord(JSON.parse(JSON.stringify(record)))).toEqual(record);
  });

  it('leaves a search without it as it was', async () => {
    const record = await search({});
    expect(record.settings).not.toHaveProperty('shortlist');
    expect(record.settings).not.toHaveProperty('stages');
    expect(lasting(await search({ shortlist: 0 })).steps).toEqual(lasting(record).steps);
  });

  it('goes through several stages, each on repeats that none before has seen', async () => {
    const record = await search(
      {
        samples: 12,
        repeats: 2,
        shortlist: 6,
        stages: [
          { metrics: ['naswot', 'least'], repeats: 3, aggregate: 'rank-sum', keep: 3 },
          { metrics: ['naswot'], repeats: 4, keep: 1 },
        ],
      },
      { space: smallSpace({ supernet: true }) },
    );
    expect(record.steps.map(({ label }) => label)).toEqual(['samples 1', 'shortlist 1', 'shortlist 2']);
    const asked = new Map<string, number>();
    for (const { repeats, from, scores } of record.scored) {
      const key = `${Object.keys(scores)} ${from} ${repeats}`;
      asked.set(key, (asked.get(key) ?? 0) + 1);
    }
    expect(Object.fromEntries(asked)).toEqual({ 'most 0 2': 9, 'naswot,least 2 3': 6, 'naswot 5 4': 3 });
    const [first, second] = record.steps.slice(1).map(({ stage }) => stage!);
    expect([first!.kept, second!.kept]).toEqual([3, 1]);
    const names = (stage: typeof first) => stage!.finalists.map(({ architecture }) => architecture);
    expect(names(second).toSorted()).toEqual(names(first).slice(0, 3).toSorted());
    expect(record.architecture).toBe(names(second)[0]);
    const values = second!.finalists.map(({ scores }) => scores.naswot!.value!);
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    // The found architecture has the scores of every stage, the last of each metric.
    expect(record.scores!.naswot!.repeats).toHaveLength(4);
    expect(Object.keys(record.scores!).sort()).toEqual(['least', 'most', 'naswot']);
  });

  it('ranks by an aggregate, and by its name', async () => {
    const stages = [{ metrics: ['te-nas'] }];
    const { steps, settings, scores } = await search(
      { samples: 9, shortlist: 4, stages },
      { space: smallSpace({ supernet: true }) },
    );
    expect(settings.stages).toMatchObject([{ aggregate: 'te-nas', metrics: [{ ntk: {} }, { regions: {} }] }]);
    expect(Object.keys(scores!)).toEqual(['most', 'ntk', 'regions']);
    expect(steps.at(-1)!.stage!.finalists).toHaveLength(4);
  });

  it('takes each network once, from evolution too', async () => {
    const record = await search(
      {
        samples: undefined,
        population: 8,
        sample: 3,
        cycles: 60,
        shortlist: 10,
        stages: [{ metrics: ['least'] }],
      },
      { strategy: 'evolution' },
    );
    const keys = record.steps.at(-1)!.stage!.finalists.map(({ architecture }) => keyOf(architecture));
    expect(new Set(keys).size).toBe(10);
    const best = [...new Set(valuesOf(record, 'most'))].sort((a, b) => b - a);
    expect(record.scores!.most!.value).toBeLessThanOrEqual(best[0]!);
    expect(record.scores!.most!.value).toBe(record.scores!.least!.value);
  });

  it('has the answer of a policy among its architectures', async () => {
    const settings = { samples: undefined, cycles: 40, answer: 'policy' };
    const { architecture } = await search(settings, { strategy: 'reinforce' });
    const record = await search(
      { ...settings, shortlist: 5, stages: [{ metrics: ['least'] }] },
      { strategy: 'reinforce' },
    );
    const texts = record.steps.at(-1)!.stage!.finalists.map((one) => one.architecture);
    expect(texts).toHaveLength(5);
    expect(texts).toContain(architecture);
  });

  it('makes do with fewer architectures than it has places for', async () => {
    const { steps } = await search(
      { samples: 50, shortlist: 40, stages: [{ metrics: ['least'] }] },
      { space: smallSpace({ supernet: false }) },
    );
    expect(steps.at(-1)!.stage!.finalists).toHaveLength(9);
  });

  it('trains its architectures by default, with settings of the training', async () => {
    const small = smallSpace({ supernet: true });
    const record = await search(
      { samples: 9, shortlist: 3, stages: [{ metrics: [trained] }] },
      { space: small },
    );
    expect(record.evaluations).toEqual({ most: 9, 'early-accuracy': 3 });
    expect(record.settings.stages).toMatchObject([
      { metrics: [{ 'early-accuracy': { epochs: 1, images: 32, augment: false } }] },
    ]);
    const plan: SearchEvent[] = [];
    const stop = new AbortController();
    const stopped = search(
      { samples: 9, shortlist: 3 },
      {
        space: small,
        signal: stop.signal,
        onProgress: (event) => {
          plan.push(event);
          if (event.kind === 'step-start' && event.label === 'shortlist 1') stop.abort(new Error('enough'));
        },
      },
    );
    await expect(stopped).rejects.toThrowError(SearchInterrupted);
    expect(plan[0]).toMatchObject({
      text: '9 architectures, then the best 3 architectures by early-accuracy',
      settings: { stages: [{ metrics: [{ 'early-accuracy': { epochs: 12 } }] }] },
    });
  });

  it('needs labels where it trains, and says so before any work', async () => {
    const { labels: _, ...unlabelled } = source;
    const events: SearchEvent[] = [];
    const searching = search(
      { shortlist: 3 },
      { source: unlabelled as ImageSource, onProgress: (event) => events.push(event) },
    );
    await expect(searching).rejects.toMatchObject({ code: 'LABELS_MISSING' });
    expect(events).toEqual([]);
  });

  it('tells shares that grow, and weighs trainings as what they cost', async () => {
    const events: SearchEvent[] = [];
    await search(
      { samples: 9, shortlist: 3, stages: [{ metrics: [trained] }] },
      { space: smallSpace({ supernet: true }), onProgress: (event) => events.push(event) },
    );
    const shares = events.flatMap((event) => ('share' in event ? [event.share] : []));
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
    const before = events.find((event) => event.kind === 'step-end' && event.step === 0);
    expect(before).toMatchObject({ share: expect.closeTo(0, 1) });
  });

  it('goes on where it was stopped, to the bit, at every stage', async () => {
    const small = smallSpace({ supernet: true });
    const settings = {
      samples: 9,
      shortlist: 6,
      stages: [{ metrics: ['naswot'], repeats: 2, keep: 4 }, { metrics: [trained] }],
    };
    const options = { space: small, metrics: ['naswot'], threads: 2 } as const;
    const whole = lasting(await search(settings, options));
    for (const stopAt of ['step-end 0', 'step-start 1', 'step-end 1', 'step-start 2', 'progress 2']) {
      const stop = new AbortController();
      const error = await search(settings, {
        ...options,
        signal: stop.signal,
        onProgress: (event) => {
          if ('step' in event && `${event.kind} ${event.step}` === stopAt) stop.abort(new Error('Ctrl-C'));
        },
      }).catch((thrown: unknown) => thrown);
      expect(error, stopAt).toBeInstanceOf(SearchInterrupted);
      const before = readSearchRecord(JSON.parse(JSON.stringify((error as SearchInterrupted).record)));
      const resumed = await search(settings, { ...options, before });
      expect(lasting(resumed), stopAt).toEqual(whole);
    }
  });

  it('goes on only as it began', async () => {
    const stop = new AbortController();
    const settings = { shortlist: 3, stages: [{ metrics: ['least'] }] };
    const error = await search(settings, {
      signal: stop.signal,
      onProgress: (event) => event.kind === 'step-end' && stop.abort(new Error('Ctrl-C')),
    }).catch((thrown: unknown) => thrown);
    const before = (error as SearchInterrupted).record;
    for (const [changed, field] of [
      [{}, 'settings.shortlist'],
      [{ ...settings, shortlist: 4 }, 'settings.shortlist'],
      [{ ...settings, stages: [{ metrics: ['least'], repeats: 2 }] }, 'settings.stages'],
    ] as const) {
      await expect(search(changed, { before })).rejects.toMatchObject({ code: 'RESUME_INVALID', field });
    }
  });

  it.each([
    [{ shortlist: 1 }, 'settings.shortlist'],
    [{ stages: [{ metrics: ['least'] }] }, 'settings.stages'],
    [{ shortlist: 4, stages: [] }, 'settings.stages'],
    [{ shortlist: 4, stages: [{ metrics: [] }] }, 'settings.stages[0].metrics'],
    [{ shortlist: 4, stages: [{ metrics: ['luck'] }] }, 'settings.stages[0].metrics'],
    [{ shortlist: 4, stages: [{ metrics: [{ naswot: { size: 1 } }] }] }, 'settings.stages[0].metrics'],
    [{ shortlist: 4, stages: [{ metrics: ['te-nas', 'az-nas'] }] }, 'settings.stages[0].metrics'],
    [{ shortlist: 4, stages: [{ metrics: ['least'], aggregate: 'te-nas' }] }, 'settings.stages[0].aggregate'],
    [{ shortlist: 4, stages: [{ metrics: ['least'], keep: 2 }] }, 'settings.stages[0].keep'],
    [{ shortlist: 4, stages: [{ keep: 1 }, {}] }, 'settings.stages[0].keep'],
    [{ shortlist: 4, stages: [{ metrics: ['least'], repeats: 0 }] }, 'settings.stages[0].repeats'],
    [{ shortlist: 4, stages: [{ metrics: ['least'], rounds: 1 }] }, 'settings.stages[0].rounds'],
  ])('refuses %j', async (settings, field) => {
    await expect(search(settings)).rejects.toMatchObject({ field });
  });

  it('refuses other settings of a metric than the search has', async () => {
    const stages = [{ metrics: [{ naswot: { batchSize: 8 } }] }];
    const searching = search({ shortlist: 4, stages }, { metrics: ['naswot'] });
    await expect(searching).rejects.toMatchObject({
      code: 'SETTING_INVALID',
      field: 'settings.stages[0].metrics',
    });
    const metrics = [{ metric: 'naswot', settings: { batchSize: 8 } }];
    const { settings } = await search(
      { samples: 4, shortlist: 2, stages: [{ metrics: ['naswot'] }] },
      { metrics, space: smallSpace({ supernet: true }) },
    );
    expect(settings.stages).toMatchObject([{ metrics: [{ naswot: { batchSize: 8 } }] }]);
  });
});

describe('a shortlist of the pruning search', () => {
  const prune = pruning(() => new FakeEvaluator());
  const stages = [{ metrics: ['least'] }];
  const pruned = async (settings: object, options: Partial<RunSearchOptions> = {}) =>
    await runSearch({
      ...{ space, source, strategy: prune, metrics: [], seed: 3 },
      ...options,
      settings: { protocol: 'te-nas-finals', stages, ...settings },
    });

  it('takes the best of the final ranking', async () => {
    const plain = await pruned({ stages: undefined });
    const record = await pruned({ shortlist: 20 });
    const [all, some, few] = (
      record.detail as { finals: { stages: { finalists: { architecture: string }[] }[] } }
    ).finals.stages;
    expect(record.detail).toMatchObject({ finals: (plain.detail as { finals: object }).finals });
    expect(few!.finalists).toHaveLength(16);
    const { finalists } = record.steps.at(-1)!.stage!;
    const texts = finalists.map(({ architecture }) => architecture);
    const expected = [...few!.finalists, ...some!.finalists].map(({ architecture }) => architecture);
    expect(texts.toSorted()).toEqual([...new Set(expected)].slice(0, 20).toSorted());
    expect(all!.finalists.length).toBeGreaterThan(100);
    expect(record.architecture).toBe(texts[0]);
    expect(record.evaluations).toEqual({ ...plain.evaluations, least: 20 });
    expect(record.scores).toEqual({ least: finalists[0]!.scores.least });
    expect(record.settings).toMatchObject({
      shortlist: 20,
      stages: [{ metrics: [{ least: {} }] }],
      repeats: 12,
    });
    expect(readSearchRecord(JSON.parse(JSON.stringify(record)))).toEqual(record);
  });

  it('takes what pruning came closest to, where it has no final ranking', async () => {
    const plain = await pruned({ protocol: 'repo', stages: undefined });
    const record = await pruned({ protocol: 'repo', shortlist: 8 });
    const texts = record.steps.at(-1)!.stage!.finalists.map(({ architecture }) => architecture);
    expect(texts).toHaveLength(8);
    expect(texts).toContain(plain.architecture);
    expect(new Set(texts.map(keyOf)).size).toBe(8);
  });

  it('takes DARTS cells with the inputs that came next', async () => {
    const darts = getSpace('darts');
    const record = await pruned({ protocol: 'repo', shortlist: 12 }, { space: darts });
    const texts = record.steps.at(-1)!.stage!.finalists.map(({ architecture }) => architecture);
    expect(new Set(texts).size).toBe(12);
    for (const text of texts) expect(darts.format(darts.parse(text))).toBe(text);
  });

  it('goes on where it was stopped', async () => {
    const whole = await pruned({ shortlist: 5 });
    const stop = new AbortController();
    const error = await pruned(
      { shortlist: 5 },
      {
        signal: stop.signal,
        onProgress: (event) => {
          if (event.kind === 'step-start' && event.label === 'shortlist 1') stop.abort(new Error('Ctrl-C'));
        },
      },
    ).catch((thrown: unknown) => thrown);
    const resumed = await pruned({ shortlist: 5 }, { before: (error as SearchInterrupted).record });
    expect(lasting(resumed)).toEqual(lasting(whole));
  });
});
