import { hypervolume, midRanks, paretoFront, RandomStream, type Solution } from '@tenas/base';
import { syntheticImages } from '@tenas/data';
import { type CountingMetric, macs, params } from '@tenas/metrics';
import { smallSpace } from '@tenas/metrics/contract';
import { type CompleteSearch, minimisedValues } from '@tenas/records';
import { isConnected, nasBench101, nasBench201, natsSize, type Space } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import {
  type LatencyPredictor,
  type RunSearchOptions,
  readConstraints,
  resolveConstraints,
  runSearch,
} from '../src/index.js';
import { survivors, tournament } from '../src/nsga2/selection.js';

const source = syntheticImages();

/** Stands for an accuracy: grows with the network's size by ever less, with noise that is the same for equal networks. */
function noisy(name: string, size: (cost: { params: number; macs: number }) => number): CountingMetric {
  return {
    ...params,
    name,
    title: name,
    better: 'higher',
    count: ({ cost }) => {
      const noise = new RandomStream(name, cost.params, cost.macs).unit();
      return Math.log(1 + size(cost)) * (0.96 + 0.04 * noise);
    },
  };
}
const bySize = noisy('by-size', (cost) => cost.params / 1e4);
const byWork = noisy('by-work', (cost) => cost.macs / 1e6);

async function searched(settings: object, options: Partial<RunSearchOptions> = {}): Promise<CompleteSearch> {
  return await runSearch({
    space: nasBench201,
    source,
    strategy: 'nsga2',
    metrics: [bySize],
    settings,
    ...options,
  });
}

/** The values of a front by objective, all minimised. */
function pointsOf({ front, objectives }: CompleteSearch): number[][] {
  return front!.map((member) => minimisedValues(member, objectives!));
}

function keysOf(space: Space, texts: readonly string[]): string[] {
  return texts.map((text) => {
    const architecture = space.parse(text);
    return space.isomorphism?.key(architecture) ?? text;
  });
}

const fronts = new Map<CountingMetric, Promise<CompleteSearch>>();

/** All networks of the space by a metric, with their front by both costs; scored once. */
function allScored(metric: CountingMetric): Promise<CompleteSearch> {
  const known = fronts.get(metric);
  if (known !== undefined) return known;
  const settings = {
    samples: nasBench201.enumeration.size,
    objectives: ['score', params.name, macs.name],
  };
  const found = searched(settings, { strategy: 'random', metrics: [metric] });
  fronts.set(metric, found);
  return found;
}

interface Detail {
  readonly history: readonly { readonly architecture: string; readonly parents: readonly number[] }[];
}

