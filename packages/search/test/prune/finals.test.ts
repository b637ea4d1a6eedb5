import type { Finalist } from '@tenas/records';
import {
  type Domain,
  darts,
  mapDomain,
  nasBench201,
  nasBench201CanonicalKey,
  openChoices,
  parseNasBench201,
} from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { planRounds, type SearchEvent, type SettingsOverrides } from '../../src/index.js';
import { plannedEvaluations } from '../../src/prune/plan.js';
import { FakeEvaluator, fakeSource, hash } from './fake-evaluator.js';
import { type CompleteRecord, type PruneOptions, pruneSearch, recordOf } from './pruned.js';

const space = nasBench201;
const { supernet } = nasBench201;

/** Prunes one round and then ranks, unless told otherwise. */
function search(options: Partial<PruneOptions> = {}): Promise<CompleteRecord> {
  return pruneSearch({
    space,
    source: fakeSource(),
    evaluator: new FakeEvaluator(),
    protocol: 'te-nas-finals',
    ...options,
  });
}

/** The given operations on every edge. */
function everywhere(...ops: string[]): Domain {
  return mapDomain(supernet.decisions, () => ops);
}

/** Few enough to hold the finals at once. */
const eight = mapDomain(supernet.decisions, (decision) =>
  supernet.decisions.indexOf(decision) < 3 ? ['nor_conv_1x1', 'nor_conv_3x3'] : ['skip_connect'],
);

function stages(...list: [ntk: number, regions: number, keep: number][]): SettingsOverrides {
  return { finals: { stages: list.map(([ntk, regions, keep]) => ({ ntk, regions, keep })) } };
}

const convolutions = (active: Domain, op: string) =>
  openChoices(active).filter(({ choice }) => choice === op).length;

