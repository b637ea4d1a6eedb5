import { RandomStream } from '@tenas/base';
import { graphCost } from '@tenas/graph';
import { describe, expect, it } from 'vitest';
import { canonicalOrder, orderedText } from '../src/block-order.js';
import {
  datasetShape,
  PNAS_OPS,
  type PnasArchitecture,
  type PnasSize,
  pnas,
  pnasArchitecture,
} from '../src/index.js';

const known = pnas.parse('PNASNet-5');

/** The same cell with its blocks in another order that each block's inputs allow, and the halves of blocks swapped. */
function shuffled({ blocks }: PnasArchitecture, random: RandomStream): PnasArchitecture {
  const order: number[] = [];
  while (order.length < blocks.length) {
    const ready = [...blocks.keys()].filter(
      (block) =>
        !order.includes(block) && blocks[block]!.every(({ state }) => state < 2 || order.includes(state - 2)),
    );
    order.push(random.pick(ready));
  }
  return pnasArchitecture(
    order.map((block) =>
      blocks[block]!.map(({ op, state }) => ({
        op,
        state: state < 2 ? state : 2 + order.indexOf(state - 2),
      })).toReversed(),
    ),
  );
}

/** A text that is equal for cells that differ in the order of blocks alone, by trying all orders. */
function exhaustiveKey({ blocks }: PnasArchitecture): string {
  let orders: number[][] = [[]];
  for (const _ of blocks) {
    orders = orders.flatMap((order) =>
      [...blocks.keys()].filter((block) => !order.includes(block)).map((block) => [...order, block]),
    );
  }
  const fits = (order: readonly number[]) =>
    order.every((block, place) =>
      blocks[block]!.every(({ state }) => state < 2 || order.slice(0, place).includes(state - 2)),
    );
  return orders
    .filter(fits)
    .map((order) => orderedText(blocks, order))
    .sort()[0]!;
}

