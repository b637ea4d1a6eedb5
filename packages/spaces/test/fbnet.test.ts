import { graphCost } from '@tenas/graph';
import { describe, expect, it } from 'vitest';
import { datasetShape, fbNet } from '../src/index.js';

const final = fbNet.sizes.final(datasetShape('imagenet-1k'));

describe('FBNet', () => {
  // FBNet-C's parameters as osmr/imgclsmob and timm count them. Multiply-adds that the authors publish are 0.2 to 0.5 %
  // lower (docs/spaces.md).
  it.each([
    { name: 'FBNet-A', params: 4_321_464, macs: 249.92, published: 249.4 },
    { name: 'FBNet-B', params: 4_813_048, macs: 296.61, published: 295.6 },
    { name: 'FBNet-C', params: 5_572_200, macs: 384.96, published: 383.0 },
  ])('$name has its parameters and macs', ({ name, params, macs, published }) => {
    const cost = graphCost(fbNet.network(fbNet.parse(name), final));
    expect([cost.params, Number((cost.macs / 1e6).toFixed(2))]).toEqual([params, macs]);
    expect(Math.abs(macs / published - 1)).toBeLessThan(0.006);
  });

  it('skips by nothing where that fits, else by a 1x1 convolution', () => {
    const skipped = fbNet.parse([...Array(22).fill('skip'), '1504'].join(':'));
    const { params } = fbNet.network(skipped, final);
    const weights = params.filter(({ kind }) => kind === 'convWeight');
    expect(weights.map(({ name, shape }) => `${name} ${shape.join('x')}`)).toEqual([
      'first.conv.weight 16x3x3x3',
      'stages.xif1_0.conv.conv.weight 24x16x1x1',
      'stages.xif5_0.conv.conv.weight 32x24x1x1',
      'stages.xif9_0.conv.conv.weight 64x32x1x1',
      'stages.xif13_0.conv.conv.weight 112x64x1x1',
      'stages.xif17_0.conv.conv.weight 184x112x1x1',
      'stages.xif21_0.conv.conv.weight 352x184x1x1',
      'last.conv.weight 1504x352x1x1',
    ]);
  });

  it('shuffles between convolutions of two groups', () => {
    const grouped = fbNet.parse([...Array(22).fill('k3_e1_g2'), '1504'].join(':'));
    const { nodes } = fbNet.network(grouped, { divisor: 4 });
    const shuffle = nodes.find(({ name }) => name === 'stages.xif0_0.shuffle')!;
    expect(shuffle).toMatchObject({ op: 'selectChannels', channels: [0, 2, 1, 3] });
    expect(nodes.find(({ name }) => name === 'stages.xif0_0.pw.conv')).toMatchObject({ groups: 2 });
    expect(nodes.find(({ name }) => name === 'stages.xif0_0.pwl.conv')).toMatchObject({ groups: 2 });
  });

  it('halves images of 64 and more rows five times, smaller ones three times', () => {
    const side = (rows: number) => {
      const { nodes } = fbNet.network(fbNet.parse('FBNet-B'), { inputShape: [3, rows, rows] });
      return nodes.find(({ name }) => name === 'last.bn')!.shape[1];
    };
    expect([side(64), side(32), side(16)]).toEqual([2, 4, 2]);
  });

  it('refuses a divisor that leaves odd channels for two groups', () => {
    expect(() => fbNet.network(fbNet.parse('FBNet-A'), { divisor: 8 })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', field: 'divisor' }),
    );
  });
});
