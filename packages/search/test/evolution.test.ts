import { RandomStream } from '@tenas/base';
import { syntheticImages } from '@tenas/data';
import { type CountingMetric, params } from '@tenas/metrics';
import { smallSpace } from '@tenas/metrics/contract';
import { getSpace, nasBench101, nasBench201, natsSize, type Space } from '@tenas/spaces';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crossed, mutated } from '../src/evolution/variation.js';
import { distinctArchitectures, type RunSearchOptions, runSearch } from '../src/index.js';

const source = syntheticImages();
const most: CountingMetric = { ...params, name: 'most', better: 'higher' };

interface Detail {
  readonly history: readonly { readonly architecture: string; readonly parents: readonly number[] }[];
}

async function evolve(settings: object, options: Partial<RunSearchOptions> = {}) {
  return await runSearch({
    space: nasBench201,
    source,
    strategy: 'evolution',
    metrics: [most],
    settings,
    ...options,
  });
}

function differences(space: Space, one: string, other: string): string[] {
  const [a, b] = [one, other].map((text) => space.choicesOf(space.parse(text)));
  return Object.keys(a!).filter((decision) => a![decision] !== b![decision]);
}

describe('regularised evolution', () => {
  it('climbs where mutations do', async () => {
    const found = await evolve({ population: 20, sample: 5, cycles: 250 });
    const random = await runSearch({
      space: nasBench201,
      source,
      strategy: 'random',
      metrics: [most],
      settings: { samples: 250 },
    });
    const all = nasBench201.parse(
      '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|',
    );
    expect(found.architecture).toBe(nasBench201.format(all));
    expect(found.scores!.most!.value).toBeGreaterThan(random.scores!.most!.value!);
  });

  it.each([1, 4])('makes children of the living, %i at a time', async (batch) => {
    const population = 8;
    const { detail, steps } = await evolve({ population, sample: 3, cycles: 30, batch });
    const { history } = detail as Detail;
    expect(history).toHaveLength(30);
    expect(steps.map(({ label }) => label)).toEqual([
      'first population',
      'generation 1',
      'generation 2',
      'generation 3',
    ]);
    for (const [place, { architecture, parents }] of history.entries()) {
      if (place < population) {
        expect(parents).toEqual([]);
        continue;
      }
      // Children of a batch are made together.
      const alive = population + Math.floor((place - population) / batch) * batch;
      expect(parents[0]).toBeGreaterThanOrEqual(alive - population);
      expect(parents[0]).toBeLessThan(alive);
      expect(differences(nasBench201, architecture, history[parents[0]!]!.architecture)).toHaveLength(1);
    }
  });

  it('picks the fittest of a sample as a parent', async () => {
    const { detail, scored } = await evolve({ population: 6, sample: 1000, cycles: 40 });
    const { history } = detail as Detail;
    const value = new Map(scored.map(({ architecture, scores }) => [architecture, scores.most!.value!]));
    const valueAt = (place: number) => value.get(history[place]!.architecture) ?? -1;
    for (const [place, { parents }] of history.entries()) {
      if (place < 6) continue;
      const living = Array.from({ length: 6 }, (_, index) => valueAt(place - 6 + index));
      if (living.includes(-1)) continue;
      expect(valueAt(parents[0]!)).toBe(Math.max(...living));
    }
  });

  it('crosses two parents where asked to', async () => {
    const { detail } = await evolve({ population: 10, sample: 2, cycles: 40, crossover: 1 });
    const { history } = detail as Detail;
    const crossings = history.filter(({ parents }) => parents.length === 2);
    expect(crossings.length).toBeGreaterThan(10);
    for (const { architecture, parents } of crossings) {
      const [one, other] = parents.map((parent) =>
        differences(nasBench201, architecture, history[parent]!.architecture),
      );
      expect(one!.filter((decision) => other!.includes(decision))).toEqual([]);
    }
  });

  it('ranks by several metrics', async () => {
    const small: CountingMetric = { ...params, name: 'small', better: 'lower' };
    const { architecture, scores } = await evolve(
      { population: 10, sample: 3, cycles: 60 },
      { metrics: [most, small] },
    );
    // Whatever is large is not small: an architecture in the middle is best by logarithms of ranks.
    const values = (await evolve({ population: 10, sample: 3, cycles: 60 })).scores!.most!.value!;
    expect(scores!.most!.value).toBeLessThan(values);
    expect(nasBench201.format(nasBench201.parse(architecture))).toBe(architecture);
  });

  it('searches the size space, which has no supernet', async () => {
    const { architecture } = await evolve({ population: 10, sample: 4, cycles: 120 }, { space: natsSize });
    expect(architecture.split(':').filter((width) => width === '64').length).toBeGreaterThanOrEqual(4);
  });

  it('has metrics that took no longer than the search, although several networks are evaluated at a time', async () => {
    const space = smallSpace({ supernet: false });
    const settings = { population: 8, cycles: 9, batch: 4 };
    const given = { space, metrics: ['ntk', 'naswot', 'params'], threads: 4, device: 'cpu' } as const;
    const record = await evolve(settings, given);
    for (const { seconds, metricSeconds = {} } of [record, ...record.steps]) {
      const parts = Object.values(metricSeconds);
      expect(parts.reduce((sum, part) => sum + part, 0)).toBeLessThanOrEqual(seconds);
    }
    expect(Object.keys(record.metricSeconds!)).toEqual(['ntk', 'naswot', 'params']);
  });

  it('makes do with a space smaller than the population', async () => {
    const { detail, scored } = await evolve(
      { population: 50, cycles: 60 },
      { space: smallSpace({ supernet: false }) },
    );
    expect(scored).toHaveLength(9);
    expect((detail as Detail).history).toHaveLength(60);
  });
});

