import { Program, type Task } from '@tenas/native';
import { getSpace } from '@tenas/spaces';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { allowed } from '../../../test/support/patience.js';
import { smallSpace } from '../src/contract/small-space.js';
import {
  type CountingMetric,
  DEFAULT_METRICS,
  drawsOf,
  Evaluator,
  engineInfo,
  type MetricChoice,
  ntk,
  type ProbingMetric,
  regions,
} from '../src/index.js';
import { fakeSource } from './fake-source.js';

const space = getSpace('nas-bench-201');
const convolutions =
  '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|';
const mixed = '|skip_connect~0|+|nor_conv_3x3~0|none~1|+|avg_pool_3x3~0|nor_conv_1x1~1|nor_conv_3x3~2|';
const metrics: readonly MetricChoice[] = [
  { metric: 'ntk', settings: { batchSize: 4 } },
  { metric: 'regions', settings: { batches: 2, batchSize: 50 } },
  'params',
  'macs',
];
const small = { space, source: fakeSource(), metrics, repeats: 2, device: 'cpu' } as const;

/** Without the time that it took. */
function timeless<T>(value: T): unknown {
  return JSON.parse(JSON.stringify(value, (key, inner) => (key === 'seconds' ? undefined : inner)));
}

async function scoreOne(options: object, architecture = mixed) {
  using evaluator = new Evaluator({ ...small, ...options });
  return (await evaluator.score([architecture]))[0]!;
}

/** Counts how often it is asked; otherwise the condition number. */
function counting(name: string, tasks: Task[] = [{ kind: 'ntk', mode: 'sample' }]) {
  const calls = { value: 0 };
  const { detail: _, ...rest }: ProbingMetric = ntk;
  const metric: ProbingMetric = {
    ...rest,
    name,
    tasks: () => tasks,
    value(answers, about) {
      calls.value++;
      return rest.value(answers.slice(-1), about);
    },
  };
  return { metric, calls };
}

