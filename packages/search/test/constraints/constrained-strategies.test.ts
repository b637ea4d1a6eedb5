import { syntheticImages } from '@tenas/data';
import { getSpace, type Space } from '@tenas/spaces';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Constraint,
  type RunSearchOptions,
  readConstraints,
  resolveConstraints,
  runSearch,
} from '../../src/index.js';

const source = syntheticImages();
const cells = getSpace('nas-bench-201');

function bounds(space: Space, ...texts: string[]): Constraint[] {
  return resolveConstraints(readConstraints(texts), { space, images: source });
}

function meets(space: Space, constraints: readonly Constraint[], text: string): boolean {
  return constraints.every(({ costOf, limit }) => costOf(space.parse(text)) <= limit);
}

/** Fields of records that tell times. */
const TIMES = new Set(['startedAt', 'seconds', 'metricSeconds']);
const plain = (record: object): unknown =>
  JSON.parse(JSON.stringify(record, (field, value: unknown) => (TIMES.has(field) ? undefined : value)));

const trained = { preset: 'quick', images: 80, epochs: 2, batchSize: 16, channels: 2, cells: 1 };
const strategies: readonly (readonly [string, Partial<RunSearchOptions>])[] = [
  ['reinforce', { settings: { cycles: 30, batch: 5, answer: 'best' } }],
  ['reinforce', { settings: { cycles: 20, rate: 0.5, answer: 'policy' } }],
  ['manas', { settings: { loss: 'metrics', rounds: 25, answer: 'best' } }],
  ['manas-ls', { settings: { loss: 'metrics', rounds: 40, start: 10, answer: 'policy' } }],
  ['pnas', { settings: { beam: 6, members: 1, epochs: 2, refits: 1 } }],
  ['gdas', { settings: { ...trained, warmup: 1, finalists: 9, finetune: 2 } }],
  ['darts-gradient', { settings: { ...trained, warmup: 1, penalty: 3 } }],
  ['manas', { settings: { ...trained, loss: 'validation', warmup: 1, answer: 'best' } }],
  ['manas', { settings: { ...trained, loss: 'validation', warmup: 1, agents: 'unique', answer: 'policy' } }],
];

describe('strategies within constraints', () => {
  it.each(strategies)('%s %j finds and scores nothing above a bound', async (strategy, options) => {
    const search = (more: Partial<RunSearchOptions>) =>
      runSearch({ space: cells, source, strategy, metrics: ['macs'], ...options, ...more });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 75, max: 700 }),
        fc.integer({ min: 8, max: 120 }),
        fc.nat(1000),
        async (params, macs, seed) => {
          const constraints = bounds(cells, `params<=${params}K`, `macs<=${macs}M`);
          const found = await search({ constraints, seed });
          expect(meets(cells, constraints, found.architecture), found.architecture).toBe(true);
          for (const { architecture } of found.scored) {
            expect(meets(cells, constraints, architecture), architecture).toBe(true);
          }
          expect(found.constraints!.every(({ value, limit }) => value! <= limit)).toBe(true);
        },
      ),
      { numRuns: 4 },
    );
    const free = await search({ seed: 3 });
    expect(free).not.toHaveProperty('constraints');
    const { constraints: _, ...wide } = await search({ seed: 3, constraints: bounds(cells, 'params<=1G') });
    expect(plain(wide)).toEqual(plain(free));
  });

  it.each(['pnas', 'reinforce', 'gdas'])('%s keeps a tight budget of DARTS', async (strategy) => {
    const space = getSpace('darts');
    const costs = space.costs(space.sizes.final(source));
    const drawn = space.sample({ count: 30, seed: 2 }).map((one) => costs.of(one).params);
    const constraints = bounds(space, `params<=${Math.min(...drawn)}`);
    const settings = {
      pnas: { beam: 3, members: 1, epochs: 2, refits: 1 },
      reinforce: { cycles: 6, answer: 'policy' },
      gdas: { ...trained, epochs: 1, warmup: 0, genotype: 'pairs' },
    }[strategy];
    const found = await runSearch({ space, source, strategy, metrics: ['params'], settings, constraints });
    expect(meets(space, constraints, found.architecture), found.architecture).toBe(true);
  });

  it('pnas says what the cheapest cell is that grows block by block', async () => {
    const space = getSpace('darts');
    const constraints = bounds(space, 'params<=1K');
    await expect(
      runSearch({ space, source, strategy: 'pnas', metrics: ['params'], constraints }),
    ).rejects.toMatchObject({ code: 'BUDGET_INFEASIBLE' });
  });
});