/** A search without constraints. */
function free(space: Space) {
  return { space, feasible: null, allowed: () => true };
}

describe('variation', () => {
  it.each(['nas-bench-201', 'darts', 'darts-frc', 'nats-size'])(
    'of %s changes one decision to another network',
    (name) => {
      const space = getSpace(name);
      fc.assert(
        fc.property(fc.nat(), (seed) => {
          const [parent] = space.sample({ count: 1, seed });
          const child = mutated(free(space), parent!, new RandomStream('test', seed));
          expect(differences(space, space.format(child), space.format(parent!))).toHaveLength(1);
          const key = (architecture: object) =>
            space.isomorphism?.key(architecture) ?? space.format(architecture);
          expect(key(child)).not.toBe(key(parent!));
        }),
        { numRuns: 30 },
      );
    },
  );

  it('of modules makes them larger and smaller, and never asks for one that the space refuses', () => {
    const parent = nasBench101.parse(
      '[[[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]], ["conv3x3", "maxpool"]]',
    );
    const random = new RandomStream('test');
    const sizes = new Map<number, number>();
    let module: object = parent;
    for (let step = 0; step < 400; step++) {
      const child = mutated(free(getSpace('nas-bench-101')), module, random);
      const key = (one: object) => getSpace('nas-bench-101').isomorphism!.key(one);
      expect(key(child)).not.toBe(key(module));
      module = child;
      const { length } = (child as typeof parent).matrix;
      sizes.set(length, (sizes.get(length) ?? 0) + 1);
    }
    for (const size of [3, 4, 5, 6]) expect(sizes.get(size) ?? 0, String(size)).toBeGreaterThan(0);
  });

  it('searches a space that refuses some choices', async () => {
    const settings = { population: 6, sample: 3, cycles: 30, crossover: 0.3 };
    const { detail } = await evolve(settings, { space: nasBench101 });
    const { history } = detail as Detail;
    expect(history).toHaveLength(30);
    for (const { architecture } of history) {
      expect(nasBench101.format(nasBench101.parse(architecture))).toBe(architecture);
    }
  });

  it('has no child of two parents that differ in one decision', () => {
    const [one, other] = ['8:8:8:8:8', '8:8:8:8:16'].map((text) => natsSize.parse(text));
    expect(crossed(free(getSpace('nats-size')), [one!, other!], new RandomStream('test'))).toBeNull();
  });
});

describe('distinct architectures', () => {
  it('are not isomorphic, and the first of more', () => {
    const some = distinctArchitectures(getSpace('nas-bench-201'), 300, 5);
    const keys = some.map((architecture) => getSpace('nas-bench-201').isomorphism!.key(architecture));
    expect(new Set(keys).size).toBe(300);
    expect(distinctArchitectures(getSpace('nas-bench-201'), 40, 5)).toEqual(some.slice(0, 40));
  });

  it('are as many as there are', () => {
    expect(distinctArchitectures(smallSpace({ supernet: false }), 100, 1)).toHaveLength(9);
    const { enumeration, isomorphism } = nasBench201;
    const keys = Array.from({ length: enumeration.size }, (_, index) =>
      isomorphism.key(enumeration.at(index)),
    );
    const all = new Set(keys).size;
    expect(distinctArchitectures(getSpace('nas-bench-201'), enumeration.size, 1)).toHaveLength(all);
  });
});
