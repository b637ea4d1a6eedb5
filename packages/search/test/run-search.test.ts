import { syntheticImages } from '@tenas/data';
import { type CountingMetric, params } from '@tenas/metrics';
import { smallSpace } from '@tenas/metrics/contract';
import { readSearchRecord } from '@tenas/records';
import { nasBench201 } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { allowed } from '../../../test/support/patience.js';
import {
  getStrategy,
  type RunSearchOptions,
  registerStrategy,
  runSearch,
  type SearchEvent,
  SearchFailed,
  SearchInterrupted,
  type Strategy,
} from '../src/index.js';

const space = smallSpace({ supernet: true });
const source = syntheticImages();
const settings = z.strictObject({ count: z.int().min(1).default(2).describe('architectures') });
type Settings = z.output<typeof settings>;

/** A strategy that scores a few architectures, one in each step. */
function strategy(changes: Partial<Strategy<Settings>> = {}): Strategy<Settings> {
  return {
    name: 'few',
    title: 'the first of a few',
    paper: '',
    needs: [],
    metrics: [params.name],
    settings,
    async run(ask, { count }) {
      const architectures = ask.space.sample({ count, seed: ask.seed });
      ask.plan({ steps: architectures.map(() => 1) });
      ask.describe(() => ({ count }));
      for (const [place, architecture] of architectures.entries()) {
        await ask.step(`look ${place + 1}`, async ({ tell }) => {
          const [scores] = await ask.score([architecture]);
          tell({ best: { architecture, scores: scores! }, text: 'looked' });
        });
      }
      return { architecture: architectures[0]! };
    },
    ...changes,
  };
}

async function search(options: Partial<RunSearchOptions> = {}) {
  return await runSearch({ space, source, strategy: strategy(), ...options });
}

