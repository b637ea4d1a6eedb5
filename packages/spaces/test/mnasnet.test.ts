import { readFileSync } from 'node:fs';
import { type Graph, graphCost } from '@tenas/graph';
import { describe, expect, it } from 'vitest';
import { datasetShape, mnasnet } from '../src/index.js';
import { referenceData } from './reference-data.js';

const table = referenceData('data/mnasnet-imagenet/accuracy.csv');
const final = mnasnet.sizes.final(datasetShape('imagenet-1k'));

/**
 * What the benchmark's counter (thop) adds to the multiply-adds of convolutions and linear layers: four operations for
 * each element of a batch norm; for each mean one for every pixel and one more.
 */
function extras({ nodes }: Graph): number {
  return nodes.reduce((sum, node) => {
    const [channels, height, width] = node.shape;
    if (node.op === 'batchNorm') return sum + 4 * channels * height * width;
    if (node.op !== 'globalAvgPool') return sum;
    const [, rows, columns] = nodes[node.input]!.shape;
    return sum + channels * (rows * columns + 1);
  }, 0);
}

describe('MnasNet', () => {
  it('has four things open in seven stages', () => {
    expect(mnasnet.decisions.length).toBe(28);
    const architecture = mnasnet.parse(mnasnet.example);
    expect(mnasnet.choicesOf(architecture)).toMatchObject({
      'stage1/expansion': '4',
      'stage1/kernel': '5',
      'stage6/layers': '2',
      'stage6/se': '0',
    });
    expect(mnasnet.format(architecture)).toBe(mnasnet.example);
  });

  it.each([
    { text: '6-4-6-6-6-1/3-5', position: 10, expected: 'stage5/expansion: one of 1, 4, 6' },
    { text: '6-4-6-6-6-1-1-3-5', position: 12, expected: 'stage6/expansion: one of 1, 4, 6' },
    { text: '6-4-6-6-6-1-2', position: 12, expected: 'stage6/expansion: one of 1, 4, 6' },
    { text: '6-4-6-6-6-1-1', position: 13, expected: "'/' and stage0/kernel" },
  ])('refuses $text at the place', ({ text, position, expected }) => {
    expect(() => mnasnet.parse(text)).toThrow(
      expect.objectContaining({ code: 'GENOTYPE_SYNTAX', position, expected }),
    );
  });

  it('names parameters as torchvision’s EfficientNet', () => {
    const text = '1-4-6-6-6-6-1/3-3-5-3-5-5-3/1-2-2-3-3-4-1/1-0-1-1-1-1-1';
    const { params } = mnasnet.network(mnasnet.parse(text), final);
    const shapes = new Map(params.map(({ name, shape }) => [name, shape.join('x')]));
    expect(shapes.get('features.0.0.weight')).toBe('32x3x3x3');
    expect(shapes.get('features.1.0.block.0.0.weight')).toBe('32x1x3x3');
    expect(shapes.get('features.1.0.block.1.fc1.weight')).toBe('8x32x1x1');
    expect(shapes.get('features.1.0.block.2.0.weight')).toBe('16x32x1x1');
    expect(shapes.get('features.2.0.block.2.0.weight')).toBe('24x64x1x1');
    expect(shapes.get('features.6.3.block.2.fc2.bias')).toBe('1152');
    expect(shapes.get('features.6.3.block.3.1.running_var')).toBe('192');
    expect(shapes.get('features.8.0.weight')).toBe('1280x320x1x1');
    expect(shapes.get('classifier.1.bias')).toBe('1000');
  });

  it.skipIf(table.absent)(`has the parameters and macs of all rows of the table${table.note}`, () => {
    const rows = readFileSync(table.path, 'utf8').trim().split('\n').slice(1);
    expect(rows.length).toBe(1700);
    for (const row of rows) {
      const [, expansion, kernel, layers, se, , macs, params] = row.split(',');
      const text = [expansion, kernel, layers, se].join('/');
      const graph = mnasnet.network(mnasnet.parse(text), final);
      const found = graphCost(graph);
      const millions = (count: number, digits: number) => Number((count / 1e6).toFixed(digits));
      expect([text, millions(found.params, 4), millions(found.macs + extras(graph), 3)]).toEqual([
        text,
        Number(params),
        Number(macs),
      ]);
    }
  });
});
