import { nearWords } from '@tenas/base';
import { describe, expect, it } from 'vitest';

describe('nearWords', () => {
  const known = ['population', 'sample', 'simple', 'seed', 'batchSize'];

  it.each([
    ['populaton', ['population']],
    ['sampel', ['sample', 'simple']],
    ['simple', ['simple', 'sample']],
    ['sede', ['seed']],
    ['BATCHSIZE', ['batchSize']],
    ['batch-size', ['batchSize']],
    ['x', []],
    ['', []],
    ['mutation', []],
  ])('%j may stand for %j', (word, wanted) => {
    expect(nearWords(word, known)).toEqual(wanted);
  });

  it('is not misled by long words from outside', () => {
    expect(nearWords('a'.repeat(5000), known)).toEqual([]);
  });
});
