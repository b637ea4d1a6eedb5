import { syntheticImages } from '@tenas/data';
import { DEFAULT_OBJECTIVE, DEFAULT_STAGE } from '@tenas/metrics';
import { smallSpace } from '@tenas/metrics/contract';
import { nasBench201, type Space } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { quickStrategyContract, strategyContract } from '../src/contract/index.js';
import {
  dartsGradient,
  evolution,
  gdas,
  hurricane,
  listStrategies,
  manas,
  manasLs,
  nsga2,
  pnas,
  prune,
  random,
  reinforce,
  type Strategy,
} from '../src/index.js';

/** Small, as most of the work grows with the pixels. */
const source = syntheticImages({ size: 8 });

/** A training of a moment. */
const TRAINED = { channels: 2, images: 32, epochs: 3, warmup: 1, batchSize: 8, finalists: 2 };

/** Settings that make a search of a moment. */
const SETTINGS: Readonly<Record<string, object>> = {
  [prune.name]: {
    repeats: 1,
    ntk: { batchSize: 4 },
    regions: { batches: 1, batchSize: 16 },
  },
  [random.name]: { samples: 30 },
  [evolution.name]: { population: 4, sample: 2, cycles: 12, crossover: 0.5 },
  [nsga2.name]: { population: 3, evaluations: 8 },
  [reinforce.name]: { cycles: 60, batch: 5 },
  [manas.name]: TRAINED,
  [hurricane.name]: {
    ...{ channels: 2, images: 32, epochs: 1, batchSize: 8, statisticsBatches: 1 },
    ...{ population: 4, generations: 2, parents: 2, crossovers: 1, mutations: 1 },
  },
  [manasLs.name]: { ...TRAINED, start: 2, refit: 1 },
  [pnas.name]: { beam: 5, embedding: 4, units: 8, epochs: 10, refits: 5 },
  [gdas.name]: {
    ...{ channels: 2, images: 48, epochs: 2, batchSize: 8, draws: 2, estimator: 'G-S' },
    ...{ finalists: 8, finetune: 2 },
  },
  [dartsGradient.name]: { channels: 2, images: 48, epochs: 2, batchSize: 8 },
};

/** Spaces of strategies that need more than the small space has. */
const SPACES: Readonly<Record<string, Space>> = { [pnas.name]: nasBench201 };

describe.each(listStrategies().map((strategy) => [strategy.name, strategy] as const))(
  'the strategy %s',
  (name, strategy) => {
    for (const check of strategyContract(strategy, {
      settings: SETTINGS[name],
      space: SPACES[name],
      source,
    })) {
      it(check.name, async () => await check.run());
    }
  },
);

describe.each([
  { strategy: gdas, answer: 'policy' },
  { strategy: dartsGradient, answer: 'best' },
])('the strategy $strategy.name with the answer $answer', ({ strategy, answer }) => {
  const settings = { ...SETTINGS[strategy.name], answer, finalists: 4 };
  for (const check of strategyContract(strategy, { settings, source })) {
    it(check.name, async () => await check.run());
  }
});

describe.each([gdas, dartsGradient])('the strategy $name with finalists that are trained on', (strategy) => {
  const ending = { answer: 'best', finalists: 5, finetune: 2, halving: 2 };
  for (const check of strategyContract(strategy, {
    settings: { ...SETTINGS[strategy.name], ...ending },
    source,
  })) {
    it(check.name, async () => await check.run());
  }
});

/** Ends of a search in stages, the last of which trains for a moment. */
const SHORTLIST = {
  shortlist: 4,
  stages: [
    { metrics: [DEFAULT_OBJECTIVE], repeats: 2, keep: 2 },
    { metrics: [{ [DEFAULT_STAGE]: { epochs: 1, images: 16, validation: 16, batchSize: 8 } }] },
  ],
};

describe.each(listStrategies().map((strategy) => [strategy.name, strategy] as const))(
  'the strategy %s with a shortlist',
  (name, strategy) => {
    const settings = { ...SETTINGS[name], ...SHORTLIST };
    for (const check of strategyContract(strategy, { settings, space: SPACES[name], source })) {
      it(check.name, async () => await check.run());
    }
  },
);

