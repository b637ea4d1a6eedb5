import { getSpace } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { Evaluator } from '../src/index.js';
import { fakeSource } from './fake-source.js';

const space = getSpace('darts');
const metrics = [
  { metric: 'ntk', settings: { batchSize: 4 } },
  { metric: 'regions', settings: { batches: 1, batchSize: 20 } },
  { metric: 'naswot', settings: { batchSize: 4 } },
];

/** Values of every metric for each text. @param all whether every network is built apart from the supernet */
async function scored(texts: readonly string[], all = false) {
  const { supernet } = space;
  const apart = { ...supernet!.apart!, needed: () => true };
  const used = all ? { ...space, supernet: { ...supernet!, apart } } : space;
  using evaluator = new Evaluator({ space: used, source: fakeSource(), metrics, repeats: 2, device: 'cpu' });
  const scores = await evaluator.score([...texts]);
  return scores.map(({ scores: one }) => Object.values(one).map(({ value }) => value));
}

describe('architectures that a supernet cannot hold', () => {
  const proper = space.sample({ count: 4, seed: 5 }).map((architecture) => space.format(architecture));
  const twice = proper[0]!.replaceAll(/, \d\)/g, ', 1)');

  it('have the scores that the supernet would give them', async () => {
    const [through, apart] = [await scored(proper), await scored(proper, true)];
    for (const [place, values] of through.entries()) {
      for (const [metric, value] of values.entries()) {
        const other = apart[place]![metric]!;
        expect(Math.abs(other / value! - 1)).toBeLessThan(1e-4);
      }
    }
  });

  it('are scored in their places among the others', async () => {
    const [first, second] = await scored([twice, proper[1]!]);
    expect(await scored([proper[1]!, 'GDAS_F1', twice])).toEqual([second, expect.anything(), first]);
    expect(await scored([twice])).toEqual([first]);
    expect(first).not.toEqual((await scored([proper[0]!]))[0]);
  });
});