describe('scoring architectures', () => {
  it('gives every metric with its repeats and times, all of it fit for JSON', async () => {
    const score = await scoreOne({ seed: 3 });
    expect(score).toMatchObject({ space: 'nas-bench-201', architecture: mixed, seed: 3, repeats: 2 });
    expect(Object.keys(score.scores)).toEqual(DEFAULT_METRICS);
    const { ntk: kernel, regions: counts, params, macs } = score.scores;
    expect(kernel!.repeats).toHaveLength(2);
    expect(kernel!.failures).toBeUndefined();
    const { eigenvalues } = kernel!.detail as { eigenvalues: number[] };
    expect(eigenvalues).toHaveLength(4);
    expect(kernel!.repeats[0]).toBe(eigenvalues[3]! / eigenvalues[0]!);
    const logs = kernel!.repeats.map((kappa) => Math.log(kappa!));
    expect(Math.log(kernel!.value!)).toBeCloseTo((logs[0]! + logs[1]!) / 2, 9);
    expect(counts!.value).toBe((counts!.repeats[0]! + counts!.repeats[1]!) / 2);
    expect(params).toMatchObject({ value: space.costs().of(space.parse(mixed)).params, repeats: [] });
    expect(macs).toMatchObject({ value: space.costs().of(space.parse(mixed)).macs, repeats: [] });
    expect(score.seconds).toBeGreaterThan(kernel!.seconds + counts!.seconds);
    expect(JSON.parse(JSON.stringify(score))).toEqual(score);
  });

  it('is the same alone and among others, on one thread and on two, as text and parsed', async () => {
    using one = new Evaluator({ ...small, threads: 1 });
    using two = new Evaluator({ ...small, threads: 2 });
    const together = await one.score([convolutions, mixed]);
    const alone = [...(await two.score([space.parse(convolutions)])), ...(await two.score([mixed]))];
    expect(timeless(together)).toEqual(timeless(alone));
    expect(together[0]!.scores.ntk!.value).not.toBe(together[1]!.scores.ntk!.value);
  });

  it('is the same whatever else is scored', async () => {
    const { scores } = await scoreOne({});
    for (const metric of metrics) {
      const alone = await scoreOne({ metrics: [metric] });
      const name = Object.keys(alone.scores)[0]!;
      expect(timeless(alone.scores[name])).toEqual(timeless(scores[name]));
    }
  });

  it('differs by seed, draw and settings', async () => {
    const kappa = async (options: object) => (await scoreOne(options)).scores.ntk!.value;
    const base = await kappa({});
    expect(await kappa({})).toBe(base);
    expect(await kappa({ seed: 1 })).not.toBe(base);
    expect(await kappa({ metrics: [{ metric: 'ntk', settings: { batchSize: 4, mode: 'batch' } }] })).not.toBe(
      base,
    );
    using evaluator = new Evaluator(small);
    const [other] = await evaluator.score([mixed], { draws: [{ seed: 0, batch: 0, weights: 9 }] });
    expect(other!.repeats).toBe(1);
    expect(other!.scores.ntk!.repeats[0]).not.toBe((await scoreOne({})).scores.ntk!.repeats[0]);
  });

  it('agrees with the engine that it is checked against', async () => {
    const fast = await scoreOne({});
    const reference = await scoreOne({ engine: 'reference' });
    expect(fast.scores.ntk!.value! / reference.scores.ntk!.value!).toBeCloseTo(1, 2);
    expect(fast.scores.regions!.repeats).toEqual(reference.scores.regions!.repeats);
  });

  it('scores nothing as nothing', async () => {
    using evaluator = new Evaluator(small);
    expect(await evaluator.score([])).toEqual([]);
  });

  it('combines repeats as the settings say', async () => {
    const settings = { batchSize: 4, aggregation: 'min' };
    const { ntk: kernel } = (await scoreOne({ metrics: [{ metric: 'ntk', settings }] })).scores;
    expect(kernel!.value).toBe(Math.min(...(kernel!.repeats as number[])));
  });
});

describe('spaces without a supernet', () => {
  const chain = smallSpace({ supernet: false });
  const architectures = ['conv_3x3:conv_1x1', 'skip:conv_3x3', 'conv_1x1:skip', 'conv_3x3:conv_3x3'];

  it('are scored through one network per architecture, with any number of threads', async () => {
    const scores = async (threads: number) => {
      using evaluator = new Evaluator({ ...small, space: chain, threads });
      return timeless(await evaluator.score(architectures));
    };
    const one = await scores(1);
    expect(await scores(2)).toEqual(one);
    expect(await scores(7)).toEqual(one);
    using evaluator = new Evaluator({ ...small, space: chain });
    const values = (await evaluator.score(architectures)).map(({ scores: { ntk: kernel } }) => kernel!.value);
    expect(new Set(values).size).toBe(4);
  });

  it('are charged no more seconds than passed, although several are evaluated at a time', async () => {
    using evaluator = new Evaluator({ ...small, space: chain, threads: 4 });
    const started = performance.now();
    const scored = await evaluator.score(architectures);
    const passed = (performance.now() - started) / 1000;
    const seconds = scored.flatMap(({ scores }) => Object.values(scores).map((score) => score.seconds));
    expect(Math.min(...seconds)).toBeGreaterThanOrEqual(0);
    const sum = seconds.reduce((all, one) => all + one, 0);
    expect(sum).toBeGreaterThan(0);
    expect(sum).toBeLessThanOrEqual(passed);
  });

  it('tell how far they are', async () => {
    const seen: [number, number][] = [];
    using evaluator = new Evaluator({ ...small, space: chain });
    await evaluator.score(architectures, { onProgress: (...progress) => seen.push(progress) });
    expect(seen.at(-1)).toEqual([16, 16]);
    expect(seen.map(([done]) => done)).toEqual(seen.map(([done]) => done).toSorted((a, b) => a - b));
  });

  it('have no open operations to evaluate', async () => {
    using evaluator = new Evaluator({ ...small, space: chain });
    const asking = evaluator.answers(ntk, { domains: [{ '1<-0': ['skip'] }], draws: drawsOf(0, 1) });
    await expect(asking).rejects.toMatchObject({ code: 'SPACE_UNFIT' });
  });

  it('are named where a metric needs a supernet or a network that they lack', async () => {
    const { metric } = counting('needy');
    expect(
      () => new Evaluator({ ...small, space: chain, metrics: [{ ...metric, needs: ['supernet'] }] }),
    ).toThrow(
      expect.objectContaining({ code: 'SPACE_UNFIT', message: expect.stringContaining('the metric needy') }),
    );
    const { stemless: _, ...sizes } = chain.sizes;
    using evaluator = new Evaluator({ ...small, space: { ...chain, sizes }, metrics: ['regions'] });
    await expect(evaluator.score(architectures)).rejects.toMatchObject({
      code: 'SPACE_UNFIT',
      message: expect.stringContaining(
        'the metric regions needs a network without a stem; small-chain-without-supernet has none',
      ),
    });
  });
});