describe('NSGA-II', () => {
  it.each([
    { metric: bySize, cost: params.name, seed: 1 },
    { metric: bySize, cost: macs.name, seed: 2 },
    { metric: byWork, cost: params.name, seed: 3 },
    { metric: byWork, cost: macs.name, seed: 4 },
  ])(
    'finds 97 % of the hypervolume of $metric.name against $cost in 1,000 evaluations of 5,260',
    async ({ metric, cost, seed }) => {
      const objectives = ['score', cost];
      const all = await allScored(metric);
      expect(all.scored).toHaveLength(5260);
      // The front of both costs has that of each, and what it has besides adds nothing to the hypervolume.
      const points = pointsOf(all).map((values) => [values[0]!, values[cost === params.name ? 1 : 2]!]);
      const exact = paretoFront(points).map((place) => points[place]!);
      const found = await searched({ objectives }, { metrics: [metric], seed });
      expect(found.scored).toHaveLength(1000);
      // The worst values of the exact front, so that its ends add nothing by themselves.
      const reference = [0, 1].map((at) => Math.max(...exact.map((point) => point[at]!)));
      const share = hypervolume(pointsOf(found), reference) / hypervolume(exact, reference);
      expect(share).toBeGreaterThanOrEqual(0.97);
      expect(share).toBeLessThanOrEqual(1);
      // As many drawn at random get no further.
      const drawn = await searched(
        { samples: 1000, objectives },
        { strategy: 'random', metrics: [metric], seed },
      );
      const byChance = hypervolume(pointsOf(drawn), reference) / hypervolume(exact, reference);
      expect(share).toBeGreaterThanOrEqual(byChance);
    },
  );

  it.each([
    ['nas-bench-201', nasBench201, 90],
    ['nats-size', natsSize, 90],
    ['nas-bench-101', nasBench101, 40],
  ] as const)('evaluates no network of %s twice', async (_, space, evaluations) => {
    const { detail, scored } = await searched({ population: 12, evaluations }, { space });
    const { history } = detail as Detail;
    expect(history).toHaveLength(evaluations);
    expect(scored).toHaveLength(evaluations);
    expect(
      new Set(
        keysOf(
          space,
          history.map(({ architecture }) => architecture),
        ),
      ).size,
    ).toBe(evaluations);
    for (const [place, { parents }] of history.entries()) {
      for (const parent of parents) expect(parent).toBeLessThan(place);
    }
  });

  it('has a front of all that it evaluated, the best by the first objective first', async () => {
    const found = await searched({
      population: 10,
      evaluations: 60,
      objectives: ['score', 'params', 'macs'],
    });
    const points = pointsOf(found);
    expect(paretoFront(points)).toEqual([...points.keys()]);
    expect(points.map(([first]) => first!)).toEqual(points.map(([first]) => first!).sort((a, b) => a - b));
    expect(found.architecture).toBe(found.front![0]!.architecture);
    expect(found.scores![bySize.name]!.value).toBe(found.front![0]!.values.score);
    const costs = nasBench201.costs(nasBench201.sizes.final(source));
    for (const { architecture, values } of found.front!) {
      const cost = costs.of(nasBench201.parse(architecture));
      expect(values).toMatchObject({ params: cost.params, macs: cost.macs });
    }
    const all = found.scored.map(({ architecture, scores }) => {
      const cost = costs.of(nasBench201.parse(architecture));
      return [-scores[bySize.name]!.value!, cost.params, cost.macs];
    });
    expect(paretoFront(all)).toHaveLength(points.length);
  });

  it('takes the cheapest of isomorphic architectures, and no constant for a network', async () => {
    const least: CountingMetric = { ...params, name: 'least', count: ({ cost }) => cost.params };
    const found = await searched(
      { population: 20, evaluations: 120, objectives: ['least', 'macs'] },
      { metrics: [least] },
    );
    // Both objectives are costs: without the rule, a cell of zeros were the whole front.
    for (const { architecture } of found.front!) {
      expect(isConnected(nasBench201, nasBench201.parse(architecture)), architecture).toBe(true);
    }
    const costs = nasBench201.costs(nasBench201.sizes.final(source));
    const cheapest = new Map<string, number>();
    for (let place = 0; place < nasBench201.enumeration.size; place++) {
      const one = nasBench201.enumeration.at(place);
      const key = nasBench201.isomorphism.key(one);
      cheapest.set(key, Math.min(cheapest.get(key) ?? Number.POSITIVE_INFINITY, costs.of(one).macs));
    }
    for (const { architecture } of found.scored) {
      const one = nasBench201.parse(architecture);
      expect(costs.of(one).macs, architecture).toBe(cheapest.get(nasBench201.isomorphism.key(one)));
    }
  });

  it('ends once a small space is used up', async () => {
    const { detail, front } = await searched(
      { population: 4, evaluations: 50 },
      { space: smallSpace({ supernet: false }) },
    );
    expect((detail as Detail).history).toHaveLength(9);
    expect(front!.length).toBeGreaterThan(0);
  });

  it('evaluates nothing that a constraint refuses', async () => {
    const costs = nasBench201.costs(nasBench201.sizes.final(source));
    const limit = 120_000;
    const constraints = resolveConstraints(readConstraints([`params<=${limit}`]), {
      space: nasBench201,
      images: source,
    });
    const {
      scored,
      front,
      constraints: kept,
    } = await searched({ population: 10, evaluations: 80 }, { constraints });
    expect(scored).toHaveLength(80);
    for (const { architecture } of [...scored, ...front!]) {
      expect(costs.of(nasBench201.parse(architecture)).params).toBeLessThanOrEqual(limit);
    }
    expect(kept).toMatchObject([{ name: 'params', limit, value: front![0]!.values.params }]);
  });

  it('takes the latency that a model predicts, and goes on with the same model alone', async () => {
    const latency: LatencyPredictor = {
      ...{ file: 'laptop.json', device: 'laptop', digest: 'a'.repeat(64) },
      ms: (choices) =>
        Object.values(choices).reduce((sum, choice) => sum + (choice.startsWith('nor_conv') ? 0.5 : 0.01), 1),
    };
    const settings = { population: 8, evaluations: 40, objectives: ['score', 'latency'] };
    const found = await searched(settings, { latency });
    const { file, device, digest } = latency;
    expect(found.objectives![1]).toEqual({
      name: 'latency',
      title: 'predicted latency on laptop',
      better: 'lower',
      unit: 'ms',
      model: { file, device, digest },
    });
    for (const { architecture, values } of found.front!) {
      const choices = nasBench201.choicesOf(nasBench201.parse(architecture));
      expect(values.latency).toBe(latency.ms(choices));
    }
    const other = { ...latency, file: 'moved.json' };
    const again = await searched(settings, { latency: other, before: found });
    expect(again.front).toEqual(found.front);
    await expect(
      searched(settings, { latency: { ...other, digest: 'b'.repeat(64) }, before: found }),
    ).rejects.toMatchObject({ code: 'RESUME_INVALID', field: 'objectives' });
    await expect(searched(settings)).rejects.toMatchObject({
      code: 'SETTING_INVALID',
      message: expect.stringContaining('--latency-model'),
    });
  });

  it('takes the memory of a network', async () => {
    const { front, objectives } = await searched({
      population: 4,
      evaluations: 8,
      objectives: ['score', 'memory'],
    });
    expect(objectives![1]).toMatchObject({ name: 'memory', unit: 'bytes', better: 'lower' });
    for (const { values } of front!) expect(values.memory! % 4).toBe(0);
  });

  it('takes any metric as an objective, in the direction that is asked for', async () => {
    const settings = { population: 6, evaluations: 18, objectives: ['by-size', 'depth:lower', 'l2-norm'] };
    const found = await searched(settings);
    expect(found.objectives).toEqual([
      { name: 'by-size', title: 'by-size', better: 'higher' },
      { name: 'depth', title: expect.any(String), better: 'lower' },
      { name: 'l2-norm', title: expect.any(String), better: 'higher' },
    ]);
    expect(found.metrics.map(({ name }) => name)).toEqual(['by-size', 'depth', 'l2-norm']);
    for (const { scores } of found.scored) expect(Object.keys(scores)).toHaveLength(3);
  });

  it('ranks by an aggregate, whose values are relative to all that was evaluated', async () => {
    const settings = { population: 6, evaluations: 24 };
    const { front, objectives, scored } = await searched(settings, { metrics: [bySize, byWork] });
    expect(objectives![0]).toMatchObject({ name: 'score', better: 'higher' });
    const ranks = [bySize, byWork].map(({ name }) =>
      midRanks(scored.map(({ scores }) => scores[name]!.value!)),
    );
    const worth = scored.map((_, at) =>
      ranks.reduce((sum, of) => sum + Math.log(of[at]! / scored.length), 0),
    );
    const best = worth.indexOf(Math.max(...worth));
    expect(front![0]!.architecture).toBe(scored[best]!.architecture);
    expect(front![0]!.values.score).toBeCloseTo(worth[best]!, 12);
  });

  it('evaluates nothing where all objectives follow from the architecture', async () => {
    const { scored, scores, evaluations, front } = await searched({
      population: 6,
      evaluations: 12,
      objectives: ['params', 'macs:higher'],
    });
    expect(scored).toEqual([]);
    expect(Object.keys(scores!)).toEqual([bySize.name]);
    expect(evaluations).toEqual({});
    expect(front!.length).toBeGreaterThan(1);
  });

  it('leaves out of the front what has no value', async () => {
    const some: CountingMetric = {
      ...params,
      name: 'some',
      count: ({ cost }) => (cost.params % 3 === 0 ? { failure: 'none' } : cost.params),
    };
    const { front, scored } = await searched({ population: 8, evaluations: 40 }, { metrics: [some] });
    expect(scored.some(({ scores }) => scores.some!.value === null)).toBe(true);
    for (const { values } of front!) expect(values.score! % 3).not.toBe(0);
  });

  it.each([
    [['score', 'score'], 'SETTING_INVALID'],
    [['score', 'no-such-metric'], 'UNKNOWN_METRIC'],
    [['score'], 'SETTING_INVALID'],
    [['score', 'params:up'], 'SETTING_INVALID'],
  ])('refuses the objectives %j', async (objectives, code) => {
    await expect(searched({ objectives })).rejects.toMatchObject({
      code,
      field: expect.stringMatching(/^settings\.objectives/),
    });
  });
});

