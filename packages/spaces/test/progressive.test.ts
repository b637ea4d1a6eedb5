import { describe, expect, it } from 'vitest';
import { darts, nasBench201, type Progressive, type ProgressiveBlock } from '../src/index.js';

/** All lists of blocks up to a level. */
function grown({ blocks }: Progressive, level: number): ProgressiveBlock[][] {
  let lists: ProgressiveBlock[][] = [[]];
  for (let next = 1; next <= level; next += 1) {
    lists = lists.flatMap((list) => blocks(next).map((block) => [...list, block]));
  }
  return lists;
}

describe('levels of NAS-Bench-201', () => {
  const { progressive } = nasBench201;
  const texts = (level: number) =>
    grown(progressive, level).map((blocks) => nasBench201.format(progressive.architecture(blocks)));

  it('have 5, 125 and 15,625 cells, the last of which are all there are', () => {
    expect([1, 2, 3].map((level) => new Set(texts(level)).size)).toEqual([5, 125, 15_625]);
    expect(texts(1)).toContain('|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|');
    expect(texts(2)).toContain('|nor_conv_3x3~0|+|none~0|none~1|+|none~0|avg_pool_3x3~1|none~2|');
  });

  it('tell all cells apart: isomorphic ones may become different networks', () => {
    expect(new Set(grown(progressive, 2).map((blocks) => progressive.key(blocks))).size).toBe(125);
  });
});

describe('levels of DARTS', () => {
  const { progressive } = darts;

  it('have a cell for both types, of one to four nodes', () => {
    expect([1, 2, 3, 4].map((level) => progressive.blocks(level).length)).toEqual([49, 147, 294, 490]);
    const blocks = [1, 2].map((level) => progressive.blocks(level).at(-1)!);
    expect(darts.format(progressive.architecture(blocks))).toBe(
      `Genotype(${['normal', 'reduce']
        .map(
          (type) =>
            `${type}=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('max_pool_3x3', 1), ('max_pool_3x3', 2), ('none', 0), ('none', 1), ('none', 0), ('none', 1)], ${type}_concat=[2, 3]`,
        )
        .join(', ')})`,
    );
    const whole = [1, 2, 3, 4].map((level) => progressive.blocks(level)[5]!);
    expect(() => darts.choicesOf(progressive.architecture(whole))).not.toThrow();
  });

  it('give cells that differ in the order of nodes one key', () => {
    const [skip, conv] = [0, 1];
    const nodes = [
      [0, skip, 1, conv],
      [0, conv, 1, skip],
    ];
    expect(progressive.key(nodes)).toBe(progressive.key(nodes.toReversed()));
    expect(progressive.key(nodes)).not.toBe(progressive.key([nodes[0]!, nodes[0]!]));
  });
});