describe('shared passes', () => {
  it('ask the engine once for equal tasks of a pass, and charge each metric its share', async () => {
    const [one, two] = [counting('one'), counting('two')];
    const reads = { count: 0 };
    const source = fakeSource({ reads });
    const { scores } = await scoreOne({ source, metrics: [one.metric, two.metric] });
    expect(reads.count).toBe(2);
    expect(one.calls.value).toBe(2);
    expect(scores.one!.repeats).toEqual(scores.two!.repeats);
    expect(scores.one!.seconds).toBe(scores.two!.seconds);
  });

  it('charge by the passes that a metric needs', async () => {
    const forward = counting('forward', [{ kind: 'forward', statistics: 'batch' }]);
    const cheap: ProbingMetric = { ...forward.metric, value: () => 1 };
    const { scores } = await scoreOne({ metrics: [counting('one').metric, cheap] });
    expect(scores.one!.seconds / scores.forward!.seconds).toBeCloseTo(3, 9);
  });

  it('give each metric its own answers in its own order', async () => {
    const forward: Task = { kind: 'forward', statistics: 'batch' };
    const kernel: Task = { kind: 'ntk', mode: 'sample' };
    const seen: string[] = [];
    const metric = (name: string, tasks: Task[]): ProbingMetric => ({
      ...counting(name, tasks).metric,
      value(answers) {
        seen.push(`${name}: ${answers.map((answer) => Object.keys(answer).length)}`);
        return 1;
      },
    });
    await scoreOne({ repeats: 1, metrics: [metric('a', [forward, kernel]), metric('b', [kernel, forward])] });
    const [[f, k] = [], [k2, f2] = []] = seen.map((line) => line.split(': ')[1]!.split(','));
    expect([f2, k2]).toEqual([f, k]);
    expect(f).not.toBe(k);
  });

  it('remember inputs from one call to the next', async () => {
    const reads = { count: 0 };
    using evaluator = new Evaluator({ ...small, source: fakeSource({ reads }) });
    await evaluator.score([mixed]);
    const first = reads.count;
    await evaluator.score([convolutions]);
    expect(reads.count).toBe(first);
    await evaluator.score([convolutions], { draws: drawsOf(1, 1) });
    expect(reads.count).toBeGreaterThan(first);
  });
});