describe('a search', () => {
  it('is recorded', async () => {
    const plugins = [{ kind: 'strategy' as const, name: 'few', sha256: 'a'.repeat(64) }];
    const record = await search({ seed: 3, threads: 1, plugins });
    const text = space.format(space.sample({ count: 1, seed: 3 })[0]!);
    expect(record).toMatchObject({
      recordVersion: 2,
      kind: 'search',
      strategy: 'few',
      plugins,
      space: space.name,
      dataset: { name: 'synthetic', classes: 10 },
      metrics: [{ name: 'params', better: expect.any(String), settings: {} }],
      settings: { count: 2 },
      seed: 3,
      threads: 1,
      status: 'complete',
      architecture: text,
      genotype: text,
      scores: { params: { value: expect.any(Number) } },
      steps: [
        { step: 0, label: 'look 1', evaluations: { params: 1 }, best: { architecture: text } },
        { step: 1, label: 'look 2', evaluations: { params: 1 } },
      ],
      evaluations: { params: 2 },
      scored: [{ architecture: text, repeats: 1, from: 0 }, { repeats: 1 }],
      detail: { count: 2 },
    });
    expect(readSearchRecord(JSON.parse(JSON.stringify(record)))).toEqual(record);
  });

  it('tells of every step', async () => {
    const events: SearchEvent[] = [];
    const record = await search({ onProgress: (event) => events.push(event) });
    expect(events.map(({ kind }) => kind)).toEqual([
      'start',
      ...['step-start', 'progress', 'step-end'],
      ...['step-start', 'progress', 'step-end'],
      'finish',
    ]);
    expect(events[0]).toMatchObject({ strategy: 'few', metrics: ['params'], steps: 2, text: '2 steps' });
    const shares = events.flatMap((event) => ('share' in event ? [event.share] : []));
    expect(shares).toEqual([0, 0.5, 0.5, 0.5, 1, 1]);
    expect(events.at(-2)).toMatchObject({ text: 'looked', step: 1, steps: 2, record: record.steps[1] });
    expect(events.at(-2)).toMatchObject({ secondsLeft: 0, bestChoices: expect.any(Object) });
  });

  it('scores isomorphic architectures once', async () => {
    const texts = ['none', 'nor_conv_3x3'].map(
      (dead) => `|none~0|+|none~0|${dead}~1|+|nor_conv_1x1~0|none~1|none~2|`,
    );
    const twins = strategy({
      async run(ask) {
        ask.plan({ steps: [2] });
        const architectures = texts.map((text) => ask.space.parse(text));
        await ask.step('twins', async () => await ask.score(architectures));
        return { architecture: architectures[1]! };
      },
    });
    const record = await search({ space: nasBench201, strategy: twins });
    expect(record.evaluations).toEqual({ params: 1 });
    expect(record.scored.map(({ architecture }) => architecture)).toEqual([texts[0]]);
    expect(record.architecture).toBe(texts[1]);
  });

  it('leaves out scores where no metric is named', async () => {
    expect(await search({ metrics: [] })).toMatchObject({ scores: null, metrics: [], status: 'complete' });
  });

  it('goes on from the record of one that was stopped, scoring nothing twice', async () => {
    let counted = 0;
    const counting: CountingMetric = {
      ...params,
      name: 'counted',
      count: ({ cost }) => {
        counted++;
        return cost.params;
      },
    };
    const stop = new AbortController();
    const given = { metrics: [counting], settings: { count: 4 } };
    const stopped = await search({
      ...given,
      signal: stop.signal,
      onProgress: (event) => event.kind === 'step-end' && event.step === 1 && stop.abort('enough'),
    }).catch((error: unknown) => error);
    if (!(stopped instanceof SearchInterrupted)) throw stopped;
    expect(stopped.cause).toBe('enough');
    expect(stopped.message).toContain('step 3');
    expect(stopped.record).toMatchObject({ status: 'interrupted', scored: [{}, {}] });
    const whole = await search(given);
    counted = 0;
    const resumed = await search({ ...given, before: stopped.record });
    // The two that are left, and what was found on the house's own repeats.
    expect(counted).toBe(2 + 1);
    expect(resumed.scored.map(({ architecture }) => architecture)).toEqual(
      whole.scored.map(({ architecture }) => architecture),
    );
    expect(resumed.evaluations).toEqual(whole.evaluations);
    const { scored } = stopped.record;
    const slow = scored.map((one) => ({
      ...one,
      scores: { counted: { ...one.scores.counted!, seconds: 1000 } },
    }));
    const again = await search({ ...given, before: { ...stopped.record, scored: slow } });
    expect(again.metricSeconds!.counted).toBeLessThanOrEqual(again.seconds);
    await expect(search({ ...given, seed: 1, before: stopped.record })).rejects.toMatchObject({
      code: 'RESUME_INVALID',
      field: 'seed',
    });
    const more = scored.map((one) => ({ ...one, scores: { ...one.scores, other: one.scores.counted! } }));
    await expect(search({ ...given, before: { ...stopped.record, scored: more } })).rejects.toMatchObject({
      code: 'RESUME_INVALID',
      field: 'metrics',
      message: expect.stringContaining('the record has ["counted","other"], the search ["counted"]'),
    });
    await expect(search({ ...given, settings: { count: 5 }, before: stopped.record })).rejects.toMatchObject({
      code: 'RESUME_INVALID',
      field: 'settings.count',
      message: expect.stringMatching(/the record has 4, the search 5/),
    });
  });

  it.each(['space', 'metric', 'strategy'] as const)(
    'goes on only with the file of the %s as it was',
    async (kind) => {
      const withHash = (digit: string) => [{ kind, name: 'own', sha256: digit.repeat(64) }];
      const before = await search({ plugins: withHash('1') });
      await expect(search({ plugins: withHash('2'), before })).rejects.toMatchObject({
        ...{ code: 'PLUG_IN_CHANGED', field: kind, value: 'own' },
        message: expect.stringMatching(
          `^the file of the ${kind} own changed since the search began: its SHA-256 is 2{64}, that of the record 1{64}; `,
        ),
      });
      expect(await search({ plugins: withHash('1'), before })).toMatchObject({ plugins: before.plugins });
    },
  );
});

describe('a search that cannot begin', () => {
  const labelled: CountingMetric = { ...params, name: 'labelled', needs: ['labels'] };

  it.each<[string, Partial<RunSearchOptions>, object, RegExp]>([
    [
      'an unknown strategy',
      { strategy: 'luck' },
      { code: 'UNKNOWN_STRATEGY' },
      /known are prune, random, evolution/,
    ],
    [
      'an unknown setting',
      { strategy: 'evolution', settings: { size: 3 } },
      { code: 'SETTING_INVALID', field: 'settings.size' },
      /known are population, sample/,
    ],
    [
      'a wrong setting',
      { strategy: 'random', settings: { samples: 0 } },
      { code: 'SETTING_INVALID', field: 'settings.samples' },
      /whole number from 1/,
    ],
    [
      'a space without a supernet',
      { strategy: 'prune', space: smallSpace({ supernet: false }) },
      { code: 'SPACE_UNFIT', field: 'space' },
      /no supernet, which the strategy prune needs; strategies that work there are random, evolution/,
    ],
    ['an unknown metric', { metrics: ['luck'] }, { code: 'UNKNOWN_METRIC' }, /luck/],
    [
      'a metric that needs labels',
      { metrics: [labelled], source: { ...source, labels: undefined } },
      { code: 'LABELS_MISSING' },
      /labels/,
    ],
    [
      'no metric that decides',
      { strategy: 'random', metrics: [] },
      { field: 'metrics' },
      /at least one metric/,
    ],
    ['a wrong seed', { seed: -1 }, { field: 'seed' }, /seed/],
    ['too many threads', { threads: 2000 }, { field: 'threads' }, /1024/],
  ])('says so for %s', async (_, options, details, message) => {
    const searching = search(options);
    await expect(searching).rejects.toThrowError(message);
    await expect(searching).rejects.toMatchObject(details);
  });
});