describe('a mistyped objective', () => {
  it.each([
    ['paramz', 'did you mean params?'],
    ['scor', 'did you mean score?'],
    ['latncy', 'did you mean latency?'],
    ['naswto', 'did you mean naswot?'],
  ])('%s is told with the one that is meant', async (name, hint) => {
    await expect(searched({ objectives: ['macs', name] })).rejects.toMatchObject({
      code: 'UNKNOWN_METRIC',
      message: expect.stringContaining(hint),
    });
  });
});

describe('the front of another strategy', () => {
  it.each(['random', 'evolution'])('is that of all that %s scored', async (strategy) => {
    const few = strategy === 'random' ? { samples: 40 } : { population: 10, cycles: 40 };
    const found = await searched({ ...few, objectives: ['score', 'macs', 'depth:lower'] }, { strategy });
    const plain = await searched(few, { strategy });
    expect(found.architecture).toBe(plain.architecture);
    expect(plain).not.toHaveProperty('front');
    expect(plain).not.toHaveProperty('objectives');
    expect(plain.settings).not.toHaveProperty('objectives');
    const points = pointsOf(found);
    expect(paretoFront(points)).toEqual([...points.keys()]);
    expect(found.front!.some(({ architecture }) => architecture === found.architecture)).toBe(true);
  });
});

