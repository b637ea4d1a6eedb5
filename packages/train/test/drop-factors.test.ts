import { GraphBuilder } from '@tenas/graph';
import { describe, expect, it } from 'vitest';
import { type Dropping, dropFactors } from '../src/drop-factors.js';

const builder = new GraphBuilder();
const image = builder.input([3, 4, 4]);
const first = builder.maxPool2d(image, { kernel: 1 });
const second = builder.avgPool2d(image, { kernel: 1 });
const features = builder.globalAvgPool(builder.mix([{ input: first }, { input: second }]));
const graph = builder.build(builder.linear(features, { name: 'classifier', outFeatures: 10 }));

function dropping(path: number, out: number): Dropping {
  return {
    graph,
    dropPath: { nodes: [first, second], probability: path },
    dropout: { nodes: [features], probability: out },
  };
}

describe('dropFactors', () => {
  it('draws a factor per node and sample, and per value for dropout', () => {
    const { dropPath, dropout } = dropFactors(dropping(0.2, 0.4), { seed: 1, step: 2, samples: 5 });
    expect(dropPath).toHaveLength(2 * 5);
    expect(dropout).toHaveLength(5 * 3);
    for (const factor of dropPath!) expect([0, Math.fround(1 / 0.8)]).toContain(factor);
    for (const factor of dropout!) expect([0, Math.fround(1 / 0.6)]).toContain(factor);
  });

  it('leaves out as many as it should, independently of node, sample, step and seed', () => {
    const samples = 2000;
    const kept = (seed: number, step: number) => {
      const { dropPath } = dropFactors(dropping(0.3, 0), { seed, step, samples });
      return Array.from(dropPath!, (factor) => (factor === 0 ? 0 : 1));
    };
    const draws = [kept(1, 0), kept(1, 1), kept(2, 0)].flatMap((both) => [
      both.slice(0, samples),
      both.slice(samples),
    ]);
    const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
    // Five standard errors.
    const tolerance = 5 * Math.sqrt((0.3 * 0.7) / samples);
    for (const [index, own] of draws.entries()) {
      expect(Math.abs(mean(own) - 0.7)).toBeLessThan(tolerance);
      const neighbours = own.slice(1).map((x, n) => (x - 0.7) * (own[n]! - 0.7));
      expect(Math.abs(mean(neighbours))).toBeLessThan(0.21 * (5 / Math.sqrt(samples)));
      for (const other of draws.slice(index + 1)) {
        const products = own.map((x, n) => (x - 0.7) * (other[n]! - 0.7));
        expect(Math.abs(mean(products))).toBeLessThan(0.21 * (5 / Math.sqrt(samples)));
      }
    }
    const { dropout } = dropFactors(dropping(0, 0.3), { seed: 1, step: 0, samples });
    expect(Math.abs(mean(Array.from(dropout!)) - 1)).toBeLessThan(tolerance);
  });

  it('is a function of its place: a smaller batch has the first of a larger one’s', () => {
    const of = (samples: number) => dropFactors(dropping(0.5, 0.5), { seed: 3, step: 7, samples });
    const [small, large] = [of(4), of(9)];
    expect(of(9)).toEqual(large);
    expect(small.dropPath!.slice(0, 4)).toEqual(large.dropPath!.slice(0, 4));
    expect(small.dropPath!.slice(4)).toEqual(large.dropPath!.slice(9, 13));
    expect(small.dropout).toEqual(large.dropout!.slice(0, 12));
  });

  it('has none where nothing is left out', () => {
    const at = { seed: 3, step: 7, samples: 4 };
    expect(dropFactors(dropping(0, 0), at)).toEqual({ dropPath: undefined, dropout: undefined });
    const nowhere = {
      graph,
      dropPath: { nodes: [], probability: 0.5 },
      dropout: { nodes: [], probability: 0.5 },
    };
    expect(dropFactors(nowhere, at)).toEqual({ dropPath: undefined, dropout: undefined });
  });
});
