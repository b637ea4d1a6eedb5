import { RandomStream } from '@tenas/base';
import { getSpace, nasBench201, type Space } from '@tenas/spaces';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optionCosts } from '../../src/constraints/option-costs.js';
import {
  type Constraint,
  FeasibleArchitectures,
  partsOf,
  readConstraints,
  resolveConstraints,
} from '../../src/index.js';

const images = { name: 'cifar10', classes: 10, height: 32, width: 32 };

function within(constraints: readonly Constraint[]) {
  return (architecture: object) => constraints.every(({ costOf, limit }) => costOf(architecture) <= limit);
}

function feasibleOf(space: Space, ...texts: string[]) {
  const constraints = resolveConstraints(readConstraints(texts), { space, images });
  const allowed = within(constraints);
  return { constraints, allowed, feasible: new FeasibleArchitectures(space, constraints, allowed) };
}

const space: Space = getSpace('nas-bench-201');
const cells = Array.from({ length: 15_625 }, (_, index) => nasBench201.enumeration!.at(index));
const counts = cells.map(space.costs(space.sizes.final(images)).of);

describe('costs of choices', () => {
  it.each(['nas-bench-201', 'darts', 'darts-frc', 'fbnet'])('add up in %s', (name) => {
    const one = getSpace(name);
    const [constraint] = resolveConstraints(readConstraints(['params<=1M']), { space: one, images });
    expect(optionCosts(partsOf(one), constraint!)?.exact).toBe(true);
  });

  it.each(['nats-size', 'mnasnet'])('do not add up in %s', (name) => {
    const one = getSpace(name);
    const [constraint] = resolveConstraints(readConstraints(['macs<=1G']), { space: one, images });
    expect(optionCosts(partsOf(one), constraint!)?.exact).toBe(false);
  });
});

describe('feasible architectures', () => {
  it('lose the least, as trying all 15,625 cells says, for many budgets', () => {
    const range = (of: (count: (typeof counts)[number]) => number) => {
      const values = counts.map(of);
      return fc.integer({ min: Math.min(...values), max: Math.max(...values) });
    };
    const budget = fc.tuple(
      range(({ params }) => params),
      range(({ macs }) => macs),
      fc.nat(),
    );
    fc.assert(
      fc.property(budget, ([params, macs, seed]) => {
        const { feasible } = feasibleOf(space, `params<=${params}`, `macs<=${macs}`);
        const random = new RandomStream('losses', seed);
        const losses = space.decisions.map(({ choices }) => choices.map(() => random.unit()));
        const lossOf = (architecture: object) => {
          const choices = space.choicesOf(architecture);
          return space.decisions.reduce(
            (sum, { name, choices: all }, place) => sum + losses[place]![all.indexOf(choices[name]!)]!,
            0,
          );
        };
        const allowed = cells.filter(
          (_, index) => counts[index]!.params <= params && counts[index]!.macs <= macs,
        );
        const best = feasible.best((decision, choice) => {
          const place = space.decisions.findIndex(({ name }) => name === decision);
          return losses[place]![space.decisions[place]!.choices.indexOf(choice)]!;
        });
        // One cell costs the least by both.
        expect(allowed.length).toBeGreaterThan(0);
        expect(lossOf(best!)).toBeCloseTo(Math.min(...allowed.map(lossOf)), 12);
        expect(allowed).toContainEqual(best);
      }),
      { numRuns: 40 },
    );
  });

  it('are found under memory, which is no sum', () => {
    const [memory] = feasibleOf(space, 'memory<=1GiB').constraints;
    const drawn = space.sample({ count: 60, seed: 4 }).map((one) => ({ one, cost: memory!.costOf(one) }));
    drawn.sort((a, b) => a.cost - b.cost);
    const { feasible, allowed } = feasibleOf(space, `memory<=${drawn[2]!.cost}B`);
    const parent = drawn.at(-1)!.one;
    expect(allowed(parent)).toBe(false);
    const random = new RandomStream('near');
    expect(allowed(feasible.near(parent, random)!)).toBe(true);
    expect(allowed(feasible.drawn(random)!)).toBe(true);
    expect(() => feasibleOf(space, 'memory<=100KiB').feasible.require()).toThrow(/cheapest .* memory/);
  });

  it.each([
    'darts',
    'darts-frc',
    'nats-size',
    'nas-bench-macro',
    'mnasnet',
    'fbnet',
    'proxylessnas',
    'pnas',
    'nas-bench-101',
  ])('are found in %s within tight budgets', (name) => {
    const one = getSpace(name);
    const costs = one.costs(one.sizes.final(images));
    const params = one.sample({ count: 40, seed: 3 }).map((architecture) => costs.of(architecture).params);
    const { feasible, allowed } = feasibleOf(one, `params<=${Math.min(...params)}`);
    const random = new RandomStream('drawn');
    expect(allowed(feasible.drawn(random)!)).toBe(true);
    const [parent] = one.sample({ count: 1, seed: 9 });
    expect(allowed(feasible.near(parent!, random)!)).toBe(true);
  });

  it('are refused where there are none, naming the cheapest', () => {
    const { feasible } = feasibleOf(space, 'params<=50K');
    expect(() => feasible.require()).toThrow(
      /got params<=50K; the cheapest architecture is \|.* with params 73.31K/,
    );
    const darts = feasibleOf(getSpace('darts'), 'params<=100K', 'macs<=1G');
    expect(() => darts.feasible.require()).toThrow(/the cheapest architecture is Genotype\(/);
  });
});
