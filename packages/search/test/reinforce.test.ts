import { mean, RandomStream } from '@tenas/base';
import { syntheticImages } from '@tenas/data';
import { type CountingMetric, params, RankedPopulation } from '@tenas/metrics';
import { mobileNetV2, nasBench101, nasBench201, natsSize } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { type RunSearchOptions, runSearch } from '../src/index.js';
import { MovingAverage, Policy } from '../src/reinforce/policy.js';
import { ChangeRewards, RankRewards } from '../src/reinforce/rewards.js';

const source = syntheticImages();
const most: CountingMetric = { ...params, name: 'most', better: 'higher' };
const ALL_CONV3 =
  '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|';

interface Detail {
  readonly decisions: readonly { readonly name: string; readonly choices: readonly string[] }[];
  readonly states: readonly {
    readonly drawn: number;
    readonly entropy: number;
    readonly probabilities: readonly (readonly number[])[];
  }[];
}

async function reinforced(settings: object, options: Partial<RunSearchOptions> = {}) {
  return await runSearch({
    space: nasBench201,
    source,
    strategy: 'reinforce',
    metrics: [most],
    settings,
    ...options,
  });
}

const DECISIONS = [
  { name: 'first', choices: ['a', 'b', 'c'] },
  { name: 'second', choices: ['a', 'b'] },
];

describe('a policy', () => {
  it('learns as PyTorch 1.13 does by Adam from -advantage * log_softmax', () => {
    const policy = new Policy(DECISIONS, { normal: () => 0 });
    policy.learn([{ actions: [1, 0], advantage: 2 }], 0.1);
    expect(policy.probabilities.map((chances) => [...chances])).toEqual([
      [0.310423773717826, 0.3791524525643481, 0.310423773717826].map((one) => expect.closeTo(one, 7)),
      [0.5498339968174447, 0.4501660031825552].map((one) => expect.closeTo(one, 7)),
    ]);
    const episodes = [
      { actions: [0, 1], advantage: -1 },
      { actions: [2, 1], advantage: 0.5 },
    ];
    policy.learn(episodes, 0.1);
    expect(policy.probabilities.map((chances) => [...chances])).toEqual([
      [0.28431556708853456, 0.4110172843995053, 0.30466714851196014].map((one) => expect.closeTo(one, 7)),
      [0.5873543286605262, 0.412645671339474].map((one) => expect.closeTo(one, 7)),
    ]);
    expect(policy.likeliest).toEqual([1, 0]);
  });

  it('draws by its probabilities', () => {
    const policy = new Policy(DECISIONS, new RandomStream('a policy', 1));
    for (let step = 0; step < 8; step++) policy.learn([{ actions: [2, 1], advantage: 1 }], 0.1);
    const random = new RandomStream('its draws', 1);
    const count = 20_000;
    const drawn = [new Float64Array(3), new Float64Array(2)];
    for (let draw = 0; draw < count; draw++) {
      for (const [decision, place] of policy.draw(random).entries()) drawn[decision]![place]!++;
    }
    for (const [decision, chances] of policy.probabilities.entries()) {
      const chiSquare = chances.reduce(
        (sum, chance, place) => sum + (drawn[decision]![place]! - count * chance) ** 2 / (count * chance),
        0,
      );
      // The 99.9 % quantiles of 2 degrees of freedom and of 1.
      expect(chiSquare).toBeLessThan([13.8, 10.8][decision]!);
    }
    expect(policy.entropy).toBeLessThan((Math.log(3) + Math.log(2)) / 2);
    expect(new Policy(DECISIONS, random).entropy).toBeCloseTo((Math.log(3) + Math.log(2)) / 2, 5);
  });
});

