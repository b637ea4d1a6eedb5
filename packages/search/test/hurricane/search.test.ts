import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { syntheticImages } from '@tenas/data';
import { type LatencyModel, stagedDetailSchema } from '@tenas/records';
import { getSpace, type Space } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/support/temporary-folder.js';
import {
  hurricane,
  type LatencyPredictor,
  openLatencyModel,
  readConstraints,
  resolveConstraints,
  runSearch,
} from '../../src/index.js';

const folder = temporaryFolder();
const source = syntheticImages({ classes: 4, size: 8 });
const small = {
  ...{ channels: 2, images: 64, epochs: 1, batchSize: 16, statisticsBatches: 1 },
  ...{ population: 6, generations: 2, parents: 3, crossovers: 2, mutations: 2 },
};

const search = async (space: Space, settings: object, latency?: LatencyPredictor) =>
  await runSearch({
    space,
    source,
    strategy: hurricane,
    settings: { ...small, ...settings },
    seed: 1,
    latency,
  });

/** A model in which each choice costs its place. */
async function modelOf(space: Space): Promise<LatencyPredictor> {
  const file = join(folder, 'board.json');
  const model: LatencyModel = {
    ...{ kind: 'latency-model', latencyModelVersion: 1, space: space.name, unit: 'ms', device: 'board' },
    ...{ measured: null, table: { file: 'boards.csv', column: 'board' }, fixed: 1 },
    decisions: Object.fromEntries(
      space.decisions.map(({ name, choices }) => [
        name,
        Object.fromEntries(choices.map((choice, place) => [choice, place / 4])),
      ]),
    ),
    fit: { networks: 20, disconnected: 0, unseen: 0, ridge: 1 },
    ...{ check: null, warnings: [] },
  };
  writeFileSync(file, JSON.stringify(model));
  return await openLatencyModel(space, file, 'latency');
}

const chain = getSpace('nas-bench-macro');

describe('hurricane', () => {
  it('evaluates no candidate above a constraint, beside its own bound', async () => {
    const costs = chain.costs(chain.sizes.final(source));
    const drawn = chain.sample({ count: 30, seed: 1 }).map((one) => costs.of(one).params);
    for (const share of [0.02, 0.3]) {
      const limit = drawn.toSorted((a, b) => a - b)[Math.floor(share * drawn.length)]!;
      const record = await runSearch({
        ...{ space: chain, source, strategy: hurricane, seed: 2 },
        settings: { ...small, budget: 'latency', bound: 2.5, operators: 1 },
        latency: await modelOf(chain),
        constraints: resolveConstraints(readConstraints([`params<=${limit}`]), {
          space: chain,
          images: source,
        }),
      });
      const { stages } = stagedDetailSchema.parse(record.detail);
      for (const { architecture, cost } of stages.flatMap(({ candidates }) => candidates)) {
        expect(costs.of(chain.parse(architecture)).params).toBeLessThanOrEqual(limit);
        expect(cost).toBeLessThanOrEqual(2.5);
      }
      expect(record.constraints![0]!.value).toBeLessThanOrEqual(limit);
    }
  });

  it('searches late layers, then early ones, within the latency that a model predicts', async () => {
    const latency = await modelOf(chain);
    const record = await search(chain, { budget: 'latency', bound: 2.5 }, latency);
    const detail = stagedDetailSchema.parse(record.detail);
    expect(detail).toMatchObject({
      bound: 2.5,
      unit: 'ms',
      latency: { file: latency.file, device: 'board' },
    });
    expect(detail.stages.map(({ name, searched }) => [name, searched.length])).toEqual([
      ['late', 5],
      ['early', 3],
    ]);
    const [late, early] = detail.stages as [(typeof detail.stages)[number], (typeof detail.stages)[number]];
    for (const { candidates } of detail.stages) {
      for (const { architecture, cost } of candidates) {
        const choices = Object.values(chain.choicesOf(chain.parse(architecture)));
        expect(cost).toBeCloseTo(1 + choices.reduce((sum, choice) => sum + Number(choice), 0) / 4, 9);
        expect(cost).toBeLessThanOrEqual(2.5);
      }
    }
    expect(early.candidates[0]!.architecture.slice(3)).toBe(late.candidates[0]!.architecture.slice(3));
    expect(record.architecture).toBe(early.candidates[0]!.architecture);
    expect(record.steps.map(({ label }) => label)).toEqual([
      'late layers: training',
      'late layers: evolution',
      'early layers: training',
      'early layers: evolution',
    ]);
  });

  it('bounds multiply-adds without a model, at the median of random architectures', async () => {
    const record = await search(chain, { order: 'joint', statistics: 'batch', bins: 1 });
    const detail = stagedDetailSchema.parse(record.detail);
    expect(detail).toMatchObject({ unit: 'M multiply-adds', latency: null });
    expect(detail.stages).toHaveLength(1);
    const { macs } = chain.costs(chain.sizes.final(source)).of(chain.parse(record.architecture!));
    expect(macs / 1e6).toBeLessThanOrEqual(detail.bound);
  });

  it('keeps a few of its own 32 operators in each layer', async () => {
    const record = await search(getSpace('hurricane'), {
      ...{ operators: 2, order: 'joint', bins: 1, images: 32, generations: 1 },
      ...{ population: 2, crossovers: 1, mutations: 1, statistics: 'batch' },
    });
    const { layers } = stagedDetailSchema.parse(record.detail);
    expect(layers).toHaveLength(20);
    for (const { operators } of layers) {
      expect(operators).toHaveLength(32);
      expect(operators.filter(({ kept }) => kept)).toHaveLength(2);
      expect(operators.find(({ cost }) => cost === 0)?.kept).toBe(true);
    }
  });

  it.each([
    [{ budget: 'latency' }, 'settings.budget must be macs, or a latency model beside it'],
    [{ latency: join(folder, 'board.json') }, 'settings.latency'],
    [{ population: 3 }, 'settings.crossovers must be at most population - mutations'],
    [{ bound: 0.001 }, 'the cheapest architecture'],
  ])('refuses %j', async (settings, problem) => {
    await expect(search(chain, settings)).rejects.toThrow(problem);
  });

  it.each(['nats-size', 'darts'])(
    'refuses %s, and does not name itself among what works there',
    async (name) => {
      const refusal = search(getSpace(name), {});
      await expect(refusal).rejects.toMatchObject({ code: 'SPACE_UNFIT', field: 'space' });
      await expect(refusal).rejects.toThrow(
        /no layers to decide on.* strategies that work there are (?!.*hurricane)/,
      );
    },
  );
});