describe('finals', () => {
  it('begin as soon as few enough architectures are left', async () => {
    const record = await search();
    const { finals } = record.detail;
    expect(record.detail.rounds).toHaveLength(1);
    expect(finals).toMatchObject({ architectures: 3 ** 6, active: expect.anything() });
    expect(finals!.winner).toEqual(supernet.domainOf(space.parse(record.genotype)));
    expect(record.detail.active).toEqual(finals!.winner);
    const sizes = Object.values(finals!.active).map((ops) => ops.length);
    expect(sizes).toEqual(new Array(6).fill(3));
    const later = await search({ settings: { finals: { architectures: 100 } } });
    expect(later.detail.rounds).toHaveLength(2);
    expect(later.detail.finals!.architectures).toBe(64);
    expect((await search({ settings: { finals: null } })).detail.finals).toBeNull();
    expect((await search({ protocol: 'paper', settings: { repeats: 1 } })).detail.finals).toBeNull();
  });

  it('score every architecture once, whatever its text', async () => {
    const active = everywhere('skip_connect', 'nor_conv_3x3', 'avg_pool_3x3');
    const { finals } = (await search({ active })).detail;
    const [first] = finals!.stages;
    const keys = first!.finalists.map(({ architecture }) =>
      nasBench201CanonicalKey(parseNasBench201(architecture)),
    );
    expect(new Set(keys).size).toBe(keys.length);
    expect(finals).toMatchObject({ architectures: 729, distinct: keys.length });
    expect(keys.length).toBeLessThan(729);
  });

  it('keep the best by both ranks, and find the best of the last stage', async () => {
    const { detail, steps, genotype } = await search({
      active: eight,
      settings: stages([2, 1, 4], [1, 3, 2], [1, 0, 1]),
    });
    const { finals } = detail;
    expect(finals!.stages.map(({ finalists, kept }) => [finalists.length, kept])).toEqual([
      [8, 4],
      [4, 2],
      [2, 1],
    ]);
    expect(steps.map(({ evaluations }) => evaluations)).toEqual([
      { ntk: 16, regions: 8 },
      { ntk: 4, regions: 12 },
      { ntk: 2, regions: 0 },
    ]);
    const [, second, last] = finals!.stages;
    const repeats = ({ measured }: Finalist) =>
      Object.values(measured).map((metric) => metric.repeats!.length);
    expect(last!.finalists.map(repeats)).toEqual([
      [4, 4],
      [4, 4],
    ]);
    for (const [index, { finalists, kept }] of finals!.stages.entries()) {
      const sums = finalists.map(({ rankSum }) => rankSum);
      expect(sums).toEqual(sums.toSorted((a, b) => a - b));
      for (const { measured, rankSum } of finalists) {
        const { ntk, regions } = measured;
        const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
        const logs = ntk!.repeats!.map((value) => Math.log(value as number));
        expect(ntk!.value).toBeCloseTo(Math.exp(mean(logs)), 6);
        expect(regions!.value).toBeCloseTo(mean(regions!.repeats as number[]), 9);
        const others = (metric: string, isBetter: (value: number) => boolean) =>
          finalists.filter((other) => isBetter(other.measured[metric]!.value)).length;
        expect(ntk!.rank).toBe(others('ntk', (value) => value < ntk!.value));
        expect(regions!.rank).toBe(others('regions', (value) => value > regions!.value));
        expect(rankSum).toBe(ntk!.rank + 2 * regions!.rank);
      }
      const named = (some: readonly Finalist[]) => some.map(({ architecture }) => architecture);
      const next = named(finals!.stages[index + 1]?.finalists ?? []);
      expect(new Set(index < 2 ? next : [genotype])).toEqual(new Set(named(finalists.slice(0, kept))));
      expect(steps[index]!.best).toMatchObject({
        architecture: finalists[0]!.architecture,
        scores: { ntk: { value: finalists[0]!.measured.ntk!.value } },
      });
    }
    // What was measured is kept, and added to.
    for (const finalist of last!.finalists) {
      const before = second!.finalists.find((one) => one.architecture === finalist.architecture)!;
      const [now, then] = [finalist, before].map(({ measured }) => measured.ntk!.repeats!);
      expect(now!.slice(0, then!.length)).toEqual(then);
    }
  });

  it('find the architecture of small kappa and many regions', async () => {
    const evaluator = new FakeEvaluator({
      kappa: (active) => 100 - convolutions(active, 'nor_conv_3x3'),
      regions: (active) => 10 + convolutions(active, 'nor_conv_3x3'),
    });
    const { genotype } = await search({ evaluator, settings: { finals: { architectures: 5000 } } });
    expect(genotype).toBe(space.format(supernet.architectureOf(everywhere('nor_conv_3x3'))));
  });

  it('weigh the regions as told', async () => {
    // Many regions with one operation, small kappa with the other.
    const evaluator = () =>
      new FakeEvaluator({
        kappa: (active) => 1 + convolutions(active, 'nor_conv_3x3') + hash(JSON.stringify(active)) / 10,
        regions: (active) => 1000 + 100 * convolutions(active, 'nor_conv_3x3') + hash(JSON.stringify(active)),
      });
    const found = async (regionWeight: number) =>
      (await search({ active: eight, evaluator: evaluator(), settings: { finals: { regionWeight } } }))
        .genotype;
    expect((await found(10)).match(/nor_conv_3x3/g)).toHaveLength(3);
    expect((await found(0.1)).match(/nor_conv_3x3/g)).toBeNull();
  });

  it('rank by the Zen-score and by regions under fast, all architectures without none', async () => {
    const evaluator = new FakeEvaluator();
    const { detail, steps, settings, metrics } = await search({ protocol: 'fast', evaluator });
    expect(detail.rounds).toEqual([]);
    expect(detail.finals).toMatchObject({ architectures: 4 ** 6, distinct: 2881 });
    expect(
      new Set(evaluator.asked.filter(({ request }) => request.draws.length > 0).map(({ metric }) => metric)),
    ).toEqual(new Set(['zen', 'regions']));
    expect(steps.map(({ evaluations }) => evaluations)).toEqual([
      { zen: 2881, regions: 2881 },
      { zen: 3 * 300, regions: 3 * 300 },
      { zen: 4 * 64, regions: 12 * 64 },
    ]);
    expect(metrics.map(({ name }) => name)).toEqual(['ntk', 'regions', 'zen']);
    for (const { finalists } of detail.finals!.stages) {
      for (const { measured, rankSum } of finalists) {
        expect(Object.keys(measured)).toEqual(['zen', 'regions']);
        expect(rankSum).toBe(measured.zen!.rank + settings.finals!.regionWeight * measured.regions!.rank);
      }
    }
    const [{ measured: first }] = detail.finals!.stages.at(-1)!.finalists as [Finalist];
    expect(first.zen!.repeats).toHaveLength(8);
    expect(first.regions!.repeats).toHaveLength(16);
  });

  it('are planned and resumed without a round before them', async () => {
    const events: SearchEvent[] = [];
    const whole = await search({ protocol: 'fast', onProgress: (event) => events.push(event) });
    expect(events.find(({ kind }) => kind === 'start')).toMatchObject({
      steps: 3,
      text: '3 stages, at most 5252 Zen-score and 5764 region evaluations',
    });
    const stop = new AbortController();
    const error = await search({
      protocol: 'fast',
      signal: stop.signal,
      onProgress: ({ kind }) => kind === 'step-end' && stop.abort(),
    }).catch((thrown: unknown) => thrown);
    const before = recordOf(error);
    expect(before.detail.finals!.stages).toHaveLength(1);
    const resumed = await search({ protocol: 'fast', before });
    expect(resumed.detail).toEqual(whole.detail);
    expect(resumed.genotype).toBe(whole.genotype);
  });

  it('put architectures without a Zen-score last by it', async () => {
    const evaluator = new FakeEvaluator({
      zen: (active, { batch }) =>
        convolutions(active, 'nor_conv_3x3') === 3 && batch % 2 === 1
          ? null
          : 10 + hash(`${batch}${JSON.stringify(active)}`),
      regions: () => 5,
    });
    const { detail, genotype } = await search({
      protocol: 'fast',
      active: eight,
      evaluator,
      settings: { finals: { stages: [{ ntk: 0, zen: 2, regions: 1, keep: 1 }] } },
    });
    const { finalists } = detail.finals!.stages[0]!;
    const worst = finalists.at(-1)!;
    expect(worst.architecture.match(/nor_conv_3x3/g)).toHaveLength(3);
    expect(worst.measured.zen).toMatchObject({ rank: 7, value: -1e6 });
    expect(worst.measured.zen!.repeats).toContainEqual({ failed: 'no-value', quotient: null });
    expect(genotype).toBe(finalists[0]!.architecture);
    expect(JSON.parse(JSON.stringify(detail))).toEqual(detail);
  });

  it('share batches and weights among all, with numbers that no round has', async () => {
    const evaluator = new FakeEvaluator();
    await search({ evaluator });
    const of = (kind: 'rounds' | 'finals') =>
      evaluator.asked
        .filter(({ request }) => (request.of ?? 'rounds') === kind)
        .flatMap(({ metric, request }) => request.draws.map(({ batch }) => `${metric} ${batch}`));
    const [rounds, finals] = [of('rounds'), of('finals')];
    expect(new Set([...rounds, ...finals]).size).toBe(rounds.length + finals.length);
  });

  it('count kernels without a condition number as the worst', async () => {
    const bad =
      '|nor_conv_1x1~0|+|nor_conv_1x1~0|nor_conv_1x1~1|+|skip_connect~0|skip_connect~1|skip_connect~2|';
    const evaluator = new FakeEvaluator({
      kappa: (active) =>
        convolutions(active, 'nor_conv_3x3') === 0
          ? { kind: 'failed', reason: 'negative', quotient: -5 }
          : 10 + hash(JSON.stringify(active)),
    });
    const { detail, steps, failures } = await search({
      active: eight,
      evaluator,
      settings: stages([2, 1, 8], [1, 1, 1]),
    });
    const failed = detail.finals!.stages[0]!.finalists.find(({ architecture }) => architecture === bad)!;
    expect(failed.measured.ntk!.value).toBeCloseTo(1e6, 4);
    expect(failed.measured.ntk!.rank).toBe(7);
    expect(failed.measured.ntk!.repeats![0]).toEqual({ failed: 'negative', quotient: -5 });
    expect(steps.map((step) => step.failures.ntk!.negative)).toEqual([2, 1]);
    expect(failures.ntk!.negative).toBe(3);
  });

  it('are told of as they go, and planned', async () => {
    const events: SearchEvent[] = [];
    const record = await search({ onProgress: (event) => events.push(event) });
    const start = events.find((event) => event.kind === 'start')!;
    const planned = planRounds(supernet, supernet.full(), record.settings);
    expect(start.steps).toBe(planned.length);
    // What is made is less than planned, and the text says so.
    const { ntk, regions } = plannedEvaluations(planned);
    expect(start.text).toMatch(
      new RegExp(`^1 round and 3 stages, at most ${ntk} NTK .* and ${regions} region`),
    );
    expect(record.evaluations.ntk).toBeLessThan(ntk);
    expect(planned.map(({ kind }) => kind)).toEqual(['operations', 'finals', 'finals', 'finals']);
    const begun = events.filter((event) => event.kind === 'step-start');
    expect(begun.map(({ label }) => label)).toEqual(['round 1', 'finals 1', 'finals 2', 'finals 3']);
    // As many as there are, where the plan had counted isomorphic ones twice.
    const candidates = record.detail.finals!.stages.map(({ finalists }) => finalists.length);
    expect(begun.map(({ total }) => total)).toEqual([24, ...candidates]);
    const ends = events.filter((event) => event.kind === 'step-end');
    expect(ends.map((event) => event.record)).toEqual(record.steps);
    expect(ends.at(-1)!.secondsLeft).toBeCloseTo(0, 9);
    expect(ends.at(-1)!.share).toBe(1);
    expect(ends.at(-1)!.best).toBe(record.genotype);
    expect(ends.at(-1)!.bestChoices).toEqual(space.choicesOf(space.parse(record.genotype)));
  });

  it('leave what is done when stopped', async () => {
    const stop = new AbortController();
    const stopped = search({
      signal: stop.signal,
      onProgress: (event) => {
        if (event.kind === 'step-end' && event.label === 'finals 1') stop.abort(new Error('enough'));
      },
    });
    const error = await stopped.catch((thrown: unknown) => thrown);
    const record = recordOf(error);
    const { finals, unfinishedRound } = record.detail;
    expect(record.architecture).toBe(finals!.stages[0]!.finalists[0]!.architecture);
    expect(finals!.stages).toHaveLength(1);
    expect(finals!.winner).toBeNull();
    expect(unfinishedRound).toBeNull();
    expect(JSON.parse(JSON.stringify(record))).toEqual(record);
  });

  it('go on where they were stopped', async () => {
    const whole = await search();
    for (const label of ['round 1', 'finals 1', 'finals 2']) {
      const stop = new AbortController();
      const error = await search({
        signal: stop.signal,
        onProgress: (event) => event.kind === 'step-end' && event.label === label && stop.abort(),
      }).catch((thrown: unknown) => thrown);
      const evaluator = new FakeEvaluator();
      const resumed = await search({ before: recordOf(error), evaluator });
      expect(resumed.detail).toEqual(whole.detail);
      expect(resumed.evaluations).toEqual(whole.evaluations);
      expect(resumed.steps.map(({ label: each }) => each)).toEqual(
        whole.steps.map(({ label: each }) => each),
      );
      expect(evaluator.asked.every(({ request }) => request.of === 'finals')).toBe(true);
    }
  });

  it('give the same record for the same seed', async () => {
    const [one, two] = [await search({ seed: 3 }), await search({ seed: 3 })];
    expect(two.detail).toEqual(one.detail);
  });

  it('are refused where edges are pruned too', async () => {
    const { finals } = (await search()).settings;
    const refused = search({ space: darts, settings: { finals } });
    await expect(refused).rejects.toMatchObject({ code: 'SETTING_INVALID', field: 'settings.finals' });
  });
});
