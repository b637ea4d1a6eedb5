import { graphCost } from '@tenas/graph';
import { describe, expect, it } from 'vitest';
import { datasetShape, HURRICANE_OPERATORS, hurricane } from '../src/index.js';

const final = hurricane.sizes.final(datasetShape('imagenet-1k'));
const all = (operator: string) => hurricane.parse(Array(20).fill(operator).join(':'));
describe('HURRICANE', () => {
  it('has 32 operators in each of 20 layers', () => {
    expect(HURRICANE_OPERATORS.size).toBe(32);
    expect(hurricane.decisions.map(({ choices }) => choices.length)).toEqual(Array(20).fill(32));
    expect(hurricane.format(hurricane.parse(hurricane.example))).toBe(hurricane.example);
  });

  // Counted by hand for a layer of 16 channels in and 64 out at stride 2 (divisor 1), and one of 64 to 64 at stride 1.
  it.each([
    { operator: 'sep_k3', first: 16 * 9 + 16 * 64 + 2 * (16 + 64), second: 64 * 9 + 64 * 64 + 2 * 128 },
    {
      operator: 'mb6_k5',
      first: 16 * 96 + 96 * 25 + 96 * 64 + 2 * (96 + 96 + 64),
      second: 64 * 384 + 384 * 25 + 384 * 64 + 2 * (384 + 384 + 64),
    },
    {
      operator: 'mb1_k3_se',
      first: 16 * 9 + 16 * 64 + 2 * (16 + 64) + (16 * 4 + 4 + 4 * 16 + 16),
      second: 64 * 9 + 64 * 64 + 2 * (64 + 64) + (64 * 16 + 16 + 16 * 64 + 64),
    },
    {
      operator: 'shuffle_k5',
      // Projection of 16 channels; main branch 16, 32, 32, 48.
      first: 16 * 25 + 16 * 16 + 4 * 16 + (16 * 32 + 32 * 25 + 32 * 48) + 2 * (32 + 32 + 48),
      second: 32 * 32 + 32 * 25 + 32 * 32 + 2 * 96,
    },
    {
      operator: 'xception',
      first:
        16 * 9 +
        16 * 16 +
        4 * 16 +
        (16 * 9 + 16 * 32 + 2 * (32 * 9) + 32 * 32 + 32 * 48) +
        2 * (16 + 3 * 32 + 32 + 48),
      second: 3 * (32 * 9 + 32 * 32 + 4 * 32),
    },
  ])('$operator has its parameters', ({ operator, first, second }) => {
    const { params } = hurricane.network(all(operator), final);
    const inLayer = (layer: number) =>
      params
        .filter(({ name, kind }) => name.startsWith(`features.${layer}.`) && !kind.startsWith('bnRunning'))
        .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect([inLayer(0), inLayer(1)]).toEqual([first, second]);
  });

  it('is of the size of Single Path One-Shot, whose published network has 323 M multiply-adds', () => {
    const { macs } = graphCost(hurricane.network(all('shuffle_k3'), final));
    expect(Math.abs(macs / 323e6 - 1)).toBeLessThan(0.1);
  });

  it('halves images of 64 and more rows five times, smaller ones three times', () => {
    const rows = (side: number) => {
      const { nodes } = hurricane.network(all('shuffle_k3'), { divisor: 8, inputShape: [3, side, side] });
      return nodes.find(({ name }) => name === 'features.19.concat')!.shape.slice(1);
    };
    expect([rows(64), rows(32)]).toEqual([
      [2, 2],
      [4, 4],
    ]);
  });

  it.each([
    { size: { divisor: 3 as 1 }, field: 'divisor' },
    { size: { C: 16 }, field: 'C' },
  ])('refuses $size', ({ size, field }) => {
    expect(() => hurricane.network(all('xception'), size)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', field }),
    );
  });
});
