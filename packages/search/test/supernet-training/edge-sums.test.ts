import { RandomStream } from '@tenas/base';
import { Program, type Trainer } from '@tenas/native';
import { darts, dartsFrc, nasBench201, type Supernet } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { EdgeSums } from '../../src/supernet-training/edge-sums.js';
import { Paths } from '../../src/supernet-training/paths.js';

const inputShape = [3, 8, 8] as const;
const random = new RandomStream('edge sums');
const batch = {
  images: Float32Array.from({ length: 5 * 3 * 64 }, () => random.normal()),
  labels: Int32Array.of(0, 3, 9, 2, 2),
};

function trainerOf(program: Program, engine: 'fast' | 'reference'): Trainer {
  return program.trainer({
    weights: { kind: 'seeded', seed: 2, repeat: 0, init: 'pytorch' },
    optimiser: { kind: 'sgd' },
    engine,
    threads: 2,
  });
}

const step = { ...batch, learningRate: 0, update: false, coefficientGradient: true } as const;

describe.each<[string, Supernet, readonly (readonly [string, readonly string[]])[]]>([
  [
    nasBench201.name,
    nasBench201.supernet.build({ C: 2, N: 1, inputShape }),
    nasBench201.supernet.decisions.map(({ name, choices }) => [name, choices]),
  ],
  [
    darts.name,
    darts.supernet.build({ C: 2, N: 1, inputShape }),
    darts.supernet.decisions.map(({ name, choices }) => [name, choices]),
  ],
  [
    dartsFrc.name,
    dartsFrc.supernet.build({ C: 2, N: 1, inputShape }),
    dartsFrc.supernet.decisions.map(({ name, choices }) => [name, choices]),
  ],
])('sums of gradients at the edges of %s', (_, supernet, named) => {
  const decisions = named.map(([name, choices]) => ({ name, choices }));
  const edges = new EdgeSums(supernet.graph);
  const paths = new Paths(decisions, supernet.graph.slots);
  const path = paths.ofNumbers(decisions.map(({ choices }) => random.below(choices.length)));

  it('change neither loss nor other gradients', async () => {
    using plain = Program.compile(supernet.graph);
    using program = Program.compile(edges.graph);
    await using own = trainerOf(plain, 'fast');
    await using summed = trainerOf(program, 'fast');
    const expected = await own.step({ ...step, coefficients: path });
    for (const sums of [false, true]) {
      const found = await summed.step({ ...step, coefficients: edges.coefficients(path, { sums }) });
      expect(found.loss).toBe(expected.loss);
      const { gradient } = edges.split(found.coefficientGradient!);
      const apart = gradient.map((slope, slot) => Math.abs(slope - expected.coefficientGradient![slot]!));
      expect(Math.max(...apart)).toBeLessThan(1e-25);
    }
  });

  it('are the slopes of the loss by a constant at all outputs of the edge', async () => {
    using program = Program.compile(edges.graph);
    await using trainer = trainerOf(program, 'reference');
    const coefficients = edges.coefficients(path, { sums: true });
    const { coefficientGradient } = await trainer.step({ ...step, coefficients });
    const sums = paths.ofMixes(edges.split(coefficientGradient!).sums);
    const seen = new Set<number>();
    for (let slot = supernet.graph.slots.length; slot < edges.graph.slots.length; slot++) {
      const lossAt = async (coefficient: number) => {
        const moved = coefficients.slice();
        moved[slot] = coefficient;
        return (await trainer.evaluate({ ...batch, coefficients: moved, statistics: 'batch' })).loss;
      };
      const h = 1e-4;
      const slope = ((await lossAt(2 * h)) - (await lossAt(-2 * h))) / (2 * h);
      const mixed = supernet.graph.nodes.find(
        (node) =>
          node.op === 'mix' &&
          edges.graph.slots[slot] ===
            `sum of ${supernet.graph.slots[node.slots.find((one) => one >= 0) ?? -1]}`,
      );
      const own = mixed?.op === 'mix' ? mixed.slots : [];
      for (const [decision, { name }] of decisions.entries()) {
        if (!own.some((one) => supernet.graph.slots[one]?.startsWith(`${name}/`))) continue;
        expect(Math.abs(sums[decision]! - slope)).toBeLessThan(1e-4 * Math.max(1, Math.abs(slope)));
        seen.add(decision);
      }
    }
    expect(seen.size).toBe(decisions.length);
    expect(sums.some((sum) => Math.abs(sum) > 1e-4)).toBe(true);
  });
});
