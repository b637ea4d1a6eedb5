import { darts, datasetShape, nasBench201, type Space } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { protocolNetworks } from '../../src/prune/protocols/networks.js';

const images = datasetShape('imagenet16-120');

describe('networks of the protocols', () => {
  it.each<[string, Space]>([
    ['nas-bench-201', nasBench201],
    ['darts', darts],
  ])('are the published ones on %s, which its supernet has by itself', (name, { supernet }) => {
    const networks = protocolNetworks(name, supernet!);
    expect(networks.ntk(images)).toEqual(supernet!.sizes.proxy(images));
    expect(networks.regions(images)).toEqual(supernet!.sizes.stemless(images));
    expect(networks.wholeRegions(images, 5)).toEqual({
      ...supernet!.sizes.stemless(images),
      depth: -1,
      inputShape: [1, 5, 5],
    });
  });

  it('are the small ones of any other space', () => {
    const sizes = { proxy: () => ({ width: 4 }), stemless: () => ({ width: 2 }) };
    for (const name of ['chain', 'constructor']) {
      const networks = protocolNetworks(name, { sizes });
      expect(networks.ntk(images)).toEqual({ width: 4 });
      expect(networks.regions(images)).toEqual({ width: 2 });
      expect(networks.wholeRegions(images, 6)).toEqual({ width: 2, inputShape: [1, 6, 6] });
    }
  });
});
