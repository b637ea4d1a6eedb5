import { graphCost } from '@tenas/graph';
import { describe, expect, it } from 'vitest';
import { spaceContract } from '../src/contract/index.js';
import {
  datasetShape,
  mobileNetV2,
  mobileNetV2Layers,
  mobileNetV2Macs,
  mobileNetV2Within,
} from '../src/index.js';

const final = mobileNetV2.sizes.final(datasetShape('imagenet-1k'));
/** A network that AZ-NAS's repository stores as found under 450 million. */
const STRUCTURE =
  'SuperConvK3BNRELU(3,24,2,1)SuperResIDWE4K3(24,32,2,32,3)SuperResIDWE1K3(32,80,2,48,1)' +
  'SuperResIDWE2K5(80,96,2,96,5)SuperResIDWE4K5(96,192,2,192,3)SuperConvK1BNRELU(192,2048,1,1)';

describe('MobileNetV2', () => {
  it('reads structure strings, and the same in short', () => {
    const read = mobileNetV2.parse(STRUCTURE);
    expect(mobileNetV2.format(read)).toBe(STRUCTURE);
    expect(mobileNetV2.parse(' 24 /e4k3-32-32x3/ e1k3-48-80x1/e2k5-96-96x5/e4k5-192-192x3\n')).toEqual(read);
    expect(mobileNetV2.parse(mobileNetV2.format(mobileNetV2.parse('ZiCo-1G')))).toMatchObject({
      stem: 48,
      blocks: [{}, {}, {}, { stride: 2, layers: 4 }, { stride: 1, layers: 5, expansion: 6, kernel: 5 }],
    });
  });

  it.each([
    {
      text: '24',
      position: 2,
      expected: "'/' and a block, e<expansion>k<kernel>-<bottleneck>-<channels>x<layers>",
    },
    { text: '25/e4k3-32-32x3', position: 0, expected: 'channels of the stem: a multiple of 8 up to 8192' },
    { text: '24/e3k3-32-32x3', position: 4, expected: 'expansion: one of 1, 2, 4, 6' },
    {
      text: '24/e4k3-32-32x3/',
      position: 16,
      expected: 'e<expansion>k<kernel>-<bottleneck>-<channels>x<layers>',
    },
    { text: '24/e4k3-32-32x0', position: 14, expected: 'layers: 1 to 64' },
    { text: '24/e4k3-32-32x3?', position: 15, expected: 'the end' },
    {
      text: STRUCTURE.replace('E1K3(32', 'E1K3(40'),
      position: 72,
      expected: '32, the channels of the block before',
    },
    { text: STRUCTURE.replace('2048', '1280'), position: 167, expected: '2048 channels' },
    { text: 'SuperConvK1BNRELU(192,2048,1,1)', position: 0, expected: "'SuperConvK3BNRELU('" },
    { text: '8'.repeat(10_001), position: 10_000, expected: 'at most 10000 characters' },
  ])('refuses $text at the place', ({ text, position, expected }) => {
    expect(() => mobileNetV2.parse(text)).toThrow(
      expect.objectContaining({ code: 'GENOTYPE_SYNTAX', position, expected }),
    );
  });

  it.each(['ZiCo-1G', STRUCTURE])('counts the multiply-adds of %s as the graph does', (text) => {
    const architecture = mobileNetV2.parse(text);
    expect(mobileNetV2Macs(architecture)).toBe(graphCost(mobileNetV2.network(architecture, final)).macs);
  });

  it('draws, chooses and mutates within its budget', () => {
    const architectures = mobileNetV2.sample({ count: 200, seed: 5 });
    for (const architecture of architectures) {
      const macs = mobileNetV2Macs(architecture);
      expect(macs).toBeLessThanOrEqual(450e6);
      expect(mobileNetV2Layers(architecture)).toBeLessThanOrEqual(14);
    }
    const texts = new Set(architectures.map((architecture) => mobileNetV2.format(architecture)));
    expect(texts.size).toBe(200);
    const [first] = architectures;
    const choices = mobileNetV2.choicesOf(first!);
    expect(() =>
      mobileNetV2.fromChoices({ ...choices, 'stem/channels': '512', 'stage0/channels': '512' }),
    ).toThrow(
      expect.objectContaining({
        code: 'CHOICES_INVALID',
        message: expect.stringMatching(/more than 450000000/),
      }),
    );
  });

  it('reads what its budget or its decisions leave out, without choices for it', () => {
    const over = mobileNetV2.parse('ZiCo-1G');
    expect(() => mobileNetV2.fromChoices(mobileNetV2.choicesOf(over))).toThrow(/has 16 layers, more than 14/);
    for (const text of [
      '24/e4k3-32-32x3',
      '24+e4k3-32-32x3',
      '24/e4k3-32-32x8/e1k3-48-80x1/e2k5-96-96x5/e4k5-192-192x3',
      '24/e4k3-32-32x1/e1k3-48-80x1/e2k5-96-96x5/e4k5-192-192x3+e4k5-8-8x1+e4k5-8-8x1',
    ]) {
      expect(() => mobileNetV2.choicesOf(mobileNetV2.parse(text))).toThrow(
        expect.objectContaining({ code: 'ARCHITECTURE_INVALID' }),
      );
    }
  });

  it('names parameters as the authors do', () => {
    const { params } = mobileNetV2.network(mobileNetV2.parse(STRUCTURE), final);
    const shapes = new Map(params.map(({ name, shape }) => [name, shape.join('x')]));
    expect(shapes.get('module_list.0.module_list.0.netblock.weight')).toBe('24x3x3x3');
    expect(shapes.get('module_list.1.module_list.0.module_list.3.netblock.weight')).toBe('128x1x3x3');
    expect(shapes.get('module_list.1.module_list.0.proj.0.bias')).toBe('32');
    expect(shapes.has('module_list.1.module_list.2.proj.0.bias')).toBe(false);
    expect(shapes.get('module_list.2.module_list.2.proj.1.running_var')).toBe('80');
    expect(shapes.get('module_list.5.module_list.0.netblock.weight')).toBe('2048x192x1x1');
    expect(shapes.get('fc_linear.netblock.bias')).toBe('1000');
  });

  it('ends a block where AZ-NAS looks at features: behind the stem, every residual and the last convolution', () => {
    const { blocks, nodes } = mobileNetV2.network(mobileNetV2.parse(STRUCTURE), final);
    expect(blocks).toHaveLength(2 + 2 * 12);
    expect(blocks!.every((node) => nodes[node]!.op === 'relu')).toBe(true);
  });

  describe('with another budget', () => {
    const larger = mobileNetV2Within({ name: 'mobilenet-1g', maxMacs: 1e9, maxLayers: 16 });
    for (const { name, run } of spaceContract(larger, { quick: true })) it(name, run);

    it.each([
      { budget: { name: 'Mobile Net' }, field: 'name' },
      { budget: { maxMacs: 1e6 }, field: 'maxMacs' },
      { budget: { maxLayers: 3 }, field: 'maxLayers' },
      { budget: { macs: 1e9 }, field: 'macs' },
    ])('refuses $budget', ({ budget, field }) => {
      expect(() => mobileNetV2Within(budget)).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID', field }),
      );
    });
  });
});
