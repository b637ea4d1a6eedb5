import { graphCost } from '@tenas/graph';
import { describe, expect, it } from 'vitest';
import { datasetShape, proxylessNas } from '../src/index.js';

const final = proxylessNas.sizes.final(datasetShape('imagenet-1k'));

describe('ProxylessNAS', () => {
  // Parameters as osmr/imgclsmob counts them in the published networks; multiply-adds, in millions, as published: 320 and
  // 581 in the authors' README, 465 in the table of PC-DARTS's paper. Nobody states those of the CPU's network.
  it.each([
    { name: 'ProxylessNAS-Mobile', params: 4_080_512, macs: 320 },
    { name: 'ProxylessNAS-Mobile-14', params: 6_857_568, macs: 581 },
    { name: 'ProxylessNAS-CPU', params: 4_361_648, macs: 439 },
    { name: 'ProxylessNAS-GPU', params: 7_119_848, macs: 465 },
  ])('$name has its parameters and macs', ({ name, params, macs }) => {
    const cost = graphCost(proxylessNas.network(proxylessNas.parse(name), final));
    expect([cost.params, Math.round(cost.macs / 1e6)]).toEqual([params, macs]);
  });

  it('knows its networks by name, however it is written', () => {
    const written = proxylessNas.format(proxylessNas.parse('ProxylessNAS-GPU'));
    expect(written).toMatch(/^gpu:5x5_MBConv3:Zero:Zero:Zero:7x7_MBConv3:/);
    expect(proxylessNas.format(proxylessNas.parse(' proxylessnas_gpu '))).toBe(written);
  });

  it('has no Zero where a stage begins', () => {
    const place = proxylessNas.decisions.filter(({ choices }) => choices.length === 6);
    expect(place.map(({ name }) => name)).toEqual([
      'layer0',
      'layer4',
      'layer8',
      'layer12',
      'layer16',
      'layer20',
    ]);
    expect(() => proxylessNas.parse('mobile:Zero')).toThrow(
      expect.objectContaining({ code: 'GENOTYPE_SYNTAX', position: 7 }),
    );
  });

  it('names parameters as the authors do', () => {
    const { params } = proxylessNas.network(proxylessNas.parse('ProxylessNAS-Mobile'), final);
    const shapes = new Map(params.map(({ name, shape }) => [name, shape.join('x')]));
    expect(shapes.get('first_conv.conv.weight')).toBe('32x3x3x3');
    expect(shapes.get('blocks.0.mobile_inverted_conv.depth_conv.conv.weight')).toBe('32x1x3x3');
    expect(shapes.get('blocks.1.mobile_inverted_conv.inverted_bottleneck.conv.weight')).toBe('48x16x1x1');
    expect(shapes.get('blocks.21.mobile_inverted_conv.point_linear.bn.bias')).toBe('320');
    expect(shapes.get('feature_mix_layer.conv.weight')).toBe('1280x320x1x1');
    expect(shapes.get('classifier.linear.bias')).toBe('1000');
  });

  it('halves images of 64 and more rows five times, smaller ones three times', () => {
    const side = (rows: number) => {
      const { nodes } = proxylessNas.network(proxylessNas.parse('ProxylessNAS-CPU'), {
        divisor: 8,
        inputShape: [3, rows, rows],
      });
      return nodes.find(({ name }) => name === 'feature_mix_layer.bn')!.shape[1];
    };
    expect([side(64), side(32), side(16)]).toEqual([2, 4, 2]);
  });
});
