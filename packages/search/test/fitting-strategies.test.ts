import { getSpace, listSpaces } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { strategiesFor } from '../src/index.js';

const everywhere = ['random', 'evolution', 'nsga2', 'reinforce'];

describe('strategiesFor', () => {
  it.each([
    ['nas-bench-201', ['prune', 'manas', 'manas-ls', 'pnas', 'gdas', 'darts-gradient', 'hurricane']],
    ['darts', ['prune', 'manas', 'manas-ls', 'pnas', 'gdas', 'darts-gradient']],
    ['darts-frc', ['prune', 'manas', 'manas-ls', 'pnas', 'gdas', 'darts-gradient']],
    ['pnas', ['pnas']],
    ['nas-bench-macro', ['hurricane']],
    ['hurricane', ['hurricane']],
    ['nats-size', []],
  ])('names those whose needs %s meets', (name, own) => {
    const names = strategiesFor(getSpace(name)).map((strategy) => strategy.name);
    expect([...names].sort()).toEqual([...everywhere, ...own].sort());
  });

  it('names in every space those that need nothing', () => {
    for (const space of listSpaces()) {
      expect(strategiesFor(space).map(({ name }) => name)).toEqual(expect.arrayContaining(everywhere));
    }
  });
});