describe('rewards', () => {
  const cost = { name: 'cost', better: 'lower' } as const;
  const gain = { name: 'gain', better: 'higher' } as const;
  const scoresOf = (...values: (number | null)[]) => ({
    cost: { value: values[0]!, repeats: [] },
    gain: { value: values[1]!, repeats: [] },
  });

  it('are changes over the range of the last ones, as in TEG-NAS', () => {
    const rewards = new ChangeRewards([cost, gain], 3);
    expect(rewards.next(scoresOf(10, 1))).toBe(0);
    // The cost falls by all of its range, the gain rises by all of its own.
    expect(rewards.next(scoresOf(6, 3))).toBeCloseTo(2, 5);
    expect(rewards.next(scoresOf(8, 2))).toBeCloseTo(-2 / 4 - 1 / 2, 5);
    // Of the last three: costs 6, 8, 7 and gains 3, 2, 2.
    expect(rewards.next(scoresOf(7, 2))).toBeCloseTo(1 / 2, 5);
    // No value: the worst so far, a cost of 10 and a gain of 1.
    expect(rewards.next(scoresOf(null, null))).toBeCloseTo(-3 / 3 - 1, 5);
  });

  it('are worths among all so far that do not grow with their number', () => {
    for (const rule of ['rank-sum', 'log-rank', 'max-sum', 'lexicographic'] as const) {
      const history = new RankedPopulation({ terms: [gain, cost], rule, missing: 'drop' });
      const rewards = new RankRewards(history);
      const earned = Array.from({ length: 200 }, (_, place) => {
        const scores = scoresOf(1 + (place % 7), place % 10 === 9 ? null : 2 + (place % 5));
        history.add(scores);
        return rewards.next();
      });
      expect(earned.every(Number.isFinite)).toBe(true);
      expect(Math.max(...earned.slice(1).map(Math.abs))).toBeLessThanOrEqual(2 * Math.log(200));
      if (rule === 'rank-sum') expect(Math.max(...earned)).toBeLessThanOrEqual(2);
    }
  });

  it('have a moving average that is no average with 0', () => {
    const average = new MovingAverage(0.9);
    expect(average.value).toBe(0);
    average.add(4);
    expect(average.value).toBeCloseTo(4, 12);
    average.add(8);
    expect(average.value).toBeCloseTo((0.9 * 0.1 * 4 + 0.1 * 8) / (0.9 * 0.1 + 0.1), 12);
  });
});

describe('REINFORCE', () => {
  it('makes likelier what the metric likes', async () => {
    const found = await reinforced({ cycles: 300, rate: 0.2, answer: 'policy' });
    expect(found.architecture).toBe(ALL_CONV3);
    const { states, decisions } = found.detail as Detail;
    expect(states).toHaveLength(12);
    expect(states.at(-1)!.entropy).toBeLessThan(0.3 * states[0]!.entropy);
    for (const [place, chances] of states.at(-1)!.probabilities.entries()) {
      expect(chances[decisions[place]!.choices.indexOf('nor_conv_3x3')]).toBeGreaterThan(0.8);
    }
  });

  it('finds more than as many random architectures', async () => {
    const value = async (strategy: string, settings: object, seed: number) =>
      (await reinforced(settings, { strategy, seed })).scores!.most!.value!;
    const seeds = [0, 1, 2, 3];
    const sums = await Promise.all(
      [
        ['reinforce', { cycles: 100, rate: 0.2 }] as const,
        ['reinforce', { cycles: 100, rate: 0.2, reward: 'change' }] as const,
        ['random', { samples: 100 }] as const,
      ].map(async ([strategy, settings]) => {
        const values = await Promise.all(seeds.map((seed) => value(strategy, settings, seed)));
        return values.reduce((sum, one) => sum + one, 0);
      }),
    );
    expect(sums[0]).toBeGreaterThan(sums[2]!);
    expect(sums[1]).toBeGreaterThan(sums[2]!);
  });

  it('draws several at a time', async () => {
    const { detail, scored } = await reinforced({ cycles: 60, batch: 7 });
    expect((detail as Detail).states.map(({ drawn }) => drawn)).toEqual([25, 50, 60]);
    expect(scored.length).toBeLessThanOrEqual(60);
  });

  it('keeps a hundred states of the policy at most', async () => {
    const { detail } = await reinforced({ cycles: 5030, batch: 500 });
    const { states } = detail as Detail;
    expect(states.length).toBeLessThanOrEqual(101);
    expect(states.at(-1)!.drawn).toBe(5030);
  });

  it.each([natsSize, nasBench101])('searches $name', async (space) => {
    const { scores } = await reinforced({ cycles: 40 }, { space });
    expect(scores!.most!.value).toBeGreaterThan(0);
  });
});

describe('a search by policy in a space with a budget', () => {
  const few: CountingMetric = { ...params, name: 'few', better: 'lower' };

  it('draws architectures within the budget, though hardly any choices make one, and learns from them', async () => {
    const search = async (seed: number) =>
      await reinforced({ cycles: 60, rate: 0.5 }, { space: mobileNetV2, metrics: [few], seed });
    const { architecture, scored } = await search(0);
    expect(mobileNetV2.fromChoices(mobileNetV2.choicesOf(mobileNetV2.parse(architecture)))).toEqual(
      mobileNetV2.parse(architecture),
    );
    expect(scored.length).toBeGreaterThan(50);
    expect((await search(0)).architecture).toBe(architecture);
    const sizes = scored.map(({ scores }) => scores.few!.value!);
    const half = sizes.length >> 1;
    expect(mean(sizes.slice(half))).toBeLessThan(mean(sizes.slice(0, half)));
  });
});
