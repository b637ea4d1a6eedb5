import { syntheticImages } from '@tenas/data';
import type { PruneDetail } from '@tenas/records';
import { getSpace, type Space } from '@tenas/spaces';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Constraint,
  type Protocol,
  pruning,
  readConstraints,
  resolveConstraints,
  runSearch,
} from '../../src/index.js';
import { FakeEvaluator } from '../prune/fake-evaluator.js';

const source = syntheticImages();
const cells = getSpace('nas-bench-201');
const darts = getSpace('darts');

interface Pruned {
  readonly space: Space;
  readonly protocol?: Protocol;
  readonly constraints?: readonly Constraint[];
  readonly seed?: number;
}

async function pruned({ space, protocol = 'paper', constraints, seed = 0 }: Pruned) {
  // Its measurements depend on the seed.
  const record = await runSearch({
    ...{ space, source, constraints, seed },
    strategy: pruning(() => new FakeEvaluator({ kappa: (active, draw) => scatter(active, draw, seed) })),
    metrics: [],
    settings: { protocol },
  });
  return { ...record, detail: record.detail as PruneDetail };
}

function scatter(...parts: readonly unknown[]): number {
  let hash = 1;
  for (const character of JSON.stringify(parts)) hash = (hash * 31 + character.charCodeAt(0)) % 1_000_003;
  return 1 + hash;
}

function bounds(space: Space, ...texts: string[]): Constraint[] {
  return resolveConstraints(readConstraints(texts), { space, images: source });
}

function meets(space: Space, constraints: readonly Constraint[], text: string): boolean {
  return constraints.every(({ costOf, limit }) => costOf(space.parse(text)) <= limit);
}

describe('pruning within constraints', () => {
  it.each(['paper', 'fast', 'te-nas-finals'] as const)(
    'under %s reaches every budget of NAS-Bench-201 that can be met',
    async (protocol) => {
      const costs = cells.costs(cells.sizes.final(source));
      await fc.assert(
        fc.asyncProperty(fc.nat(4 ** 6 - 1), fc.nat(4 ** 6 - 1), fc.nat(100), async (one, other, seed) => {
          // A budget that a cell just meets, and another one of another cell, not below the cheapest.
          const [{ params }, { macs }] = [one, other].map((number) => costs.of(cellOf(number))) as [
            ReturnType<typeof costs.of>,
            ReturnType<typeof costs.of>,
          ];
          const constraints = bounds(cells, `params<=${params}`, `macs<=${macs}`);
          const found = await pruned({ space: cells, protocol, constraints, seed });
          expect(meets(cells, constraints, found.architecture), found.architecture).toBe(true);
          for (const stage of found.detail.finals?.stages ?? []) {
            for (const { architecture } of stage.finalists) {
              expect(meets(cells, constraints, architecture)).toBe(true);
            }
          }
        }),
        { numRuns: protocol === 'paper' ? 25 : 4 },
      );
    },
  );

  it('reaches the cheapest budgets of DARTS, edges included', async () => {
    const free = await pruned({ space: darts });
    const [{ params }, { macs }] = await Promise.all([cheapest('params'), cheapest('macs')]);
    for (const [seed, texts] of [
      [`params<=${params}`],
      [`macs<=${macs}`],
      [`params<=${Math.round(1.02 * params)}`, `macs<=${Math.round(1.05 * macs)}`],
      [`params<=${Math.round(1.3 * params)}`],
    ].entries()) {
      const constraints = bounds(darts, ...texts);
      const found = await pruned({ space: darts, constraints, seed });
      expect(meets(darts, constraints, found.architecture), texts.join()).toBe(true);
      expect(found.detail.rounds).toHaveLength(free.detail.rounds.length);
    }
  });

  it('prunes as without constraints where all can be met, and otherwise where one cannot', async () => {
    const free = await pruned({ space: cells, seed: 4 });
    const wide = await pruned({ space: cells, seed: 4, constraints: bounds(cells, 'params<=10M') });
    expect(wide.detail).toEqual(free.detail);
    const { params } = cells.costs(cells.sizes.final(source)).of(cells.parse(free.architecture));
    const tight = await pruned({
      space: cells,
      seed: 4,
      constraints: bounds(cells, `params<=${params - 1}`),
    });
    expect(tight.architecture).not.toBe(free.architecture);
    // The first round prunes alike: what is left by then still fits.
    expect(tight.detail.rounds[0]).toEqual(free.detail.rounds[0]);
  });

  it('says at once that no operation it may choose is cheap enough', async () => {
    await expect(pruned({ space: cells, constraints: bounds(cells, 'macs<=7M') })).rejects.toMatchObject({
      code: 'BUDGET_INFEASIBLE',
    });
  });
});

/** A cell without the operation none, which pruning does not start from. */
function cellOf(number: number): object {
  let rest = number;
  const choices = cells.decisions.map(({ name, choices: all }) => {
    const open = all.filter((choice) => choice !== 'none');
    const choice = open[rest % open.length]!;
    rest = Math.floor(rest / open.length);
    return [name, choice] as const;
  });
  return cells.fromChoices(Object.fromEntries(choices));
}

/** The costs of the architecture of DARTS that an infeasible budget names. */
async function cheapest(name: 'params' | 'macs') {
  const refused: unknown = await pruned({ space: darts, constraints: bounds(darts, `${name}<=1`) }).catch(
    (error: unknown) => error,
  );
  const text = /(Genotype\(.*\)) with/.exec((refused as Error).message)![1]!;
  return darts.costs(darts.sizes.final(source)).of(darts.parse(text));
}
