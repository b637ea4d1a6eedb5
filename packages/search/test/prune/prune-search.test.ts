import { readFileSync } from 'node:fs';
import { type PruneRound, RECORD_VERSION, readSearchRecord } from '@tenas/records';
import { type Domain, mapDomain, nasBench201, openChoices } from '@tenas/spaces';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROTOCOLS, planRounds, protocolSettings } from '../../src/index.js';
import { FakeEvaluator, fakeSource } from './fake-evaluator.js';
import { type CompleteRecord, type PruneOptions, pruneSearch } from './pruned.js';

const space = nasBench201;
const { supernet } = nasBench201;
const base = { space, source: fakeSource() } as const;

/** Prunes to the end; the finals have tests of their own. */
function search(options: Partial<PruneOptions> = {}): Promise<CompleteRecord> {
  const settings = { finals: null, ...options.settings };
  return pruneSearch({ ...base, evaluator: new FakeEvaluator(), ...options, settings });
}

type OperationsRound = Extract<PruneRound, { kind: 'operations' }>;

function operationRounds(record: CompleteRecord): OperationsRound[] {
  return record.detail.rounds.filter((round) => round.kind === 'operations');
}

/** Everything but the times. */
function timeless(record: CompleteRecord) {
  const steps = record.steps.map((step) => ({ ...step, seconds: null, metricSeconds: null }));
  return { ...record, steps, seconds: null, metricSeconds: null, startedAt: null };
}