describe.each([random, evolution])('the strategy $name with comparisons by rank test', (strategy) => {
  const settings = { ...SETTINGS[strategy.name], repeats: 3, compare: 'mann-whitney' };
  for (const check of strategyContract(strategy, { settings, metrics: [DEFAULT_OBJECTIVE], source })) {
    it(check.name, async () => await check.run());
  }
});

describe.each([manas, manasLs])('the strategy $name without training', (strategy) => {
  const settings = { ...SETTINGS[strategy.name], loss: 'metrics', rounds: 60 };
  for (const check of strategyContract(strategy, { settings, source })) {
    it(check.name, async () => await check.run());
  }
});

describe.each([manas, manasLs])('the strategy $name with agents in every cell', (strategy) => {
  const settings = { ...SETTINGS[strategy.name], agents: 'unique', scale: 'raw' };
  for (const check of strategyContract(strategy, { settings, source })) {
    it(check.name, async () => await check.run());
  }
});

describe('the contract', () => {
  const settings = z.strictObject({ size: z.int().default(3).describe('how many') });
  const first: Strategy<z.output<typeof settings>> = {
    name: 'first',
    title: 'the first of a few',
    paper: '',
    needs: [],
    metrics: ['params'],
    settings,
    async run(ask, { size }) {
      ask.plan({ steps: [1, size - 1] });
      const architectures = ask.space.sample({ count: size, seed: ask.seed });
      for (const some of [architectures.slice(0, 1), architectures.slice(1)]) {
        await ask.step('look', async () => await ask.score(some));
      }
      return { architecture: architectures[0]! };
    },
  };

  const broken = async (strategy: Strategy): Promise<string[]> => {
    const failed: string[] = [];
    for (const { name, run } of strategyContract(strategy)) {
      try {
        await run();
      } catch {
        failed.push(name);
      }
    }
    return failed;
  };

  it('passes a strategy that does as it should', async () => {
    expect(await broken(first)).toEqual([]);
  });

  it.each<[string, Partial<Strategy> | string, RegExp]>([
    ['no object', 'first', /must be an object/],
    ['a name in capitals', { name: 'First' }, /name must be/],
    ['a need that nobody knows', { needs: ['time'] as never }, /needs must be a list/],
    ['a metric that nobody knows', { metrics: ['luck'] }, /unknown metric "luck"/],
    ['no run', { run: undefined as never }, /run must be a function/],
    [
      'settings without descriptions',
      { settings: z.strictObject({ size: z.int().default(3) }) },
      /description/,
    ],
    [
      'settings without defaults',
      { settings: z.strictObject({ size: z.int().describe('how many') }) },
      /size/,
    ],
    ['settings that take anything', { settings: z.object({}) }, /was accepted/],
    ['a flag for no setting', { flags: { many: 'sizes' } }, /no setting sizes/],
  ])('refuses %s when it is loaded', async (_, change, problem) => {
    const strategy = typeof change === 'string' ? change : { ...first, ...change };
    const run = async () => {
      for (const check of quickStrategyContract(strategy as Strategy)) await check.run();
    };
    await expect(run()).rejects.toThrowError(problem);
  });

  it('finds chance that does not come from the seed', async () => {
    let calls = 0;
    const moody: Strategy<z.output<typeof settings>> = {
      ...first,
      async run(ask, { size }) {
        ask.plan({ steps: [size, 1] });
        const architectures = ask.space.sample({ count: size, seed: calls++ });
        for (const step of ['one', 'two']) await ask.step(step, async () => await ask.score(architectures));
        return { architecture: architectures[0]! };
      },
    };
    expect((await broken(moody)).filter((name) => /same/.test(name)).length).toBeGreaterThan(0);
  });

  it('finds an architecture of another space', async () => {
    const lost: Strategy<z.output<typeof settings>> = {
      ...first,
      async run(ask, given) {
        await first.run(ask, given);
        return { architecture: { space: 'elsewhere' } };
      },
    };
    expect((await broken(lost)).length).toBeGreaterThan(0);
    expect(smallSpace({ supernet: true }).name).not.toBe('elsewhere');
  });
});
