import { describe, expect, it } from 'vitest';
import { overrideSettings, PROTOCOLS, type Protocol, protocolSettings } from '../../src/index.js';

describe('protocols', () => {
  it('have the kernel batches and numbers of pruned operations of the published protocols', () => {
    const table = PROTOCOLS.flatMap((protocol) =>
      [
        ['nas-bench-201', 'cifar10'],
        ['nas-bench-201', 'imagenet16-120'],
        ['darts', 'cifar10'],
        ['darts', 'cifar100'],
        ['darts', 'imagenet-1k'],
      ].map(([space, dataset]) => {
        const { ntk, pruneNumber } = protocolSettings(protocol, space!, dataset!);
        return [protocol, space, dataset, ntk.batchSize, pruneNumber].join(' ');
      }),
    );
    expect(table).toEqual([
      'fast nas-bench-201 cifar10 32 1',
      'fast nas-bench-201 imagenet16-120 32 1',
      'fast darts cifar10 16 3',
      'fast darts cifar100 16 3',
      'fast darts imagenet-1k 16 2',
      'te-nas-finals nas-bench-201 cifar10 32 1',
      'te-nas-finals nas-bench-201 imagenet16-120 32 1',
      'te-nas-finals darts cifar10 16 3',
      'te-nas-finals darts cifar100 16 3',
      'te-nas-finals darts imagenet-1k 16 2',
      'paper nas-bench-201 cifar10 32 1',
      'paper nas-bench-201 imagenet16-120 32 1',
      'paper darts cifar10 32 1',
      'paper darts cifar100 32 1',
      'paper darts imagenet-1k 32 1',
      'repo nas-bench-201 cifar10 72 1',
      'repo nas-bench-201 imagenet16-120 72 1',
      'repo darts cifar10 14 3',
      'repo darts cifar100 14 3',
      'repo darts imagenet-1k 24 2',
    ]);
  });

  it('are those of DARTS where its reduction cell is fixed', () => {
    for (const protocol of PROTOCOLS) {
      expect(protocolSettings(protocol, 'darts-frc', 'imagenet-1k')).toEqual(
        protocolSettings(protocol, 'darts', 'imagenet-1k'),
      );
    }
  });

  it('differ as they should', () => {
    const [paper, repo, fast] = (['paper', 'repo', 'fast'] as const).map((protocol) =>
      protocolSettings(protocol, 'nas-bench-201', 'cifar10'),
    );
    expect(paper).toEqual({
      repeats: 3,
      origin: 'per-candidate',
      ntk: { mode: 'batch', batchSize: 32, init: 'kaiming_fan_out', weights: 'repeat' },
      regions: { batches: 5, batchSize: 1000, init: 'kaiming_fan_in', weights: 'repeat' },
      kappaChange: { kind: 'difference', decimals: null, aggregate: 'mean' },
      regionChange: { kind: 'difference', decimals: null, aggregate: 'mean' },
      failures: { kind: 'substitute', nan: 1e5 },
      significantDigits: 3,
      pruneNumber: 1,
      edgePruning: { kappaOrigin: 'current' },
      finals: null,
    });
    expect(repo).toMatchObject({
      repeats: 3,
      origin: 'per-candidate',
      ntk: { mode: 'batch', init: 'pytorch', weights: 'round' },
      regions: { batches: 3, batchSize: 1000, init: 'pytorch', weights: 'candidate' },
      kappaChange: { kind: 'relative', decimals: 3, aggregate: 'mean' },
      regionChange: { kind: 'relative', decimals: 3, aggregate: 'mean' },
      edgePruning: { kappaOrigin: 'before-edges' },
    });
    expect(fast).toMatchObject({
      repeats: 12,
      origin: 'per-round',
      ntk: { mode: 'sample', init: 'kaiming_fan_out', weights: 'repeat' },
      regions: { batches: 3, batchSize: 1000, init: 'kaiming_fan_in', weights: 'repeat' },
      kappaChange: { kind: 'log-ratio', aggregate: 'mean' },
      regionChange: { kind: 'relative', decimals: null, aggregate: 'mean' },
      failures: { kind: 'worst' },
    });
  });

  it('have a lasting one, from which fast differs in the final ranking of one space alone', () => {
    for (const space of ['nas-bench-201', 'darts', 'mine']) {
      for (const dataset of ['cifar10', 'imagenet-1k']) {
        const [lasting, { finals, ...fast }] = [
          protocolSettings('te-nas-finals', space, dataset),
          protocolSettings('fast', space, dataset),
        ];
        expect({ ...fast, finals: lasting.finals }).toEqual(lasting);
        if (space !== 'nas-bench-201') expect(finals).toEqual(lasting.finals);
      }
    }
    expect(protocolSettings('te-nas-finals', 'nas-bench-201', 'cifar10').finals).toEqual({
      architectures: 1000,
      ntk: { mode: 'sample', batchSize: 64, init: 'kaiming_fan_out' },
      regions: { batches: 1, batchSize: 1000, crop: 8, init: 'kaiming_fan_in' },
      regionWeight: 2,
      stages: [
        { ntk: 1, regions: 4, keep: 64 },
        { ntk: 2, regions: 16, keep: 16 },
        { ntk: 9, regions: 64, keep: 1 },
      ],
    });
  });

  it('are named in the error about another', () => {
    expect(() => protocolSettings('quick' as Protocol, 'darts', 'cifar10')).toThrowError(
      /fast, te-nas-finals, paper, repo/,
    );
  });

  it('pass their own check, and are plain data', () => {
    for (const protocol of PROTOCOLS) {
      for (const space of ['nas-bench-201', 'darts']) {
        const settings = protocolSettings(protocol, space, 'cifar10');
        expect(overrideSettings(settings)).toEqual(settings);
        expect(JSON.parse(JSON.stringify(settings))).toEqual(settings);
      }
    }
  });
});