describe('values', () => {
  const { combine: _, ...plain } = counting('own').metric;
  const scoreBy = (value: ProbingMetric['value'], more: object = {}) =>
    scoreOne({ metrics: [{ ...plain, value, ...more }] });

  it('are none as soon as one repeat failed, with the reason', async () => {
    let calls = 0;
    const { own } = (await scoreBy(() => (calls++ === 0 ? { failure: 'dead' } : 4))).scores;
    expect(own).toMatchObject({ value: null, repeats: [null, 4], failures: ['dead', null] });
  });

  it('that are no finite number are failures', async () => {
    let calls = 0;
    const { own } = (await scoreBy(() => (calls++ === 0 ? Number.NaN : Number.POSITIVE_INFINITY))).scores;
    expect(own).toMatchObject({ value: null, repeats: [null, null], failures: ['not-finite', 'not-finite'] });
  });

  it('get the labels of their batch where they need them', async () => {
    const seen: unknown[] = [];
    const value: ProbingMetric['value'] = (_, { labels }) => {
      seen.push(labels);
      return 1;
    };
    await scoreBy(value);
    await scoreBy(value, { needs: ['labels'] });
    expect(seen.slice(0, 2)).toEqual([undefined, undefined]);
    expect(seen[2]).toBeInstanceOf(Int32Array);
    expect(seen[2]).toHaveLength(32);
    expect(seen[2]).not.toEqual(seen[3]);
  });

  it('are refused before any work where there are no labels', () => {
    const metric: ProbingMetric = { ...counting('own').metric, needs: ['labels'] };
    expect(
      () => new Evaluator({ ...small, source: fakeSource({ labels: false }), metrics: [metric] }),
    ).toThrow(expect.objectContaining({ code: 'LABELS_MISSING' }));
  });

  it('that are counted may look at the network to train', async () => {
    const depth: CountingMetric = {
      name: 'depth',
      title: 'convolutions',
      better: 'higher',
      paper: '',
      needs: [],
      settings: z.strictObject({ odd: z.boolean().default(false).describe('only odd kernels') }),
      failures: { none: 'no convolution' },
      count: ({ graph, settings }) => {
        const convolutions = graph().nodes.filter(({ op }) => op === 'conv2d').length;
        return 'odd' in settings && settings.odd === true ? { failure: 'none' } : convolutions;
      },
    };
    const { scores } = await scoreOne({ metrics: [depth] }, convolutions);
    expect(scores.depth).toMatchObject({ value: 15 * 6 + 1 + 6, repeats: [] });
    const failed = await scoreOne({ metrics: [{ metric: depth, settings: { odd: true } }] });
    expect(failed.scores.depth).toMatchObject({ value: null, repeats: [null], failures: ['none'] });
  });
});

describe('the engine’s answers', () => {
  const domains = [mixed, convolutions].map((text) => space.supernet!.domainOf(space.parse(text)));
  const draws = drawsOf(5, 3);

  it('are those that scores are made of', async () => {
    using evaluator = new Evaluator({ ...small, metrics });
    const kernels = await evaluator.answers(ntk, { domains, draws, settings: { batchSize: 4 } });
    const counts = await evaluator.answers(regions, {
      domains,
      draws,
      settings: { batches: 2, batchSize: 50 },
    });
    expect(kernels.map((repeats) => repeats.length)).toEqual([3, 3]);
    const scores = await evaluator.score([mixed, convolutions], { draws });
    for (const [place, { scores: own }] of scores.entries()) {
      expect(kernels[place]!.map(([{ eigenvalues }]) => eigenvalues[3]! / eigenvalues[0]!)).toEqual(
        own.ntk!.repeats,
      );
      expect(counts[place]!.map(([answer]) => answer.regions)).toEqual(own.regions!.repeats);
    }
    expect(await evaluator.answers(ntk, { domains: [], draws })).toEqual([]);
  });

  it('take inputs that were read ahead', async () => {
    const reads = { count: 0 };
    using evaluator = new Evaluator({ ...small, source: fakeSource({ reads }) });
    const settings = { batches: 2, batchSize: 50 };
    evaluator.expect(regions, { draws, settings });
    expect(reads.count).toBe(0);
    await evaluator.answers(ntk, { domains, draws, settings: { batchSize: 4 } });
    await new Promise((resolve) => setImmediate(resolve));
    const ahead = reads.count;
    expect(ahead).toBe(6);
    await evaluator.answers(regions, { domains, draws, settings });
    expect(reads.count).toBe(ahead);
  });
});

