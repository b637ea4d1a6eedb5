import { openDataset } from '@tenas/data';
import { darts, mapDomain, nasBench201 } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { allowed } from '../../../../test/support/patience.js';
import { PROTOCOLS, SearchInterrupted, type SettingsOverrides } from '../../src/index.js';
import { fakeSource } from './fake-evaluator.js';
import { type CompleteRecord, type PruneOptions, pruneSearch } from './pruned.js';

const synthetic = await openDataset({ dataset: 'synthetic', seed: 1 });
const source = fakeSource();

/** Small enough for a test. */
const small: SettingsOverrides = {
  repeats: 2,
  ntk: { batchSize: 4 },
  regions: { batches: 1, batchSize: 60 },
};

const smallFinals: SettingsOverrides['finals'] = {
  ntk: { mode: 'sample', batchSize: 6, init: 'kaiming_fan_out' },
  regions: { batches: 1, batchSize: 60, crop: 4, init: 'kaiming_fan_in' },
};

function search(options: Partial<PruneOptions>): Promise<CompleteRecord> {
  return pruneSearch({ space: nasBench201, source, settings: small, ...options });
}

/** Everything but times and threads. */
function findings({ detail, steps, genotype, evaluations, failures }: CompleteRecord) {
  return {
    genotype,
    evaluations,
    failures,
    detail,
    steps: steps.map((step) => ({ ...step, seconds: null, metricSeconds: null })),
  };
}

/** Two operations on every edge: one round to go. */
const lastRound = mapDomain(nasBench201.supernet.decisions, () => ['nor_conv_1x1', 'nor_conv_3x3']);

describe('search with the engine', () => {
  // `te-nas-finals` is compared with earlier searches, bit by bit.
  it.each(PROTOCOLS.filter((protocol) => protocol !== 'te-nas-finals'))(
    'under %s finds the same for the same seed, on one thread and on two',
    async (protocol) => {
      const options =
        protocol === 'fast'
          ? { protocol, source: synthetic, active: lastRound, settings: { ...small, finals: smallFinals } }
          : { protocol, source, active: lastRound };
      const one = await search({ ...options, seed: 5, threads: 1 });
      const two = await search({ ...options, seed: 5, threads: 2 });
      expect(findings(two)).toEqual(findings(one));
      expect(one.genotype).toMatch(/^\|\w+~0\|\+\|\w+~0\|\w+~1\|\+\|\w+~0\|\w+~1\|\w+~2\|$/);
      expect(one.dataset.fingerprint).toBe(options.source.fingerprint);
      expect(one.versions.engine.name).toBe('tenas-native');
      const other = await search({ ...options, seed: 6 });
      const measured = ({ detail }: CompleteRecord) => detail.finals?.stages ?? detail.rounds[0]!.candidates;
      expect(measured(other)).not.toEqual(measured(one));
      expect(one.detail.finals?.stages.length).toBe(
        protocol === 'fast' ? one.settings.finals!.stages.length : undefined,
      );
    },
  );

  it('agrees with the engine that it is checked against', async () => {
    const options = { active: lastRound, settings: { ...small, repeats: 1, finals: null } };
    const fast = await search(options);
    const reference = await search({ ...options, engine: 'reference' });
    for (const [index, { measured }] of fast.detail.rounds[0]!.candidates.entries()) {
      const expected = reference.detail.rounds[0]!.candidates[index]!.measured;
      expect(measured.regions!.candidate).toEqual(expected.regions!.candidate);
      const [kappa, checked] = [measured, expected].map(({ ntk }) => ntk!.candidate[0] as number);
      expect(kappa! / checked!).toBeCloseTo(1, 2);
    }
  });

  it('finds a DARTS cell', async () => {
    const settings = { ...small, repeats: 1, pruneNumber: 6 };
    const record = await search({ space: darts, settings });
    expect(darts.format(darts.parse(record.genotype))).toBe(record.genotype);
    expect(record.detail.rounds).toHaveLength(1 + 6);
  });

  it('stops within a second in the middle of an evaluation', async () => {
    const stop = new AbortController();
    let stopped = 0;
    const searching = search({
      protocol: 'paper',
      settings: { ntk: { batchSize: 256 } },
      signal: stop.signal,
      onProgress: (event) => {
        if (event.kind !== 'step-start') return;
        setTimeout(() => {
          stopped = performance.now();
          stop.abort(new Error('enough'));
        }, 300);
      },
    });
    const error = await searching.catch((thrown: unknown) => thrown);
    expect(performance.now() - stopped).toBeLessThan(allowed(1000));
    expect(error).toBeInstanceOf(SearchInterrupted);
    expect((error as SearchInterrupted).record).toMatchObject({
      status: 'interrupted',
      detail: { rounds: [] },
    });
  });
});
