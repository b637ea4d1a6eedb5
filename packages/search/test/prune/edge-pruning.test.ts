import type { PruneRound } from '@tenas/records';
import { type Choice, type Domain, darts, mapDomain, openChoices } from '@tenas/spaces';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planRounds, rankCandidates } from '../../src/index.js';
import { decideEdges } from '../../src/prune/decisions.js';
import { FakeEvaluator, fakeSource, hash } from './fake-evaluator.js';
import { type CompleteRecord, type PruneOptions, pruneSearch } from './pruned.js';

const space = darts;
const { supernet } = darts;

function search(options: Partial<PruneOptions> = {}): Promise<CompleteRecord> {
  return pruneSearch({ space, source: fakeSource(), evaluator: new FakeEvaluator(), ...options });
}

function edgeRounds(record: CompleteRecord): Extract<PruneRound, { kind: 'edges' }>[] {
  return record.detail.rounds.filter((round) => round.kind === 'edges');
}

/** One operation on every edge. */
function single(seed: number): Domain {
  return mapDomain(supernet.decisions, ({ name, choices }) => {
    const ops = choices.filter((op) => op !== 'none');
    return [ops[Math.floor(hash(`${seed}${name}`) * ops.length)]!];
  });
}

describe('pruning edges', () => {
  it('follows the operations, node by node in the published order', async () => {
    const record = await search();
    expect(record.detail.rounds.map(({ kind }) => kind)).toEqual([
      ...new Array(2).fill('operations'),
      ...new Array(6).fill('edges'),
    ]);
    expect(record.detail.rounds.slice(0, 2).map(({ candidates }) => candidates.length)).toEqual([
      2 * 14 * 7,
      2 * 14 * 4,
    ]);
    expect(
      edgeRounds(record).map(({ decision, candidates }) => [
        decision.group,
        candidates.map(({ decision: name }) => name).join(' '),
      ]),
    ).toEqual(
      ['normal', 'reduce'].flatMap((cell) => [
        [cell, `${cell}/1<-0 ${cell}/1<-1 ${cell}/1<-2`],
        [cell, [0, 1, 2, 3].map((from) => `${cell}/2<-${from}`).join(' ')],
        [cell, [0, 1, 2, 3, 4].map((from) => `${cell}/3<-${from}`).join(' ')],
      ]),
    );
    expect(record.genotype).toMatch(/^Genotype\(normal=\[/);
    expect(space.format(space.parse(record.genotype))).toBe(record.genotype);
    expect(record.steps.map(({ evaluations }) => evaluations.ntk)).toEqual(
      planRounds(supernet, supernet.full(), record.settings).map(({ evaluations }) => evaluations.ntk),
    );
  });

  it('prunes 3, 2 or 1 operations a round as the protocol and the dataset say', async () => {
    const rounds = async (options: Partial<PruneOptions>) =>
      (await search(options)).detail.rounds.filter(({ kind }) => kind === 'operations').length;
    expect(await rounds({ protocol: 'repo' })).toBe(2);
    expect(await rounds({ source: fakeSource('imagenet-1k') })).toBe(3);
    expect(await rounds({ protocol: 'paper', settings: { repeats: 1 } })).toBe(6);
  });

  it('keeps the two inputs whose removal would hurt most', async () => {
    const worth = ({ decision, choice }: Choice) => hash(`${decision}${choice}`);
    const sum = (active: Domain) => openChoices(active).reduce((total, choice) => total + worth(choice), 0);
    const evaluator = new FakeEvaluator({
      kappa: (active) => 1e5 * Math.exp(-sum(active)),
      regions: (active) => Math.round(1e6 * sum(active)),
    });
    const active = single(1);
    const record = await search({ active, evaluator });
    expect(record.detail.rounds).toHaveLength(6);
    for (const { decision, candidates } of edgeRounds(record)) {
      const byWorth = candidates.toSorted((a, b) => worth(b) - worth(a)).map((one) => one.decision);
      expect(decision.kept.map((one) => one.decision).toSorted()).toEqual(byWorth.slice(0, 2).toSorted());
      expect(decision.pruned.map((one) => one.decision)).toEqual(byWorth.slice(2).toReversed());
      expect(decision.margin).toBeGreaterThan(0);
    }
  });

  it('compares kappa with the network before any edge was pruned under repo, else with the current one', async () => {
    const active = single(2);
    const origins = async (protocol: 'repo' | 'paper' | 'fast', metric: 'ntk' | 'regions') => {
      const evaluator = new FakeEvaluator();
      const record = await search({ protocol, active, evaluator, settings: { repeats: 1 } });
      const asked = evaluator.asked.filter((each) => each.metric === metric);
      const perRound = record.detail.rounds.map(({ candidates }) =>
        protocol === 'fast' ? 1 : candidates.length,
      );
      let first = 0;
      return perRound.map((requests) => {
        const origin = asked[first]!.request.candidates[0]!;
        first += requests;
        return openChoices(origin).length;
      });
    };
    const current = [28, 27, 25, 22, 21, 19];
    expect(await origins('repo', 'ntk')).toEqual(new Array(6).fill(28));
    expect(await origins('repo', 'regions')).toEqual(current);
    expect(await origins('paper', 'ntk')).toEqual(current);
    expect(await origins('fast', 'ntk')).toEqual(current);
  });

  it('keeps the weights of kernels through all groups under repo', async () => {
    const evaluator = new FakeEvaluator();
    await search({ protocol: 'repo', active: single(3), evaluator });
    const weights = evaluator.asked
      .filter(({ metric }) => metric === 'ntk')
      .flatMap(({ request }) => request.draws.map((draw) => draw.weights));
    expect(new Set(weights).size).toBe(1);
  });

  it('leaves nodes with enough empty inputs alone', async () => {
    const active = { ...single(4), 'normal/3<-0': [], 'normal/3<-1': [], 'normal/3<-2': [] };
    const record = await search({ active });
    expect(edgeRounds(record).map(({ decision, candidates }) => [decision.group, candidates.length])).toEqual(
      [
        ['normal', 3],
        ['normal', 4],
        ['reduce', 3],
        ['reduce', 4],
        ['reduce', 5],
      ],
    );
    const tooFew = { ...active, 'normal/3<-3': [] };
    await expect(search({ active: tooFew })).rejects.toMatchObject({ code: 'DOMAIN_INVALID' });
  });

  it('keeps two inputs of every node, whatever is found', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.constantFrom('fast', 'repo', 'paper'), async (salt, protocol) => {
        const evaluator = new FakeEvaluator({
          kappa: (active, draw) => 1 + Math.floor(20 * hash(`${salt}${JSON.stringify([active, draw])}`)),
          regions: (active) => 1 + Math.floor(5 * hash(`${salt}${JSON.stringify(active)}`)),
        });
        const record = await search({ active: single(salt), evaluator, protocol, settings: { repeats: 1 } });
        for (const { decision, candidates } of edgeRounds(record)) {
          expect(decision.kept).toHaveLength(2);
          expect(decision.pruned).toHaveLength(candidates.length - 2);
        }
        const architecture = space.parse(record.genotype);
        expect(openChoices(supernet.domainOf(architecture))).toHaveLength(2 * 4 * 2);
      }),
      { numRuns: 15 },
    );
  });
});

describe('deciding edges', () => {
  const candidates = ['normal/1<-0', 'normal/1<-1', 'normal/1<-2'].map((decision) => ({
    decision,
    choice: 'skip_connect',
  }));

  it('prunes the lowest rank sums, equal sums in the order of the kappa changes', () => {
    const ranking = rankCandidates(
      [
        { kappa: 0.1, regions: 0.1 },
        { kappa: 0.2, regions: 0.2 },
        { kappa: 0.3, regions: 0.3 },
      ],
      3,
    );
    expect(decideEdges(candidates, ranking, 2)).toEqual({
      pruned: [{ decision: 'normal/1<-2', choice: 'skip_connect' }],
      kept: [
        { decision: 'normal/1<-1', choice: 'skip_connect' },
        { decision: 'normal/1<-0', choice: 'skip_connect' },
      ],
      margin: 0,
    });
  });

  it('prunes nothing where all are kept', () => {
    const ranking = rankCandidates(
      candidates.map(() => ({ kappa: 0, regions: 0 })),
      3,
    );
    expect(decideEdges(candidates, ranking, 3)).toMatchObject({ pruned: [], margin: null });
  });
});