describe('what can go wrong', () => {
  it('is named', async () => {
    await expect(scoreOne({}, '|nor_conv_9x9~0|')).rejects.toMatchObject({ code: 'GENOTYPE_SYNTAX' });
    const wrong = (options: object, error: object) =>
      expect(() => new Evaluator({ ...small, ...options })).toThrowError(expect.objectContaining(error));
    wrong({ seed: -1 }, { code: 'SETTING_INVALID', field: 'seed' });
    wrong({ repeats: 0 }, { code: 'SETTING_INVALID', field: 'repeats' });
    wrong({ metrics: ['kappa'] }, { code: 'UNKNOWN_METRIC', value: 'kappa' });
    wrong({ metrics: ['ntk', 'ntk'] }, { code: 'SETTING_INVALID', field: 'metrics', value: 'ntk' });
    const settings = { batchSize: 0 };
    wrong({ metrics: [{ metric: 'ntk', settings }] }, { code: 'SETTING_INVALID', field: 'ntk.batchSize' });
  });

  it('stops at once when aborted while the engine works, and does not work after disposal', async () => {
    const settings = { batchSize: 64, mode: 'batch' };
    const evaluator = new Evaluator({ ...small, metrics: [{ metric: 'ntk', settings }], repeats: 20 });
    const stop = new AbortController();
    const scoring = evaluator.score([convolutions], { signal: stop.signal });
    setTimeout(() => stop.abort(), 20);
    const started = performance.now();
    await expect(scoring).rejects.toThrow();
    expect(performance.now() - started).toBeLessThan(allowed(1000));
    evaluator[Symbol.dispose]();
    evaluator[Symbol.dispose]();
    await expect(evaluator.score([convolutions])).rejects.toMatchObject({ code: 'DISPOSED' });
  });

  it('stops at once when aborted while data is read', async () => {
    const stop = new AbortController();
    using evaluator = new Evaluator({ ...small, source: fakeSource({ slow: true }) });
    const scoring = evaluator.score([mixed], { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(scoring).rejects.toThrowError('enough');
  });

  it('does not hand one caller’s abort to another', async () => {
    using evaluator = new Evaluator(small);
    const stop = new AbortController();
    const aborted = evaluator.score([mixed], { signal: stop.signal });
    const other = evaluator.score([mixed]);
    stop.abort(new Error('enough'));
    await expect(aborted).rejects.toThrowError('enough');
    expect(timeless((await other)[0])).toEqual(timeless(await scoreOne({})));
  });
});

describe('networks of single architectures', () => {
  const widths = [64, 56, 48];

  async function programsDropped(batchSize: number): Promise<number> {
    const dispose = vi.spyOn(Program.prototype, 'dispose');
    try {
      const own = { space: getSpace('nats-size'), metrics: [{ metric: 'naswot', settings: { batchSize } }] };
      using evaluator = new Evaluator({ ...small, ...own, repeats: 1, threads: 1 });
      await evaluator.score(widths.map((width) => `8:8:8:8:${width}`));
      return dispose.mock.calls.length;
    } finally {
      dispose.mockRestore();
    }
  }

  it('are kept as long as they are small, and dropped where they would fill the memory', async () => {
    expect(await programsDropped(2)).toBe(0);
    expect(await programsDropped(200)).toBe(widths.length - 1);
  });
});

it('says which engine it is', () => {
  expect(engineInfo()).toEqual({
    name: 'tenas-native',
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    isa: expect.any(String),
    device: expect.any(String),
  });
  expect(engineInfo({ device: 'cpu' }).device).toBe('cpu');
  expect(engineInfo({ isa: 'generic' })).toMatchObject({ isa: 'generic', device: 'cpu' });
});
