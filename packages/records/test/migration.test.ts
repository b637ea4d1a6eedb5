import { describe, expect, it } from 'vitest';
import {
  type Choice,
  cutsOf,
  isPruneRecord,
  type PruneRecord,
  readScoreDocument,
  readSearchRecord,
} from '../src/index.js';
import type { RoundV1 } from '../src/v1/search-record.js';
import { fixtureV1 } from './fixture.js';

function pruneRecord(json: unknown): PruneRecord {
  const record = readSearchRecord(json);
  if (!isPruneRecord(record)) throw new Error('no record of a pruning search');
  return record;
}

function cutsOfV1(round: RoundV1): Choice[] {
  const choice = (cell: string, edge: string, op: string) => ({ decision: `${cell}/${edge}`, choice: op });
  if (round.kind === 'edges') {
    return round.decision.pruned.map(({ edge, op }) => choice(round.decision.cell, edge, op));
  }
  return round.decisions.flatMap(({ cell, edge, pruned }) => pruned.map((op) => choice(cell, edge, op)));
}

const searches = ['search-finals', 'search-edges', 'search-interrupted'] as const;

describe('a search record of version 1', () => {
  it.each(searches)('%s becomes a record of version 2 that reads as itself', (name) => {
    const record = pruneRecord(fixtureV1(name));
    expect(record).toMatchObject({ recordVersion: 2, kind: 'search', strategy: 'prune' });
    const again = JSON.parse(JSON.stringify(record));
    expect(JSON.parse(JSON.stringify(readSearchRecord(again)))).toEqual(again);
  });

  it.each(searches)('%s keeps every measurement, rank and decision', (name) => {
    const old = fixtureV1(name);
    const { detail, steps } = pruneRecord(old);
    expect(detail.rounds).toHaveLength(old.rounds.length);
    for (const [index, round] of old.rounds.entries()) {
      const now = detail.rounds[index]!;
      expect(now.candidates).toEqual(
        round.candidates.map((one: RoundV1['candidates'][number]) => ({
          decision: `${one.cell}/${one.edge}`,
          choice: one.op,
          rankSum: one.rankSum,
          measured: {
            ntk: {
              ...one.kappa,
              changes: one.kappaChanges,
              change: one.kappaChange,
              rank: one.kappaRank,
            },
            regions: {
              ...one.regions,
              changes: one.regionChanges,
              change: one.regionChange,
              rank: one.regionRank,
            },
          },
        })),
      );
      expect(cutsOf(now)).toEqual(cutsOfV1(round));
      expect(steps[index]).toMatchObject({
        step: index,
        seconds: round.seconds,
        evaluations: round.evaluations,
        metricSeconds: round.metricSeconds,
        failures: { ntk: round.failures },
      });
    }
  });

  it('has its winner, its scores and the finals as steps', () => {
    const old = fixtureV1('search-finals');
    const record = pruneRecord(old);
    expect(record).toMatchObject({
      status: 'complete',
      architecture: old.genotype,
      genotype: old.genotype,
      scores: {
        ntk: { value: old.scores.conditionNumber },
        regions: { value: old.scores.regions },
        params: { value: old.scores.params },
        macs: { value: old.scores.flops },
      },
      detail: { changes: { ntk: 'log-ratio', regions: 'relative' } },
    });
    expect(record.detail.active['cell/3<-2']).toEqual(old.finals.winner.cell['3<-2']);
    const last = record.steps.at(-1)!;
    expect(last.best?.architecture).toBe(old.genotype);
    expect(record.detail.finals?.stages.at(-1)?.step).toBe(last.step);
    expect(record.metrics.map(({ name, better }) => [name, better])).toEqual([
      ['ntk', 'lower'],
      ['regions', 'higher'],
      ['params', 'higher'],
      ['macs', 'higher'],
    ]);
  });

  it('has what is left of a search without finals, and no scores where none were taken', () => {
    const record = pruneRecord(fixtureV1('search-edges'));
    expect(record.scores).toBeNull();
    const left = Object.entries(record.detail.active).filter(([, choices]) => choices.length > 0);
    // Two inputs for each of four nodes of two cells.
    expect(left).toHaveLength(16);
    expect(left.every(([, choices]) => choices.length === 1)).toBe(true);
  });

  it('has what a stopped search had measured', () => {
    const old = fixtureV1('search-interrupted');
    const { kappaRank, regionRank, rankSum, ...candidate } = old.rounds[0].candidates[0];
    old.unfinishedRound.candidates.push(candidate);
    const record = pruneRecord(old);
    expect(record).toMatchObject({ status: 'interrupted', architecture: null, genotype: null });
    expect(record.steps.at(-1)).toMatchObject({ unfinished: true, step: 1 });
    expect(record.detail.unfinishedRound?.candidates).toHaveLength(1);
    expect(record.detail.active['cell/1<-0']).toEqual(old.active.cell['1<-0']);
  });

  it('may lack what came later: finals and the time of each metric', () => {
    const { finals, metricSeconds, ...old } = fixtureV1('search-edges');
    for (const round of old.rounds) delete round.metricSeconds;
    const record = pruneRecord(old);
    expect(record.detail.finals).toBeNull();
    expect(record.steps[0]!.metricSeconds).toBeUndefined();
  });
});

describe('scores of version 1', () => {
  it('become a value, repeats and time for each metric', () => {
    const old = fixtureV1('score');
    const score = readScoreDocument(old);
    expect(score).toMatchObject({
      scoreVersion: 2,
      architecture: old.architecture,
      dataset: old.dataset,
      repeats: 3,
      scores: {
        ntk: {
          value: old.ntk.conditionNumber,
          repeats: old.ntk.conditionNumbers,
          seconds: old.seconds.ntk,
          detail: { eigenvalues: old.ntk.eigenvalues },
        },
        regions: { value: old.regions, repeats: old.regionCounts, seconds: old.seconds.regions },
        params: { value: old.params, repeats: [] },
        macs: { value: old.flops },
      },
    });
    expect(score.scores.ntk!.failures).toBeUndefined();
    const again = JSON.parse(JSON.stringify(score));
    expect(JSON.parse(JSON.stringify(readScoreDocument(again)))).toEqual(again);
  });

  it('say which repeats failed and why, and have no value where all did', () => {
    const old = fixtureV1('score');
    old.ntk.conditionNumbers[1] = null;
    old.ntk.outcomes[1] = 'negative';
    expect(readScoreDocument(old).scores.ntk).toMatchObject({
      value: old.ntk.conditionNumber,
      failures: [null, 'negative', null],
    });
    old.ntk.conditionNumbers = [null, null, null];
    old.ntk.outcomes = ['negative', 'negative', 'zero'];
    expect(readScoreDocument(old).scores.ntk!.value).toBeNull();
  });
});
