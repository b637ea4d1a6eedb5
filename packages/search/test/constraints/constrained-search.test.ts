import { syntheticImages } from '@tenas/data';
import { getSpace } from '@tenas/spaces';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Constraint,
  type RunSearchOptions,
  readConstraints,
  resolveConstraints,
  runSearch,
  type SearchInterrupted,
} from '../../src/index.js';

const source = syntheticImages();
const space = getSpace('nas-bench-201');

function bounds(...texts: string[]): Constraint[] {
  return resolveConstraints(readConstraints(texts), { space, images: source });
}

async function search(options: Partial<RunSearchOptions>) {
  return await runSearch({ space, source, metrics: ['macs'], ...options });
}

/** Fields of records that tell times. */
const TIMES = new Set(['startedAt', 'seconds', 'metricSeconds']);
const plain = (record: object): unknown =>
  JSON.parse(JSON.stringify(record, (field, value: unknown) => (TIMES.has(field) ? undefined : value)));

const small = {
  random: { samples: 30 },
  evolution: { population: 8, sample: 3, cycles: 40, crossover: 0.3 },
};

describe('a search within constraints', () => {
  it.each(Object.entries(small))(
    'by %s never evaluates or finds an architecture above a bound',
    async (strategy, settings) => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 80, max: 1000 }),
          fc.integer({ min: 10, max: 150 }),
          fc.nat(1000),
          async (params, macs, seed) => {
            const constraints = bounds(`params<=${params}K`, `macs<=${macs}M`);
            const found = await search({ strategy, settings, constraints, seed });
            const allowed = (text: string) =>
              constraints.every(({ costOf, limit }) => costOf(space.parse(text)) <= limit);
            expect(allowed(found.architecture)).toBe(true);
            expect(found.scored.length).toBeGreaterThan(0);
            for (const { architecture } of found.scored)
              expect(allowed(architecture), architecture).toBe(true);
            expect(found.constraints).toEqual(
              constraints.map(({ name, op, limit, unit, costOf }) => ({
                ...{ name, op, limit, unit },
                value: costOf(space.parse(found.architecture)),
              })),
            );
          },
        ),
        { numRuns: 12 },
      );
    },
  );

  it('by random, drawing all, finds what trying all cells finds', async () => {
    const { enumeration } = space;
    const costs = space.costs(space.sizes.final(source));
    const all = Array.from({ length: enumeration!.size }, (_, index) => costs.of(enumeration!.at(index)));
    for (const params of [75_000, 120_000, 250_000, 400_000, 777_000]) {
      const constraints = bounds(`params<=${params}`);
      const settings = { samples: enumeration!.size };
      const found = await search({ strategy: 'random', settings, constraints });
      const most = Math.max(...all.filter((one) => one.params <= params).map(({ macs }) => macs));
      expect(found.scores!.macs!.value).toBe(most);
    }
  });

  it.each(Object.entries(small))(
    'by %s is the same search without bounds, and with bounds that all meet',
    async (strategy, settings) => {
      const free = await search({ strategy, settings });
      expect(free).not.toHaveProperty('constraints');
      expect(plain(await search({ strategy, settings, constraints: [] }))).toEqual(plain(free));
      const { constraints, ...wide } = await search({
        strategy,
        settings,
        constraints: bounds('params<=1G'),
      });
      expect(constraints).toHaveLength(1);
      expect(plain(wide)).toEqual(plain(free));
    },
  );

  it('ends at once where no architecture is within the bounds', async () => {
    const constraints = bounds('params<=10K');
    await expect(search({ strategy: 'random', constraints })).rejects.toMatchObject({
      code: 'BUDGET_INFEASIBLE',
      field: 'constraints.params',
      message: expect.stringMatching(/^constraints: got params<=10K; the cheapest architecture is \|/),
    });
  });

  it('goes on within the same constraints alone', async () => {
    const stop = new AbortController();
    const options = { strategy: 'random', settings: { samples: 80 }, constraints: bounds('params<=400K') };
    const stopped: unknown = await search({
      ...options,
      signal: stop.signal,
      onProgress: ({ kind }) => kind === 'step-end' && stop.abort(new Error('stop')),
    }).catch((error: unknown) => error);
    const before = (stopped as SearchInterrupted).record;
    const others = { ...options, constraints: bounds('params<=500K'), before };
    await expect(search(others)).rejects.toMatchObject({ code: 'RESUME_INVALID', field: 'constraints' });
    const none = { ...options, constraints: [], before };
    await expect(search(none)).rejects.toMatchObject({ code: 'RESUME_INVALID', field: 'constraints' });
    expect(plain(await search({ ...options, before }))).toEqual(plain(await search(options)));
  });

  it('tells how many were refused', async () => {
    const refused: number[] = [];
    await search({
      strategy: 'random',
      settings: small.random,
      constraints: bounds('params<=200K'),
      onProgress: (event) => event.kind === 'step-end' && refused.push(event.refused!),
    });
    expect(refused.at(-1)).toBeGreaterThan(0);
  });

  it('refuses the answer of a strategy that does not ask', async () => {
    const random = (await import('../../src/index.js')).random;
    const careless = {
      ...random,
      name: 'careless',
      run: async () => ({ architecture: space.parse(space.example) }),
    };
    await expect(search({ strategy: careless, constraints: bounds('params<=80K') })).rejects.toMatchObject({
      code: 'STRATEGY_INVALID',
      message: expect.stringContaining('not within the constraints'),
    });
  });
});
