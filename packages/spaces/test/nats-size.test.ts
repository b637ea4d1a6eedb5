import { graphCost } from '@tenas/graph';
import { describe, expect, it } from 'vitest';
import {
  NATS_SIZE_COUNT,
  NATS_SIZE_DECISIONS,
  natsSize,
  natsSizeArchitecture,
  natsSizeAt,
  natsSizeIndex,
} from '../src/index.js';

describe('the size space of NATS-Bench', () => {
  it('is five layers of eight widths, in the benchmark’s order', () => {
    expect(NATS_SIZE_COUNT).toBe(32_768);
    expect(NATS_SIZE_DECISIONS.map(({ name }) => name)).toEqual([
      'stage0',
      'stage1',
      'stage2',
      'stage3',
      'stage4',
    ]);
    expect(NATS_SIZE_DECISIONS[0]!.choices).toEqual(['8', '16', '24', '32', '40', '48', '56', '64']);
    expect(natsSize.format(natsSizeAt(0))).toBe('8:8:8:8:8');
    expect(natsSize.format(natsSizeAt(12))).toBe('8:8:8:16:40');
    expect(natsSize.format(natsSizeAt(32_767))).toBe('64:64:64:64:64');
    expect(natsSizeIndex(natsSize.parse('64:32:8:48:56'))).toBe(30_254);
  });

  it('reads the benchmark’s numbers', () => {
    expect(natsSize.format(natsSize.parse(' index: 12 '))).toBe('8:8:8:16:40');
    expect(() => natsSize.parse('index:32768')).toThrow(
      expect.objectContaining({ code: 'INDEX_OUT_OF_RANGE' }),
    );
    expect(() => natsSize.parse('index:-1')).toThrow(expect.objectContaining({ code: 'GENOTYPE_SYNTAX' }));
  });

  // The benchmark's own answer to get_cost_info(12, 'cifar10'): notebooks/create-query-sss.ipynb of D-X-Y/NATS-Bench.
  it('has the published parameters and multiply-adds of architecture 12', () => {
    const published = { params: 0.067378e6, flops: 7.991706e6 };
    const classes = 10;
    const graph = natsSize.network(natsSizeAt(12), natsSize.sizes.final({ classes, height: 32, width: 32 }));
    const { params, macs } = graphCost(graph);
    expect(params).toBe(published.params);
    // Theirs count the classifier's bias as one operation for each class.
    expect(macs + classes).toBe(published.flops);
  });

  it('names parameters as DynamicShapeTinyNet', () => {
    const graph = natsSize.network(natsSize.parse('64:32:8:48:48'));
    const shapes = new Map(graph.params.map(({ name, shape }) => [name, [...shape]]));
    expect(shapes.get('stem.0.weight')).toEqual([64, 3, 3, 3]);
    expect(shapes.get('cells.0.layers.0.op.1.weight')).toEqual([64, 64, 3, 3]);
    expect(shapes.get('cells.1.conv_a.op.1.weight')).toEqual([32, 64, 3, 3]);
    expect(shapes.get('cells.1.downsample.1.weight')).toEqual([32, 64, 1, 1]);
    expect(shapes.get('cells.2.layers.1.op.1.weight')).toEqual([8, 32, 3, 3]);
    expect(shapes.get('cells.2.layers.5.op.1.weight')).toEqual([8, 8, 3, 3]);
    expect(shapes.get('cells.2.layers.3.conv.weight')).toEqual([8, 32, 1, 1]);
    expect(shapes.get('cells.2.layers.3.bn.running_var')).toEqual([8]);
    expect(shapes.get('cells.3.conv_b.op.2.bias')).toEqual([48]);
    expect(shapes.get('lastact.0.weight')).toEqual([48]);
    expect(shapes.get('classifier.weight')).toEqual([10, 48]);
    // A skip connection between equal widths is its input.
    for (const cell of ['cells.0', 'cells.4']) {
      expect([...shapes.keys()].filter((name) => name.startsWith(`${cell}.layers.3`))).toEqual([]);
    }
  });

  it('halves the image twice and divides its widths where asked to', () => {
    const architecture = natsSize.parse('8:16:64:8:16');
    const graph = natsSize.network(architecture, { divisor: 8, numClasses: 3, inputShape: [1, 4, 4] });
    const [last] = graph.nodes.filter(({ name }) => name === 'cells.4.node3');
    expect(last!.shape).toEqual([2, 1, 1]);
    expect(graph.params.find(({ name }) => name === 'stem.0.weight')!.shape).toEqual([1, 1, 3, 3]);
  });

  it.each([
    { size: { divisor: 3 as 1 }, field: 'divisor' },
    { size: { C: 16 }, field: 'C' },
    { size: { numClasses: 0 }, field: 'numClasses' },
    { size: { inputShape: [3, 30, 32] as const }, field: 'inputShape' },
  ])('refuses $size', ({ size, field }) => {
    expect(() => natsSize.network(natsSizeAt(1), size)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', field }),
    );
  });

  it.each([
    { text: '64:32:8:48', position: 10, expected: "':' and stage4" },
    { text: '64:32:9:48:56', position: 6, expected: 'stage2: one of 8, 16, 24, 32, 40, 48, 56, 64' },
    { text: '64:32:8:48:56:8', position: 13, expected: 'the end: there are 5 choices' },
    { text: '', position: 0, expected: 'stage0: one of 8, 16, 24, 32, 40, 48, 56, 64' },
    { text: '064:32:8:48:56', position: 0, expected: 'stage0: one of 8, 16, 24, 32, 40, 48, 56, 64' },
  ])('says where $text is wrong', ({ text, position, expected }) => {
    expect(() => natsSize.parse(text)).toThrow(
      expect.objectContaining({ code: 'GENOTYPE_SYNTAX', position, expected }),
    );
  });

  it('refuses widths that it does not have', () => {
    for (const widths of [
      [8, 8, 8, 8],
      [8, 8, 8, 8, 9],
      [8, 8, 8, 8, 8, 8],
    ]) {
      expect(() => natsSizeArchitecture(widths)).toThrow(
        expect.objectContaining({ code: 'ARCHITECTURE_INVALID', field: 'widths' }),
      );
    }
    expect(natsSize.parse(' 8 : 8:8:8:8 ')).toEqual(natsSizeArchitecture([8, 8, 8, 8, 8]));
  });
});