describe('pruning search', () => {
  it('prunes the operation without which kappa falls and R does not', async () => {
    // Fewer skip connections and pools are better here, and nor_conv_1x1 is better than nor_conv_3x3.
    const cost = { skip_connect: 40, avg_pool_3x3: 30, nor_conv_3x3: 20, nor_conv_1x1: 10 } as Record<
      string,
      number
    >;
    const evaluator = new FakeEvaluator({
      kappa: (active) => openChoices(active).reduce((sum, { choice }) => sum + cost[choice]!, 1),
      regions: (active) => 3000 - openChoices(active).reduce((sum, { choice }) => sum + cost[choice]!, 0),
    });
    const { genotype, detail } = await search({ evaluator });
    expect(genotype).toBe(
      '|nor_conv_1x1~0|+|nor_conv_1x1~0|nor_conv_1x1~1|+|nor_conv_1x1~0|nor_conv_1x1~1|nor_conv_1x1~2|',
    );
    expect(detail.rounds).toHaveLength(3);
    const [first] = detail.rounds as OperationsRound[];
    expect(first!.decisions.map(({ pruned }) => pruned)).toEqual(new Array(6).fill(['skip_connect']));
    expect(first!.decisions.map(({ runnerUp, margin }) => [runnerUp, margin])).toEqual(
      new Array(6).fill(['avg_pool_3x3', 2]),
    );
  });

  it('is reported in the order decision, choice', async () => {
    const [first] = (await search()).detail.rounds;
    expect(first!.candidates.map(({ decision, choice }) => ({ decision, choice }))).toEqual(
      openChoices(supernet.full()),
    );
  });

  it.each(PROTOCOLS)('under %s evaluates as often as planned', async (protocol) => {
    const record = await search({ protocol });
    const { repeats, origin } = record.settings;
    const expected = [24, 18, 12].map((candidates) =>
      origin === 'per-round' ? (candidates + 1) * repeats : 2 * candidates * repeats,
    );
    expect(record.steps.map(({ evaluations }) => evaluations)).toEqual(
      expected.map((count) => ({ ntk: count, regions: count })),
    );
    const total = expected.reduce((sum, count) => sum + count);
    expect(record.evaluations).toEqual({ ntk: total, regions: total });
    expect(
      planRounds(supernet, supernet.full(), record.settings).map(({ evaluations }) => evaluations.ntk),
    ).toEqual(expected);
  });

  it('shares batches and weights among all networks of a round in the fast protocol', async () => {
    const evaluator = new FakeEvaluator();
    await search({ evaluator });
    const kernels = evaluator.asked.filter(({ metric }) => metric === 'ntk').map(({ request }) => request);
    expect(kernels.map(({ candidates }) => candidates.length)).toEqual([25, 19, 13]);
    const draws = kernels.flatMap((request) => request.draws);
    expect(new Set(draws.map(({ batch }) => batch)).size).toBe(36);
    expect(draws.every(({ batch, weights }) => batch === weights)).toBe(true);
  });

  it('draws batch and weights afresh for every candidate and repeat in the paper protocol', async () => {
    const evaluator = new FakeEvaluator();
    await search({ evaluator, protocol: 'paper' });
    for (const metric of ['ntk', 'regions']) {
      const requests = evaluator.asked.filter((asked) => asked.metric === metric);
      expect(requests).toHaveLength(24 + 18 + 12);
      expect(requests.every(({ request }) => request.candidates.length === 2)).toBe(true);
      const draws = requests.flatMap(({ request }) => request.draws);
      expect(new Set(draws.map(({ batch }) => batch)).size).toBe(54 * 3);
      expect(new Set(draws.map(({ weights }) => weights)).size).toBe(54 * 3);
    }
  });

  it('keeps weights as the published code does: a round for kernels, a candidate for regions', async () => {
    const evaluator = new FakeEvaluator();
    await search({ evaluator, protocol: 'repo' });
    const drawsOf = (metric: string) =>
      evaluator.asked.filter((asked) => asked.metric === metric).map(({ request }) => request.draws);
    const weightsOf = (metric: string) =>
      drawsOf(metric).map((draws) => new Set(draws.map(({ weights }) => weights)));
    expect(weightsOf('ntk').every(({ size }) => size === 1)).toBe(true);
    expect(new Set(weightsOf('ntk').flatMap((weights) => [...weights])).size).toBe(3);
    expect(weightsOf('regions').every(({ size }) => size === 1)).toBe(true);
    expect(new Set(weightsOf('regions').flatMap((weights) => [...weights])).size).toBe(54);
    expect(new Set(drawsOf('ntk').flatMap((draws) => draws.map(({ batch }) => batch))).size).toBe(54 * 3);
  });

  it('gives the same record for the same seed, another for another evaluator', async () => {
    const record = timeless(await search());
    expect(timeless(await search())).toEqual(record);
    const other = await search({ evaluator: new FakeEvaluator({ kappa: (_, { batch }) => 1 + batch }) });
    expect(timeless(other)).not.toEqual(record);
  });

  it('starts from the operations given', async () => {
    const active = {
      ...supernet.full(),
      'cell/1<-0': ['nor_conv_3x3'],
      'cell/2<-0': ['none', 'skip_connect'],
    };
    const record = await search({ active });
    expect(record.detail.rounds[0]!.active).toEqual(active);
    expect(record.detail.rounds[0]!.candidates).toHaveLength(2 + 4 * 4);
    expect(record.genotype.startsWith('|nor_conv_3x3~0|+')).toBe(true);
  });

  it('has nothing to do when every edge is decided', async () => {
    const arch = '|none~0|+|skip_connect~0|none~1|+|skip_connect~0|none~1|nor_conv_3x3~2|';
    const evaluator = new FakeEvaluator();
    const record = await search({ evaluator, active: supernet.domainOf(space.parse(arch)) });
    expect(record).toMatchObject({ genotype: arch, steps: [], evaluations: {} });
    expect(evaluator.asked).toEqual([]);
  });

  it('refuses what cannot be searched, naming the field', async () => {
    const empty = { ...supernet.full(), 'cell/2<-1': [] };
    await expect(search({ active: empty })).rejects.toMatchObject({ code: 'DOMAIN_INVALID' });
    await expect(search({ active: { 'cell/1<-0': [] } })).rejects.toMatchObject({
      code: 'DOMAIN_INVALID',
      field: 'settings.active',
      message: expect.stringMatching(/^settings\.active: .*cell\/2<-0: missing; its choices are none, skip_/),
    });
    await expect(search({ seed: 0.5 })).rejects.toMatchObject({ code: 'SETTING_INVALID', field: 'seed' });
    await expect(search({ threads: 0 })).rejects.toMatchObject({ code: 'SETTING_INVALID', field: 'threads' });
    await expect(search({ settings: { repeats: 0 } })).rejects.toMatchObject({
      field: 'settings.repeats',
    });
    const { supernet: _, ...single } = nasBench201;
    await expect(search({ space: single })).rejects.toMatchObject({ code: 'SPACE_UNFIT', field: 'space' });
  });

  it('passes on what the evaluator throws, with the record of what was done, and disposes of it', async () => {
    const evaluator = new FakeEvaluator({
      kappa: () => {
        throw new Error('out of memory');
      },
    });
    const error = await search({ evaluator }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'SearchFailed', message: 'out of memory' });
    expect(error).toMatchObject({ record: { status: 'interrupted', steps: [{ unfinished: true }] } });
    expect(evaluator.disposed).toBe(true);
  });

  it('leaves one operation on every edge, prunes none that is gone, and never the last', async () => {
    const start = fc
      .record(
        Object.fromEntries(
          supernet.decisions.map(({ name, choices }) => [
            name,
            fc.uniqueArray(fc.constantFrom(...choices), { minLength: 1 }),
          ]),
        ),
      )
      .map(supernet.check);
    await fc.assert(
      fc.asyncProperty(
        start,
        fc.constantFrom(...PROTOCOLS),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 3 }),
        async (active, protocol, pruneNumber, repeats) => {
          const record = await search({ active, protocol, settings: { pruneNumber, repeats } });
          let left: Domain = active;
          for (const round of operationRounds(record)) {
            expect(round.active).toEqual(left);
            const before = left;
            left = mapDomain(supernet.decisions, ({ name }) => {
              const open = before[name]!;
              const decision = round.decisions.find((each) => each.decision === name);
              expect(decision === undefined).toBe(open.length === 1);
              const pruned = decision?.pruned ?? [];
              expect(pruned).toHaveLength(Math.min(pruneNumber, open.length - 1));
              expect(open).toEqual(expect.arrayContaining([...pruned]));
              return open.filter((op) => !pruned.includes(op));
            });
          }
          expect(Object.values(left).every((open) => open.length === 1)).toBe(true);
          expect(record.genotype).toBe(space.format(supernet.architectureOf(left)));
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('record', () => {
  it('holds what is needed to tell how the search went', async () => {
    const record = await search({ seed: 7, threads: 2, settings: { ntk: { batchSize: 8 } } });
    const defaults = protocolSettings('fast', 'nas-bench-201', 'cifar10');
    expect(record).toMatchObject({
      recordVersion: RECORD_VERSION,
      kind: 'search',
      strategy: 'prune',
      status: 'complete',
      versions: { engine: { name: 'tenas-native' } },
      space: 'nas-bench-201',
      dataset: {
        name: 'cifar10',
        fingerprint: 'fake-1',
        images: 4000,
        sampledFrom: null,
        skipped: 0,
        classes: 10,
        height: 32,
        width: 32,
      },
      plugins: [],
      metrics: [{ name: 'ntk', settings: { batchSize: 8 } }, { name: 'regions' }],
      detail: { protocol: 'fast', changes: { ntk: 'log-ratio', regions: 'relative' } },
      settings: { ...defaults, ntk: { ...defaults.ntk, batchSize: 8 }, finals: null },
      seed: 7,
      threads: 2,
      failures: { ntk: { nan: 0, infinite: 0, zero: 0, negative: 0 } },
    });
    expect(new Date(record.startedAt).toISOString()).toBe(record.startedAt);
    expect(record.seconds).toBeGreaterThan(0);
    for (const { label, seconds, metricSeconds } of record.steps) {
      expect(label).toMatch(/^round [123]$/);
      expect(metricSeconds!.ntk! + metricSeconds!.regions!).toBeLessThanOrEqual(seconds);
    }
    for (const round of operationRounds(record)) {
      for (const { measured, rankSum } of round.candidates) {
        expect(Object.keys(measured)).toEqual(['ntk', 'regions']);
        for (const { origin, candidate, changes } of Object.values(measured)) {
          expect([origin.length, candidate.length, changes.length]).toEqual([12, 12, 12]);
        }
        expect(rankSum).toBe(measured.ntk!.rank + measured.regions!.rank);
      }
      for (const { decision, pruned, runnerUp, margin } of round.decisions) {
        const sum = (op: string) =>
          round.candidates.find((each) => each.decision === decision && each.choice === op)!.rankSum;
        expect(margin).toBe(sum(runnerUp) - sum(pruned.at(-1)!));
        expect(margin).toBeGreaterThanOrEqual(0);
      }
    }
  });

  it('survives JSON, is what its schema says, and counts kernels without a condition number', async () => {
    const quotients = { nan: Number.NaN, infinite: Number.POSITIVE_INFINITY, negative: -8 } as const;
    const evaluator = new FakeEvaluator({
      kappa: (active, { batch }) => {
        const count = openChoices(active).length;
        const reason = batch % 3 === 1 ? (['nan', 'infinite', 'negative'] as const)[count % 3]! : null;
        return reason === null ? count : { kind: 'failed', reason, quotient: quotients[reason] };
      },
    });
    for (const protocol of PROTOCOLS) {
      const record = await search({ evaluator, protocol });
      const json = JSON.parse(JSON.stringify(record));
      expect(json).toEqual(record);
      expect(readSearchRecord(json)).toEqual(json);
      const { nan, infinite, zero, negative } = record.failures.ntk!;
      expect(nan! + infinite! + negative!).toBe(record.evaluations.ntk / 3);
      expect(zero).toBe(0);
      for (const reason of ['nan', 'infinite', 'negative'] as const) {
        const perRound = record.steps.map(({ failures }) => failures.ntk![reason]!);
        expect(perRound.reduce((sum, count) => sum + count)).toBe(record.failures.ntk![reason]);
      }
    }
  });

  it('names this version of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect((await search()).versions.search).toBe(version);
  });
});
