import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mean, quantile, RandomStream } from '@tenas/base';
import { readCsv } from '@tenas/records';
import { type Choices, getSpace } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { boundedEvolution } from '../../src/hurricane/bounded-evolution.js';

const folder = join(
  process.env.TENAS_SHARED ?? join(import.meta.dirname, '../../../../../shared'),
  'data/nas-bench-201',
);
const note = existsSync(join(folder, 'latency_ms.csv')) ? '' : ` (skipped: no ${folder}; set TENAS_SHARED)`;
const space = getSpace('nas-bench-201');
const DEVICES = ['raspi4', 'pixel2', 'pixel3', 'gold_6226', '1080ti_1', 'eyeriss', 'fpga'];
/** 50 + 3 x 50 evaluations. */
const EVOLUTION = {
  ...{ population: 50, generations: 4, parents: 10, crossovers: 20, mutations: 20, mutationRate: 0.1 },
};

function read() {
  const read = (name: string) => readCsv(readFileSync(join(folder, name), 'utf8'), name).rows;
  const accuracies = new Map<string, number>();
  const numbers = new Map<string, string>();
  for (const { cells } of read('accuracy.csv')) {
    const text = space.format(space.parse(cells.arch!));
    accuracies.set(text, Number(cells.cifar10_test200));
    numbers.set(cells.index!, text);
  }
  const latencies = new Map(DEVICES.map((device) => [device, new Map<string, number>()]));
  for (const { cells } of read('latency_ms.csv')) {
    for (const [device, known] of latencies) known.set(numbers.get(cells.index!)!, Number(cells[device]));
  }
  return { accuracies, latencies };
}

describe.skipIf(note !== '')(`evolution within the latency of published devices${note}`, () => {
  it('is better than as many random cells within the bound, on average, and never above the bound', async () => {
    const { accuracies, latencies } = read();
    const gains: number[] = [];
    for (const [device, known] of latencies) {
      const sorted = [...known.values()].sort((a, b) => a - b);
      for (const share of [0.25, 0.5, 0.75]) {
        const bound = quantile(sorted, share);
        const within = [...known].filter(([, ms]) => ms <= bound).map(([text]) => text);
        for (const seed of [0, 1]) {
          const textOf = (choices: Choices) => space.format(space.fromChoices(choices));
          const found = await boundedEvolution(
            {
              decisions: space.decisions,
              bound,
              costOf: (choices) => known.get(textOf(choices))!,
              keyOf: textOf,
              evaluate: async (some) => some.map((choices) => accuracies.get(textOf(choices))!),
              random: new RandomStream('tables', device, share, seed),
            },
            EVOLUTION,
          );
          expect(found.every(({ cost }) => cost <= bound)).toBe(true);
          expect(found.length).toBeLessThanOrEqual(200);
          const random = new RandomStream('random', device, share, seed);
          const drawn = random.sample(within.length, found.length).map((at) => accuracies.get(within[at]!)!);
          gains.push(found[0]!.accuracy - Math.max(...drawn));
        }
      }
    }
    expect(gains).toHaveLength(42);
    expect(mean(gains)).toBeGreaterThan(0.05);
  });
});
