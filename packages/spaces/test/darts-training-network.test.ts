import { graphCost } from '@tenas/graph';
import { describe, expect, it } from 'vitest';
import { type DartsCell, type DartsSize, darts, dartsTrainingNetwork } from '../src/index.js';

const CIFAR: DartsSize = { C: 4, N: 3, numClasses: 7, inputShape: [3, 32, 32] };

function head(genotype: string, size: DartsSize) {
  const { graph, auxiliary } = dartsTrainingNetwork(darts.parse(genotype), size);
  const nodes = graph.nodes.filter(({ name }) => name.startsWith('auxiliary_head'));
  return { graph, auxiliary, nodes, shapes: nodes.map(({ op, shape }) => [op, ...shape]) };
}

describe('dartsTrainingNetwork', () => {
  it('has the auxiliary head of the published code for CIFAR', () => {
    const { graph, auxiliary, shapes } = head('DARTS_V2', CIFAR);
    expect(shapes).toEqual([
      ['relu', 64, 8, 8],
      ['avgPool2d', 64, 2, 2],
      ['conv2d', 128, 2, 2],
      ['batchNorm', 128, 2, 2],
      ['relu', 128, 2, 2],
      ['conv2d', 768, 1, 1],
      ['batchNorm', 768, 1, 1],
      ['relu', 768, 1, 1],
      ['linear', 7, 1, 1],
    ]);
    expect(graph.nodes[auxiliary!]!.name).toBe('auxiliary_head.classifier');
    const names = graph.params.map(({ name }) => name).filter((name) => name.startsWith('auxiliary_head'));
    expect(names.filter((name) => !name.includes('running'))).toEqual([
      'auxiliary_head.features.2.weight',
      'auxiliary_head.features.3.weight',
      'auxiliary_head.features.3.bias',
      'auxiliary_head.features.5.weight',
      'auxiliary_head.features.6.weight',
      'auxiliary_head.features.6.bias',
      'auxiliary_head.classifier.weight',
      'auxiliary_head.classifier.bias',
    ]);
  });

  it('has no second batch norm for ImageNet, as published', () => {
    const { shapes } = head('DARTS_V2', {
      macro: 'imagenet',
      C: 4,
      N: 14,
      numClasses: 7,
      inputShape: [3, 224, 224],
    });
    expect(shapes.map(([op]) => op)).toEqual([
      ...['relu', 'avgPool2d', 'conv2d', 'batchNorm', 'relu', 'conv2d', 'relu', 'linear'],
    ]);
    expect(shapes[0]).toEqual(['relu', 64, 7, 7]);
    expect(shapes[1]).toEqual(['avgPool2d', 64, 2, 2]);
  });

  it('averages larger maps where their size divides, and has no head where it does not', () => {
    const { shapes } = head('DARTS_V2', { ...CIFAR, inputShape: [3, 64, 64] });
    expect(shapes.slice(0, 2)).toEqual([
      ['avgPool2d', 64, 8, 8],
      ['relu', 64, 8, 8],
    ]);
    for (const side of [16, 48, 20]) {
      expect(head('DARTS_V2', { ...CIFAR, inputShape: [3, side, side] })).toMatchObject({
        auxiliary: null,
        nodes: [],
      });
    }
  });

  it('drops every operation but identities', () => {
    const size = { ...CIFAR, N: 6 };
    const named = (genotype: string) => {
      const { graph, dropPath } = dartsTrainingNetwork(darts.parse(genotype), size);
      return dropPath.map((id) => graph.nodes[id]!.name);
    };
    const names = named('DARTS_V2');
    const { normal, reduce } = darts.parse('DARTS_V2');
    // A skip that halves the maps is no identity.
    const count = (cell: DartsCell, halves: boolean) =>
      cell.inputs.filter(({ op, state }) => op !== 'skip_connect' || (halves && state < 2)).length;
    expect(names).toHaveLength(4 * count(normal, false) + 2 * count(reduce!, true));
    expect(new Set(names).size).toBe(names.length);
    // The fixed reduction of GDAS has four parts.
    const parts = named('GDAS_F1').filter((name) => /^cells\.2\./.test(name));
    expect(parts).toEqual(['cells.2.ops1.0.6', 'cells.2.ops1.1.6', 'cells.2.ops2.0.1', 'cells.2.ops2.1.1']);
  });

  it('leaves what is counted and exported as it is', () => {
    const { graph } = head('DARTS_V2', CIFAR);
    const plain = darts.network(darts.parse('DARTS_V2'), CIFAR);
    expect(graph.output).toBe(plain.output);
    expect(graphCost(graph)).toEqual(graphCost(plain));
  });
});
