import { getSpace, nasBench201 } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { PROTOCOLS, pruneSearch, type SearchEvent } from '../../src/index.js';
import { TimeEstimate } from '../../src/prune/time-estimate.js';
import { FakeEvaluator, fakeSource } from './fake-evaluator.js';

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
    if (start?.kind !== 'search-start' || finish.kind !== 'finish') throw new Error('no start or no finish');
    expect(start).toMatchObject({ space: spaceName, dataset: 'cifar10', protocol, seed: 4 });
    expect(start.rounds).toBe(finish.record.detail.rounds.length);
    expect(start.evaluations).toEqual(finish.record.evaluations);
    expect(start.settings).toEqual(finish.record.settings);

    for (const [index, round] of finish.record.detail.rounds.entries()) {
      const inRound = events.filter((event) =>
        event.kind === 'round-end' ? event.record === round : 'round' in event && event.round === round.round,
      );
      expect(inRound[0]).toMatchObject({
        kind: 'round-start',
        phase: round.kind,
        candidates: round.candidates.length,
        active: round.active,
      });
      expect(inRound.at(-1)!.kind).toBe('round-end');
      const done = inRound.filter((event) => event.kind === 'candidates-done');
      expect(done).toHaveLength(inRound.length - 2);
      const shares = done.map((event) => event.evaluations.done);
      expect(shares).toEqual([...new Set(shares)].toSorted((a, b) => a - b));
      const { evaluations } = finish.record.steps[index]!;
      const total = evaluations.ntk! + evaluations.regions!;
      expect(done.at(-1)).toMatchObject({
        done: round.candidates.length,
        total: round.candidates.length,
        evaluations: { done: total, total },
      });
    }
  });

  it('tells the best operations and the time left', async () => {
    const events = await eventsOf('nas-bench-201', 'fast');
    const ends = events.filter((event) => event.kind === 'round-end');
    const decisions = nasBench201.decisions.map(({ name }) => name);
    expect(ends.map(({ best }) => Object.keys(best))).toEqual(new Array(3).fill(decisions));
    for (const { best, record } of ends) {
      if (record.kind !== 'operations') throw new Error('no edges are pruned here');
      for (const { decision, pruned } of record.decisions) {
        const left = record.candidates.filter(
          (each) => each.decision === decision && !pruned.includes(each.choice),
        );
        const highest = Math.max(...left.map(({ rankSum }) => rankSum));
        expect(left.find(({ choice }) => choice === best[decision])!.rankSum).toBe(highest);
      }
    }
    const finish = events.at(-1)!;
    if (finish.kind !== 'finish') throw new Error('no finish');
    expect(ends.at(-1)!.best).toEqual(nasBench201.choicesOf(nasBench201.parse(finish.record.genotype)));
    for (const event of events) {
      if (event.kind === 'candidates-done') expect(event.secondsLeft).toBeGreaterThanOrEqual(0);
    }
    expect(ends.at(-1)!.secondsLeft).toBeCloseTo(0, 9);
  });
});

describe('time left', () => {
  const rounds = [
    { kind: 'operations', candidates: 4, evaluations: { ntk: 10, regions: 10 }, activeOps: 8 },
    { kind: 'operations', candidates: 2, evaluations: { ntk: 10, regions: 10 }, activeOps: 4 },
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
});