describe('the space of PNAS', () => {
  it('has 136, 300, 528, 820 and 1,176 blocks by level', () => {
    const { progressive } = pnas;
    const counts = [1, 2, 3, 4, 5].map((level) => progressive.blocks(level).length);
    expect(counts).toEqual([136, 300, 528, 820, 1176]);
    expect(counts[0]! * counts[1]!).toBe(40_800);
    expect(counts.slice(2).map((count) => 256 * count)).toEqual([135_168, 209_920, 301_056]);
    const first = progressive.blocks(1).map((block) => progressive.architecture([block]));
    expect(new Set(first.map((cell) => pnas.isomorphism.key(cell))).size).toBe(136);
    expect(new Set(first.map((cell) => pnas.format(cell))).size).toBe(136);
  });

  it('has one text for the two orders of a block', () => {
    expect(pnas.format(pnas.parse(' max_pool_3x3 ~ 1 + sep_conv_3x3~0 '))).toBe(
      'sep_conv_3x3~0+max_pool_3x3~1',
    );
    expect(pnas.format(pnas.parse('max_pool_3x3~1+sep_conv_3x3~1'))).toBe('sep_conv_3x3~1+max_pool_3x3~1');
  });

  it('tells cells apart but for the order of their blocks', () => {
    const random = new RandomStream('cells in other orders', 1);
    const cells = pnas.sample({ count: 150, seed: 2 });
    for (const cell of cells) {
      const other = shuffled(cell, random);
      expect(pnas.isomorphism.key(other)).toBe(pnas.isomorphism.key(cell));
      expect(pnas.format(pnas.isomorphism.representative(other))).toBe(
        pnas.format(pnas.isomorphism.representative(cell)),
      );
      expect(graphCost(pnas.network(other)).params).toBe(graphCost(pnas.network(cell)).params);
    }
    expect(new Set(cells.map((cell) => pnas.isomorphism.key(cell))).size).toBe(150);
  });

  it('tells cells apart as trying all orders does, also where blocks are alike', () => {
    const random = new RandomStream('small cells', 1);
    // One operation, so that many cells are the same.
    const cells = Array.from({ length: 2000 }, () =>
      pnasArchitecture(
        Array.from({ length: 4 }, (_, block) =>
          [0, 1].map(() => ({ op: PNAS_OPS[0], state: random.below(Math.min(4, block + 2)) })),
        ),
      ),
    );
    const exact = new Map<string, string>();
    for (const cell of cells) {
      const key = orderedText(cell.blocks, canonicalOrder(cell.blocks));
      const wanted = exhaustiveKey(cell);
      expect(exact.get(key) ?? wanted).toBe(wanted);
      exact.set(key, wanted);
    }
    expect(exact.size).toBe(new Set(exact.values()).size);
    expect(exact.size).toBeLessThan(1500);
    // A block that reads two blocks which are alike is not one that reads one of them twice.
    const twins = 'sep_conv_3x3~0+sep_conv_3x3~1|sep_conv_3x3~0+sep_conv_3x3~1|';
    const keys = ['skip_connect~2+skip_connect~3', 'skip_connect~2+skip_connect~2'].map((last) =>
      pnas.isomorphism.key(pnas.parse(twins + last)),
    );
    expect(keys[0]).not.toBe(keys[1]);
  });

  // Published: 3.2 M parameters on CIFAR-10; on ImageNet 5.1 M and 588 M multiply-adds, and 86.1 M and 25.0 G.
  it.each<[string, PnasSize, string, string]>([
    ['CIFAR-10', {}, '3.177', '562'],
    ['ImageNet, mobile', pnas.sizes.final(datasetShape('imagenet-1k')), '5.063', '588'],
    ['ImageNet, large', { macro: 'imagenet' }, '86.052', '25002'],
  ])('has the published network for %s', (_, size, params, macs) => {
    const cost = graphCost(pnas.network(known, size));
    expect((cost.params / 1e6).toFixed(3)).toBe(params);
    expect((cost.macs / 1e6).toFixed(0)).toBe(macs);
  });

  // Counted by hand in a cell of 8 channels: weights and the scales and shifts of batch norms.
  it.each([
    ['sep_conv_3x3', 2 * (8 * 9 + 8 * 8 + 16)],
    ['sep_conv_5x5', 2 * (8 * 25 + 8 * 8 + 16)],
    ['sep_conv_7x7', 2 * (8 * 49 + 8 * 8 + 16)],
    ['conv_1x7_7x1', 2 * 8 * 8 * 7 + 16],
    ['skip_connect', 0],
    ['avg_pool_3x3', 0],
    ['max_pool_3x3', 0],
    ['dil_conv_3x3', 8 * 8 * 9 + 16],
  ])('%s has its parameters, and halves images at stride 2', (op, wanted) => {
    const { params, nodes } = pnas.network(pnas.parse(`${op}~0+${op}~1`), { C: 8, N: 1 });
    const inFirst = params
      .filter(({ name, kind }) => name.startsWith('cells.0.blocks.0.0.') && !kind.startsWith('bnRunning'))
      .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect(inFirst).toBe(wanted);
    const shapes = [0, 1, 2].map(
      (cell) => nodes.find(({ name }) => name === `cells.${cell}.blocks.0`)!.shape,
    );
    expect(shapes).toEqual([
      [8, 32, 32],
      [16, 16, 16],
      [32, 8, 8],
    ]);
  });

  it('joins all blocks, or those that no other reads', () => {
    const joined = (size: PnasSize) =>
      pnas.network(known, size).nodes.find(({ name }) => name === 'cells.0.concat')!.shape[0];
    expect(joined({ C: 8, N: 1 })).toBe(5 * 8);
    // The fourth block reads the third.
    expect(joined({ C: 8, N: 1, concat: 'unread' })).toBe(4 * 8);
  });

  it('draws its cell, and counts what skip connections pass over', () => {
    expect(pnas.drawing!(pnas.parse('skip_connect~0+max_pool_3x3~0|skip_connect~2+sep_conv_3x3~1'))).toEqual({
      'cell/0<-0': ['skip_connect', 'max_pool_3x3'],
      'cell/1<-1': ['sep_conv_3x3'],
      'cell/1<-2': ['skip_connect'],
      'cell/output<-2': [],
      'cell/output<-3': [],
    });
    expect(
      pnas.skipSpans!(pnas.parse('skip_connect~0+max_pool_3x3~0|skip_connect~2+sep_conv_3x3~1')),
    ).toEqual([1, 0]);
  });

  it.each([
    ['sep_conv_3x3~0', /\+.*the other operation of the block/],
    ['sep_conv_3x3~0+sep_conv_9x9~1', /an operation of block 1/],
    ['sep_conv_3x3~0+sep_conv_3x3~2', /a state from 0 to 1/],
    ['sep_conv_3x3~0+sep_conv_3x3~1|', /an operation of block 2/],
    [Array(6).fill('skip_connect~0+skip_connect~1').join('|'), /at most 5 blocks/],
  ])('refuses %s', (text, problem) => {
    expect(() => pnas.parse(text)).toThrow(expect.objectContaining({ code: 'GENOTYPE_SYNTAX' }));
    expect(() => pnas.parse(text)).toThrow(problem);
  });

  it('refuses cells made by hand that are none, and the choices of a cell that is not whole', () => {
    const half = { op: 'sep_conv_3x3', state: 0 };
    for (const [blocks, field] of [
      [[], 'blocks'],
      [[[half]], 'blocks[0]'],
      [[[half, { op: 'none', state: 0 }]], 'blocks[0][1].op'],
      [[[half, { ...half, state: 2 }]], 'blocks[0][1].state'],
    ] as const) {
      expect(() => pnasArchitecture(blocks)).toThrow(
        expect.objectContaining({ code: 'ARCHITECTURE_INVALID', field }),
      );
    }
    expect(() => pnas.choicesOf(pnasArchitecture([[half, half]]))).toThrow(
      expect.objectContaining({ code: 'ARCHITECTURE_INVALID', field: 'blocks' }),
    );
  });

  it.each<[object, string]>([
    [{ macro: 'mnist' }, 'macro'],
    [{ concat: 'some' }, 'concat'],
    [{ C: 1 }, 'C'],
    [{ C: 4, macro: 'imagenet' }, 'C'],
    [{ N: 0 }, 'N'],
    [{ depth: 3 }, 'depth'],
  ])('refuses the size %o', (size, field) => {
    expect(() => pnas.network(known, size)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', field }),
    );
  });
});
