import { readSearchRecord } from '@tenas/records';
import { getSpace } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { allowed } from '../../../../test/support/patience.js';
import { type SearchEvent, SearchInterrupted } from '../../src/index.js';
import { FakeEvaluator, fakeSource } from './fake-evaluator.js';
import { type InterruptedRecord, type PruneOptions, pruneSearch, recordOf } from './pruned.js';

const space = getSpace('nas-bench-201');

/** Searches until stopped; returns what the search threw, and how long it took to stop. */
async function interrupted(
  options: Partial<PruneOptions>,
  stopAt: (event: SearchEvent, events: SearchEvent[]) => boolean,
): Promise<{ error: SearchInterrupted; record: InterruptedRecord; milliseconds: number }> {
  const stop = new AbortController();
  const events: SearchEvent[] = [];
  let stopped = 0;
  const onProgress = (event: SearchEvent) => {
    events.push(event);
    if (!stopAt(event, events) || stop.signal.aborted) return;
    stopped = performance.now();
    stop.abort(new Error('Ctrl-C'));
  };
  const error = await pruneSearch({
    space,
    source: fakeSource(),
    evaluator: new FakeEvaluator(),
    settings: { finals: null },
    ...options,
    signal: stop.signal,
    onProgress,
  }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SearchInterrupted);
  const milliseconds = performance.now() - stopped;
  return { error: error as SearchInterrupted, record: recordOf(error), milliseconds };
}

describe('interruption', () => {
  it('keeps the rounds that are done, and says why it stopped', async () => {
    const { error, record } = await interrupted({}, (event) => event.kind === 'step-end' && event.step === 1);
    expect(error).toMatchObject({ code: 'SEARCH_INTERRUPTED', name: 'SearchInterrupted' });
    expect(error.cause).toEqual(new Error('Ctrl-C'));
    expect(record).toMatchObject({ status: 'interrupted', architecture: null, genotype: null, scores: null });
    expect(record.detail).toMatchObject({ unfinishedRound: null, finals: null });
    expect(record.detail.rounds).toHaveLength(2);
    expect(Object.values(record.detail.active).map((ops) => ops.length)).toEqual(new Array(6).fill(2));
    // Origin and candidates, 25 and 19, in 12 repeats.
    expect(record.evaluations).toEqual({ ntk: 300 + 228, regions: 300 + 228 });
    expect(JSON.parse(JSON.stringify(record))).toEqual(record);
  });

  it.each(['paper', 'repo'] as const)('keeps the candidates that are done under %s', async (protocol) => {
    const { record } = await interrupted(
      { protocol },
      (event) => event.kind === 'progress' && event.step === 1 && event.done === 5,
    );
    expect(record.detail.rounds).toHaveLength(1);
    const { unfinishedRound } = record.detail;
    expect(unfinishedRound).toMatchObject({ kind: 'operations', round: 1 });
    expect([4, 5]).toContain(unfinishedRound!.candidates.length);
    expect(unfinishedRound!.candidates[0]).not.toHaveProperty('rankSum');
    const [done, stopped] = record.steps;
    expect(stopped).toMatchObject({ step: 1, label: 'round 2', unfinished: true });
    expect(record.evaluations.ntk).toBe(done!.evaluations.ntk! + stopped!.evaluations.ntk!);
    const json = JSON.parse(JSON.stringify(record));
    expect(readSearchRecord(json)).toEqual(json);
  });

  it.each([false, true])(
    'stops within a second when evaluations are long (deaf evaluator: %s)',
    async (deaf) => {
      const evaluator = new FakeEvaluator({ milliseconds: 15_000, deaf });
      const { record, milliseconds } = await interrupted({ evaluator }, (event, events) => {
        return event.kind === 'step-start' && events.length === 2;
      });
      expect(milliseconds).toBeLessThan(allowed(1000));
      expect(record.detail.unfinishedRound).toMatchObject({ round: 0, candidates: [] });
    },
  );

  it('does not start when stopped before', async () => {
    const evaluator = new FakeEvaluator();
    const searching = pruneSearch({
      space,
      source: fakeSource(),
      evaluator,
      signal: AbortSignal.abort('never mind'),
    });
    const error = await searching.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SearchInterrupted);
    expect(recordOf(error).detail.rounds).toEqual([]);
    expect((error as SearchInterrupted).cause).toBe('never mind');
    expect(evaluator.asked).toEqual([]);
  });

  it('passes on what a listener throws, also from a timer', async () => {
    const failing = (kind: SearchEvent['kind']) =>
      pruneSearch({
        space,
        source: fakeSource(),
        evaluator: new FakeEvaluator(),
        onProgress: (event) => {
          if (event.kind === kind) throw new Error(`cannot show ${kind}`);
        },
      });
    for (const kind of ['start', 'step-start', 'progress', 'step-end', 'finish'] as const) {
      await expect(failing(kind)).rejects.toThrowError(`cannot show ${kind}`);
    }
  });
});
