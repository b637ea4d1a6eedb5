import { syntheticImages } from '@tenas/data';
import { dartsFrc } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { evolution, nsga2, pnas, prune, reinforce, runSearch, type Strategy } from '../src/index.js';

/** Settings of a moment. */
const SEARCHES: readonly (readonly [string, Strategy, object])[] = [
  [prune.name, prune, { repeats: 1, ntk: { batchSize: 4 }, regions: { batches: 1, batchSize: 16 } }],
  [evolution.name, evolution, { population: 4, sample: 2, cycles: 12, crossover: 0.5 }],
  [nsga2.name, nsga2, { population: 3, evaluations: 8 }],
  [reinforce.name, reinforce, { cycles: 10, batch: 5 }],
  [pnas.name, pnas, { beam: 3, embedding: 4, units: 8, epochs: 5, refits: 2 }],
];

describe('a space of one cell beside a fixed one', () => {
  it.each(SEARCHES)('is searched by %s', async (_, strategy, settings) => {
    const record = await runSearch({
      ...{ space: dartsFrc, source: syntheticImages({ size: 16, images: 32 }), strategy, seed: 1 },
      ...{ settings, metrics: strategy === prune ? [] : ['naswot'] },
    });
    const found = dartsFrc.parse(record.architecture!);
    expect(dartsFrc.format(found)).toBe(record.architecture);
    expect(dartsFrc.fromChoices(dartsFrc.choicesOf(found))).toBeDefined();
    expect(record.space).toBe(dartsFrc.name);
  });
});