describe('the selection', () => {
  const solutions: Solution[] = [
    [0, 9],
    [1, 5],
    [2, 4],
    [9, 0],
    [9, 9],
    [2, 6],
  ].map((objectives) => ({ objectives }));

  it('keeps whole fronts, and of the last one the least crowded', () => {
    expect(survivors(solutions, 5).map(({ place, rank }) => [place, rank])).toEqual([
      [0, 0],
      [3, 0],
      [2, 0],
      [1, 0],
      [5, 1],
    ]);
    expect(survivors(solutions, 3).map(({ place }) => place)).toEqual([0, 3, 2]);
    expect(survivors(solutions, 100)).toHaveLength(6);
  });

  it('prefers parents of lower fronts, then less crowded ones', () => {
    const alive = survivors(solutions, 6);
    const random = new RandomStream('tournaments');
    const wins = new Map<number, number>();
    for (let round = 0; round < 3600; round++) {
      const { place } = tournament(alive, random);
      wins.set(place, (wins.get(place) ?? 0) + 1);
    }
    // Of 36 pairs: the last wins against itself alone, the two ends win against all but each other.
    expect(wins.get(4)! / 100).toBeCloseTo(1, 0);
    expect(wins.get(5)! / 100).toBeCloseTo(3, -0.5);
    expect(wins.get(1)! / 100).toBeLessThan(wins.get(2)! / 100);
    expect((wins.get(0)! + wins.get(3)!) / 100).toBeCloseTo(20, -0.5);
  });
});
