import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allNasBench201,
  canonicalNasBench201,
  isomorphicNasBench201,
  NAS_BENCH_201_CANONICAL_CELLS,
  NAS_BENCH_201_SIZE,
  nasBench201,
  nasBench201Architecture,
  nasBench201At,
  nasBench201CanonicalKey,
  nasBench201Index,
  nasBench201PaperTopology,
  parseNasBench201,
  sampleNasBench201,
  uniqueNasBench201,
} from '../src/index.js';

const anyArchitecture = fc.nat(NAS_BENCH_201_SIZE - 1).map(nasBench201At);

describe('list and samples of NAS-Bench-201', () => {
  it('lists 15,625 architectures in the order of their indices', () => {
    const indices = [...allNasBench201()].map(nasBench201Index);
    expect(indices).toEqual(Array.from({ length: 15_625 }, (_, index) => index));
  });

  it('has 9,445 architectures without operations that no path passes', () => {
    const reached = [...allNasBench201()].filter((one) => !nasBench201.hasUnreachableOperation!(one));
    expect(reached).toHaveLength(9445);
  });

  it.each([
    [
      'no input: nothing reaches node 1',
      ['none', 'none', 'skip_connect', 'nor_conv_3x3', 'none', 'none'],
      true,
    ],
    [
      'no output: nothing reads node 2',
      ['skip_connect', 'skip_connect', 'none', 'none', 'none', 'none'],
      true,
    ],
    ['a chain', ['nor_conv_1x1', 'none', 'nor_conv_1x1', 'none', 'none', 'nor_conv_1x1'], false],
    ['no operations', ['none', 'none', 'none', 'none', 'none', 'none'], false],
  ])('says whether a path passes every operation: %s', (_case, ops, unreachable) => {
    expect(nasBench201.hasUnreachableOperation!(nasBench201Architecture(ops))).toBe(unreachable);
  });

  it('samples distinct architectures, reproducibly, smaller samples first', () => {
    const sample = sampleNasBench201({ count: 200, seed: 7 });
    expect(new Set(sample.map(nasBench201Index)).size).toBe(200);
    expect(sampleNasBench201({ count: 200, seed: 7 })).toEqual(sample);
    expect(sampleNasBench201({ count: 50, seed: 7 })).toEqual(sample.slice(0, 50));
    expect(sampleNasBench201({ count: 50, seed: 8 })).not.toEqual(sample.slice(0, 50));
  });

  it('samples the whole space as a permutation and about evenly from its start', () => {
    const whole = sampleNasBench201({ count: NAS_BENCH_201_SIZE, seed: 3 }).map(nasBench201Index);
    expect(new Set(whole).size).toBe(NAS_BENCH_201_SIZE);
    const low = whole.slice(0, 2000).filter((index) => index < NAS_BENCH_201_SIZE / 2).length;
    expect(Math.abs(low - 1000)).toBeLessThan(120);
  });

  it('refuses absurd counts and seeds', () => {
    for (const count of [-1, 1.5, NAS_BENCH_201_SIZE + 1]) {
      expect(() => sampleNasBench201({ count, seed: 1 })).toThrow(
        expect.objectContaining({ code: 'SAMPLE_SIZE_INVALID' }),
      );
    }
    for (const seed of [0.5, -3, Number.NaN]) {
      expect(() => sampleNasBench201({ count: 1, seed })).toThrow(
        expect.objectContaining({ code: 'SEED_INVALID' }),
      );
    }
  });
});

describe('isomorphic cells', () => {
  it('has the published numbers of topologies', () => {
    const all = [...allNasBench201()];
    expect(new Set(all.map((a) => nasBench201PaperTopology(a))).size).toBe(6466);
    expect(new Set(all.map((a) => nasBench201PaperTopology(a, { zero: false }))).size).toBe(12_751);
  });

  it('has the stated number of canonical cells', () => {
    const unique = uniqueNasBench201();
    expect(unique.length).toBe(NAS_BENCH_201_CANONICAL_CELLS);
    expect(new Set(unique.map(nasBench201CanonicalKey)).size).toBe(NAS_BENCH_201_CANONICAL_CELLS);
  });

  it('represents each class by its lowest index', () => {
    fc.assert(
      fc.property(anyArchitecture, (architecture) => {
        const canonical = canonicalNasBench201(architecture);
        expect(nasBench201Index(canonical)).toBeLessThanOrEqual(nasBench201Index(architecture));
        expect(isomorphicNasBench201(canonical, architecture)).toBe(true);
        expect(canonicalNasBench201(canonical)).toEqual(canonical);
      }),
    );
  });

  it('reads as a small program', () => {
    const key = (text: string) => nasBench201CanonicalKey(parseNasBench201(text));
    expect(
      key('|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|skip_connect~0|skip_connect~1|skip_connect~2|'),
    ).toBe('a=nor_conv_3x3(x);b=nor_conv_1x1(a);a+b+x');
    expect(key('|none~0|+|none~0|nor_conv_3x3~1|+|none~0|avg_pool_3x3~1|skip_connect~2|')).toBe('0');
  });

  it('drops what the output does not depend on', () => {
    const dead = nasBench201Architecture([
      'nor_conv_3x3',
      'none',
      'nor_conv_1x1',
      'skip_connect',
      'none',
      'none',
    ]);
    const bare = nasBench201Architecture(['none', 'none', 'none', 'skip_connect', 'none', 'none']);
    expect(isomorphicNasBench201(dead, bare)).toBe(true);
  });

  it('does not care which of two unconnected nodes is which', () => {
    fc.assert(
      fc.property(anyArchitecture, ({ ops }) => {
        const [a, b, , output, fromA, fromB] = ops;
        const one = nasBench201Architecture([a, b, 'none', output, fromA, fromB]);
        const other = nasBench201Architecture([b, a, 'none', output, fromB, fromA]);
        expect(isomorphicNasBench201(one, other)).toBe(true);
      }),
    );
  });

  it('tells one convolution used twice from two convolutions, but not one pooling from two', () => {
    const twice = (op: string) =>
      nasBench201Architecture([op, 'none', 'skip_connect', 'none', 'skip_connect', 'skip_connect']);
    const two = (op: string) =>
      nasBench201Architecture([op, op, 'none', 'none', 'skip_connect', 'skip_connect']);
    expect(isomorphicNasBench201(twice('nor_conv_3x3'), two('nor_conv_3x3'))).toBe(false);
    expect(isomorphicNasBench201(twice('avg_pool_3x3'), two('avg_pool_3x3'))).toBe(true);
  });
});