describe('a search in which something fails', () => {
  it('keeps the record of what was done', async () => {
    const failing = strategy({
      async run(ask, given) {
        await strategy().run(ask, given);
        throw new Error('no luck');
      },
    });
    const error = await search({ strategy: failing }).catch((thrown: unknown) => thrown);
    if (!(error instanceof SearchFailed)) throw error;
    expect(error).toMatchObject({ code: 'INTERNAL', message: 'no luck', cause: new Error('no luck') });
    expect(error.record).toMatchObject({ status: 'interrupted', steps: [{}, {}] });
    expect(error.record.architecture).toBe(error.record.steps[1]!.best!.architecture);
  });

  it.each<[string, Strategy['run'], RegExp]>([
    [
      'steps without a plan',
      async (ask) => await ask.step('one', async () => ({ architecture: {} })),
      /plan/,
    ],
    [
      'steps within steps',
      async (ask) => {
        ask.plan({ steps: [1] });
        return await ask.step('one', async () => await ask.step('two', async () => ({ architecture: {} })));
      },
      /step two begins before one has ended/,
    ],
    ['no architecture', async () => ({}) as never, /must return \{architecture\}/],
  ])('explains %s', async (_, run, message) => {
    await expect(search({ strategy: strategy({ run }) })).rejects.toThrowError(message);
  });

  it('passes on what a listener throws', async () => {
    for (const kind of ['start', 'step-start', 'progress', 'step-end', 'finish'] as const) {
      const onProgress = (event: SearchEvent) => {
        if (event.kind === kind) throw new Error(`cannot show ${kind}`);
      };
      await expect(search({ onProgress })).rejects.toThrowError(`cannot show ${kind}`);
    }
  });

  it('stops a strategy that does not heed the signal, and answers it no more', async () => {
    const stop = new AbortController();
    let after: unknown;
    let settled: () => void = () => undefined;
    const done = new Promise<void>((resolve) => {
      settled = resolve;
    });
    const deaf = strategy({
      async run(ask) {
        ask.plan({ steps: [1] });
        setTimeout(() => stop.abort(new Error('Ctrl-C')), 10);
        await new Promise((resolve) => setTimeout(resolve, 2000));
        after = await ask.score([ask.space.parse(ask.space.example)]).catch((error: unknown) => error);
        settled();
        return { architecture: {} };
      },
    });
    const started = performance.now();
    await expect(search({ strategy: deaf, signal: stop.signal })).rejects.toBeInstanceOf(SearchInterrupted);
    expect(performance.now() - started).toBeLessThan(1900);
    await done;
    expect(after).toEqual(new Error('Ctrl-C'));
  });

  it('stops also where metrics only count, which never wait', async () => {
    const stop = new AbortController();
    const started = performance.now();
    setTimeout(() => stop.abort(new Error('Ctrl-C')), 100);
    const searching = runSearch({
      space: nasBench201,
      source,
      strategy: 'evolution',
      metrics: [params],
      settings: { cycles: 1_000_000, population: 10 },
      signal: stop.signal,
    });
    await expect(searching).rejects.toBeInstanceOf(SearchInterrupted);
    expect(performance.now() - started).toBeLessThan(allowed(1100));
  });

  it('does not begin when stopped before', async () => {
    const error = await search({ signal: AbortSignal.abort('never mind') }).catch(
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof SearchInterrupted)) throw error;
    expect(error.record).toMatchObject({ status: 'interrupted', architecture: null, steps: [] });
  });
});

describe('own strategies', () => {
  it('are known by their name once registered, and take no other’s', () => {
    const mine = strategy({ name: 'mine' });
    registerStrategy(mine);
    registerStrategy(mine);
    expect(getStrategy('mine')).toBe(mine);
    expect(() => registerStrategy(strategy({ name: 'mine' }))).toThrowError(/already called so/);
    expect(() => registerStrategy(strategy({ name: 'My Own' }))).toThrowError(/lower case/);
  });
});
