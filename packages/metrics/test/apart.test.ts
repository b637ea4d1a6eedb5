import { getSpace, type Space } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { Evaluator } from '../src/index.js';
import { fakeSource } from './fake-source.js';

const metrics = [
  { metric: 'ntk', settings: { batchSize: 4 } },
  { metric: 'regions', settings: { batches: 1, batchSize: 20 } },
  { metric: 'naswot', settings: { batchSize: 4 } },
];

/** Values of every metric for each text in a space. @param all whether every network is built apart from the supernet */
async function scored(space: Space, texts: readonly string[], all = false) {
  const { supernet } = space;
  const apart = { ...supernet!.apart!, needed: () => true };
  const used = all ? { ...space, supernet: { ...supernet!, apart } } : space;
  using evaluator = new Evaluator({ space: used, source: fakeSource(), metrics, repeats: 2, device: 'cpu' });
  const scores = await evaluator.score([...texts]);
  return scores.map(({ scores: one }) => Object.values(one).map(({ value }) => value));
}

describe.each(['darts', 'darts-frc'])('architectures that the supernet of %s cannot hold', (name) => {
  const space = getSpace(name);
  const scoredHere = (texts: readonly string[], all = false) => scored(space, texts, all);
  const proper = space.sample({ count: 4, seed: 5 }).map((architecture) => space.format(architecture));
  const twice = proper[0]!.replaceAll(/, \d\)/g, ', 1)');

  it('have the scores that the supernet would give them', async () => {
    const [through, apart] = [await scoredHere(proper), await scoredHere(proper, true)];
    for (const [place, values] of through.entries()) {
      for (const [metric, value] of values.entries()) {
        const other = apart[place]![metric]!;
        expect(Math.abs(other / value! - 1)).toBeLessThan(1e-4);
      }
    }
  });

  it('are scored in their places among the others', async () => {
    const [first, second] = await scoredHere([twice, proper[1]!]);
    expect(await scoredHere([proper[1]!, 'GDAS_F1', twice])).toEqual([second, expect.anything(), first]);
    expect(await scoredHere([twice])).toEqual([first]);
    expect(first).not.toEqual((await scoredHere([proper[0]!]))[0]);
  });
});

describe('the fixed reduction cell', () => {
  it('has the same scores in the space of such cells and in DARTS', async () => {
    const [here, there] = [getSpace('darts-frc'), getSpace('darts')];
    const texts = [here.example, here.format(here.sample({ count: 1, seed: 3 })[0]!)];
    const whole = texts.map((text) => text.replace(/\)$/, ', reduce=None, reduce_concat=[2, 3, 4, 5])'));
    const [own, other] = [await scored(here, texts), await scored(there, whole)];
    for (const [place, values] of own.entries()) {
      for (const [metric, value] of values.entries()) {
        expect(Math.abs(other[place]![metric]! / value! - 1)).toBeLessThan(1e-4);
      }
    }
  });
});
