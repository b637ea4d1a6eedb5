import type { PruneDetail } from '@tenas/records';
import { getSpace, nasBench201 } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { PROTOCOLS, type SearchEvent } from '../../src/index.js';
import { TimeEstimate } from '../../src/prune/time-estimate.js';
import { FakeEvaluator, fakeSource } from './fake-evaluator.js';
import { pruneSearch } from './pruned.js';

async function eventsOf(spaceName: string, protocol: (typeof PROTOCOLS)[number]): Promise<SearchEvent[]> {
  const events: SearchEvent[] = [];
  await pruneSearch({
    space: getSpace(spaceName),
    source: fakeSource(),
    evaluator: new FakeEvaluator(),
    protocol,
    settings: { repeats: 1, finals: null },
    seed: 4,
    onProgress: (event) => events.push(event),
  });
  return events;
}

describe('progress', () => {
  it.each(
    ['nas-bench-201', 'darts'].flatMap((space) => PROTOCOLS.map((protocol) => [space, protocol] as const)),
  )('of %s under %s tells every round from start to end', async (spaceName, protocol) => {
    const events = await eventsOf(spaceName, protocol);
    const [start] = events;
    const finish = events.at(-1)!;
    if (start?.kind !== 'start' || finish.kind !== 'finish') throw new Error('no start or no finish');
    const { steps, settings } = finish.record;
    const { rounds } = finish.record.detail as PruneDetail;
    expect(start).toMatchObject({ strategy: 'prune', space: spaceName, dataset: 'cifar10', seed: 4 });
    expect(start.steps).toBe(rounds.length);
    expect(start.settings).toEqual(settings);
    const { ntk, regions } = finish.record.evaluations;
    expect(start.text).toMatch(new RegExp(`^${rounds.length} rounds, ${ntk} NTK .* and ${regions} region`));

    for (const [index, round] of rounds.entries()) {
      const inRound = events.filter((event) => 'step' in event && event.step === index);
      const total = round.candidates.length;
      expect(inRound[0]).toMatchObject({ kind: 'step-start', label: `round ${index + 1}`, done: 0, total });
      expect(inRound.at(-1)).toMatchObject({ kind: 'step-end', record: steps[index], done: total, total });
      const shown = inRound.filter((event) => event.kind === 'progress');
      expect(shown).toHaveLength(inRound.length - 2);
      const done = shown.map((event) => event.done);
      expect(done).toEqual(done.toSorted((a, b) => a - b));
      expect(done.at(-1)).toBe(total);
    }
  });

  it('tells the best operations and the time left', async () => {
    const events = await eventsOf('nas-bench-201', 'fast');
    const ends = events.filter((event) => event.kind === 'step-end');
    const finish = events.at(-1)!;
    if (finish.kind !== 'finish') throw new Error('no finish');
    const { rounds } = finish.record.detail as PruneDetail;
    const decisions = nasBench201.decisions.map(({ name }) => name);
    expect(ends.map(({ bestChoices }) => Object.keys(bestChoices!))).toEqual(new Array(3).fill(decisions));
    for (const [index, { bestChoices, text }] of ends.entries()) {
      const record = rounds[index]!;
      if (record.kind !== 'operations') throw new Error('no edges are pruned here');
      expect(text).toBe('6 operations pruned');
      for (const { decision, pruned } of record.decisions) {
        const left = record.candidates.filter(
          (each) => each.decision === decision && !pruned.includes(each.choice),
        );
        const highest = Math.max(...left.map(({ rankSum }) => rankSum));
        expect(left.find(({ choice }) => choice === bestChoices![decision])!.rankSum).toBe(highest);
      }
    }
    expect(ends.at(-1)!.bestChoices).toEqual(
      nasBench201.choicesOf(nasBench201.parse(finish.record.genotype)),
    );
    for (const event of events) {
      if (event.kind === 'progress') expect(event.secondsLeft).toBeGreaterThanOrEqual(0);
    }
    expect(ends.at(-1)!.secondsLeft).toBeCloseTo(0, 9);
  });
});

describe('time left', () => {
  const rounds = [
    { kind: 'operations', candidates: 4, evaluations: { ntk: 10, zen: 0, regions: 10 }, activeOps: 8 },
    { kind: 'operations', candidates: 2, evaluations: { ntk: 10, zen: 0, regions: 10 }, activeOps: 4 },
  ] as const;

  it('is unknown at first, then by the pace of each metric', () => {
    const estimate = new TimeEstimate(rounds);
    expect(estimate.secondsLeft()).toBeNull();
    // Half of the first kernels: 40 of 120 units of work in 4 s; regions are taken to be as slow.
    expect(estimate.secondsLeft({ metric: 'ntk', evaluations: 5, activeOps: 8, seconds: 4 })).toBeCloseTo(
      8 + 12,
      9,
    );
    estimate.add('ntk', 10, 8, 8);
    expect(estimate.secondsLeft()).toBeCloseTo(4 + 12, 9);
    estimate.add('regions', 10, 8, 2);
    expect(estimate.secondsLeft()).toBeCloseTo(4 + 1, 9);
    estimate.add('ntk', 10, 4, 4);
    estimate.add('regions', 10, 4, 1);
    expect(estimate.secondsLeft()).toBeCloseTo(0, 9);
  });

  it('does not take the start of a metric, which makes networks and reads images, for its pace', () => {
    const estimate = new TimeEstimate(rounds);
    const left = (evaluations: number, seconds: number) =>
      estimate.secondsLeft({ metric: 'ntk', evaluations, activeOps: 8, seconds });
    // Of 120 units of kernels and as many of regions, 8 are done.
    expect(left(1, 60)).toBeCloseTo((232 * 60) / 8, 9);
    // One more evaluation took 0.8 s: 224 units at 0.1 s each.
    expect(left(2, 60.8)).toBeCloseTo(22.4, 9);
    estimate.add('ntk', 10, 8, 67.2);
    expect(estimate.secondsLeft()).toBeCloseTo(16, 9);
  });
});