describe('overriding settings', () => {
  const fast = protocolSettings('fast', 'nas-bench-201', 'cifar10');

  it('changes the named fields alone', () => {
    expect(overrideSettings(fast, { repeats: 5, ntk: { batchSize: 16 }, pruneNumber: undefined })).toEqual({
      ...fast,
      repeats: 5,
      ntk: { ...fast.ntk, batchSize: 16 },
    });
    expect(fast.ntk.batchSize).toBe(32);
  });

  it('brings the fields of another kind and drops those of the old one', () => {
    const { kappaChange, failures } = overrideSettings(fast, {
      kappaChange: { kind: 'relative', decimals: 3 },
      failures: { kind: 'substitute' },
    });
    expect(kappaChange).toEqual({ kind: 'relative', decimals: 3, aggregate: 'mean' });
    expect(failures).toEqual({ kind: 'substitute', nan: 1e5 });
    const paper = protocolSettings('paper', 'nas-bench-201', 'cifar10');
    expect(overrideSettings(paper, { kappaChange: { kind: 'log-ratio' } }).kappaChange).toEqual({
      kind: 'log-ratio',
      cap: 1e6,
      decimals: null,
      aggregate: 'mean',
    });
  });

  it('changes the finals, or leaves them out', () => {
    expect(overrideSettings(fast, { finals: null })).toEqual({ ...fast, finals: null });
    expect(overrideSettings(fast, { finals: { architectures: 70 } }).finals).toEqual({
      ...fast.finals,
      architectures: 70,
    });
    const { finals } = protocolSettings('te-nas-finals', 'nas-bench-201', 'cifar10');
    const paper = protocolSettings('paper', 'nas-bench-201', 'cifar10');
    expect(overrideSettings(paper, { finals: { regionWeight: 3 } }).finals).toEqual({
      ...finals,
      regionWeight: 3,
    });
    expect(overrideSettings(paper).finals).toBeNull();
    const scored = [{ ntk: 0, zen: 2, regions: 1, keep: 1 }];
    expect(overrideSettings(paper, { finals: { stages: scored } }).finals).toEqual({
      ...finals,
      zen: { batchSize: 16, crop: 16, init: 'normal' },
      stages: scored,
    });
    expect(overrideSettings(fast, { finals: { zen: { crop: null } } }).finals?.zen).toEqual({
      batchSize: 16,
      crop: null,
      init: 'normal',
    });
    expect(protocolSettings('fast', 'darts', 'cifar10').finals).toBeNull();
    expect(protocolSettings('fast', 'mine', 'cifar10')).toEqual({ ...fast, finals: null });
  });

  it.each([
    ['repeats', { repeats: 0 }],
    ['origin', { origin: 'never' }],
    ['ntk.batchSize', { ntk: { batchSize: 1 } }],
    ['ntk.mode', { ntk: { mode: 'exact' } }],
    ['ntk.weights', { ntk: { weights: 'always' } }],
    ['ntk.colour', { ntk: { colour: 'red' } }],
    ['ntk', { ntk: 32 }],
    ['regions.batches', { regions: { batches: -1 } }],
    ['regions.crop', { regions: { crop: 5 } }],
    ['kappaChange.kind', { kappaChange: { kind: 'ratio' } }],
    ['kappaChange.cap', { kappaChange: { cap: 1 } }],
    ['kappaChange.cap', { kappaChange: { kind: 'relative', cap: 10 } }],
    ['regionChange.decimals', { regionChange: { decimals: 1.5 } }],
    ['regionChange.aggregate', { regionChange: { aggregate: 'mode' } }],
    ['failures.kind', { failures: { kind: 'ignore' } }],
    ['failures.nan', { failures: { nan: 5 } }],
    ['failures.originKappa', { failures: { originKappa: Number.NaN } }],
    ['significantDigits', { significantDigits: 0 }],
    ['pruneNumber', { pruneNumber: 0 }],
    ['edgePruning.kappaOrigin', { edgePruning: { kappaOrigin: 'then' } }],
    ['finals.architectures', { finals: { architectures: 1 } }],
    ['finals.ntk.batchSize', { finals: { ntk: { batchSize: 1 } } }],
    ['finals.regions.crop', { finals: { regions: { crop: 0 } } }],
    ['finals.zen.batchSize', { finals: { zen: { batchSize: 1 } } }],
    ['finals.regionWeight', { finals: { regionWeight: 0 } }],
    ['finals.stages', { finals: { stages: [] } }],
    ['finals.stages[0]', { finals: { stages: [3] } }],
    ['finals.stages[0].ntk', { finals: { stages: [{ ntk: 0, regions: 1, keep: 1 }] } }],
    ['finals.stages[0].keep', { finals: { stages: [{ ntk: 1, regions: 1, keep: 8 }] } }],
    ['finals.rounds', { finals: { rounds: 3 } }],
    ['finals', { finals: 3 }],
    ['speed', { speed: 11 }],
    ['', 'fast'],
  ])('refuses a wrong %s: %j', (field, overrides) => {
    expect(() => overrideSettings(fast, overrides as object)).toThrowError(
      expect.objectContaining({
        code: 'SETTING_INVALID',
        field: field === '' ? 'settings' : `settings.${field}`,
      }),
    );
  });
});
