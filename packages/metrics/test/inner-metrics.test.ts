import { readSettings } from '@tenas/base/settings';
import { syntheticImages } from '@tenas/data';
import { GraphBuilder } from '@tenas/graph';
import { Program } from '@tenas/native';
import { getSpace } from '@tenas/spaces';
import { describe, expect, it, vi } from 'vitest';
import { Evaluator } from '../src/index.js';
import { azExpressivity } from '../src/list/az-expressivity.js';
import { azProgressivity } from '../src/list/az-progressivity.js';
import { azTrainability } from '../src/list/az-trainability.js';
import { fisher } from '../src/list/fisher.js';
import { grasp } from '../src/list/grasp.js';
import { intrain } from '../src/list/intrain.js';
import { meco } from '../src/list/meco.js';
import { vkdnwEntropy } from '../src/list/vkdnw-entropy.js';
import { wrcor } from '../src/list/wrcor.js';
import { zen } from '../src/list/zen.js';

/** A stem and, in the second block, a layer that halves the image; two channels everywhere. */
function network({ marked, six = false }: { readonly marked: boolean; readonly six?: boolean }) {
  const builder = new GraphBuilder();
  const relu = (node: number) => (six ? builder.activation(node, 'relu6') : builder.relu(node));
  const stem = builder.conv2d(builder.input([3, 4, 4]), { name: 'stem', outChannels: 2, kernel: 1 });
  if (marked) builder.markBlock(stem);
  const layer = builder.conv2d(relu(stem), { name: 'layer', outChannels: 2, kernel: 1, stride: 2 });
  if (marked) builder.markBlock(layer);
  const pooled = builder.globalAvgPool(relu(layer));
  return builder.build(builder.linear(pooled, { name: 'head', outFeatures: 3, bias: false }));
}

function probed<S extends object>(settings: S, graph = network({ marked: true })) {
  return { settings, graph, coefficients: new Float64Array(0), weights: () => new Float32Array(0) };
}

/** Features with a diagonal covariance. */
function features(...variances: readonly (readonly number[])[]) {
  const nodes = variances.map((own) => ({
    mean: new Float64Array(own.length),
    covariance: Float64Array.from({ length: own.length ** 2 }, (_, place) =>
      place % (own.length + 1) === 0 ? own[Math.floor(place / own.length)]! : 0,
    ),
  }));
  return { nodes };
}

describe('metrics of features', () => {
  const about = probed(readSettings('az-expressivity', azExpressivity.settings));
  const entropy = (...shares: readonly number[]) =>
    -shares.reduce((sum, share) => sum + share * Math.log(share + 1e-8), 0);

  it('expressivity adds up the entropies of the blocks, progressivity takes the smallest step', () => {
    const answer = features([3, 1], [5, 5], [8, 2]);
    const [first, second, third] = [entropy(0.75, 0.25), entropy(0.5, 0.5), entropy(0.8, 0.2)];
    expect(azExpressivity.value([answer], about)).toBeCloseTo(first + second + third, 12);
    expect(azProgressivity.value([answer], about)).toBeCloseTo(third - second, 12);
  });

  it('say why where features have no variance, or where there is no second block', () => {
    expect(azExpressivity.value([features([0, 0], [1, 1])], about)).toEqual({ failure: 'constant' });
    expect(azProgressivity.value([features([1, 1])], about)).toEqual({ failure: 'single' });
  });

  it('meco leaves out channels without variance and nodes that do not run', () => {
    const settings = readSettings('meco', meco.settings);
    const correlated = { mean: new Float64Array(2), covariance: Float64Array.of(4, 1, 1, 1) };
    const off = { mean: new Float64Array(0), covariance: new Float64Array(0) };
    const { nodes } = features([3, 0]);
    // The correlation of the first two is 1/2; a constant channel correlates with nothing, not even itself.
    expect(meco.value([{ nodes: [correlated, off, ...nodes] }], probed(settings))).toBeCloseTo(0.5, 12);
  });

  it('meco looks at evenly spaced channels, and lets them stand for all', () => {
    const settings = { ...readSettings('meco', meco.settings), channels: 1 };
    const about = probed(settings);
    const [task] = meco.tasks(settings, about.graph);
    expect(task.channels).toEqual(task.nodes.map(() => [0]));
    expect(meco.tasks({ ...settings, channels: 8 }, about.graph)[0].channels).toEqual(
      task.nodes.map(() => [0, 1]),
    );
    // Of one channel the only correlation is 1; it stands for two.
    const one = { mean: new Float64Array(1), covariance: Float64Array.of(4) };
    expect(meco.value([{ nodes: [one, one] }], about)).toBe(4);
  });

  it('intrain weighs participation ratios by the spread of gradients', () => {
    const settings = readSettings('intrain', intrain.settings);
    const gradient = Float32Array.of(1, -1, 1, -1, 1, -1, ...[4, 0, 0, 0], ...[0, 0, 0, 0, 0, 0]);
    const answer = { loss: 0, correct: 0, logits: new Float32Array(0), parameters: gradient };
    const ratios = Math.log(16 / 10) + Math.log(4 / 2);
    // Deviations of a sample: more than the largest entry, which counts as 1; 2 of 4; no gradient.
    const expected = (ratios * (1 + 1 + 0.5)) / Math.log(3);
    expect(intrain.value([features([3, 1], [1, 1]), answer], probed(settings))).toBeCloseTo(expected, 6);
  });
});

describe('metrics of gradients inside', () => {
  it('trainability is best where blocks keep the size of gradients', () => {
    const about = probed(readSettings('az-trainability', azTrainability.settings));
    const value = (size: number, unchanged = false) =>
      azTrainability.value(
        [{ blocks: [{ product: Float64Array.of(size, 0, 0, 0.1, 0, 0, 0, 0), unchanged }] }],
        about,
      );
    expect(value(1)).toBeCloseTo(0, 5);
    expect(value(3)).toBeCloseTo(2 - 3 - 1 / 3, 5);
    expect(value(0.5)).toBeCloseTo(2 - 0.5 - 2, 5);
    expect(value(1, true)).toEqual({ failure: 'identity' });
    const short = network({ marked: false });
    expect(azTrainability.tasks(about.settings, network({ marked: true }))[0].blocks).toEqual([
      { from: 1, to: 3 },
    ]);
    expect(azTrainability.tasks(about.settings, short)[0].blocks).toEqual([{ from: 2, to: 4 }]);
  });

  it('grasp adds up the products of all tensors, with the other sign', () => {
    const settings = readSettings('grasp', grasp.settings);
    const answer = (...products: readonly number[]) => ({ loss: 1, products: Float64Array.from(products) });
    expect(grasp.value([answer(1, 0, -3)], probed(settings))).toBe(2);
    expect(grasp.value([answer(1, Number.NaN)], probed(settings))).toEqual({ failure: 'overflow' });
    expect(grasp.tasks({ ...settings, temperature: 200 }, network({ marked: true }))).toEqual([
      { kind: 'curvature', temperature: 200 },
    ]);
  });

  it('fisher squares the sum over pixels, and counts the weights of a channel or not', () => {
    const nodes = [
      [1, 2],
      [3, 0],
      [1, 1, 1],
    ].map((products) => ({ products: Float64Array.from(products) }));
    const value = (variant: 'zero-cost-nas' | 'paper') =>
      fisher.value(
        [{ loss: 0, nodes }],
        probed({ ...readSettings('fisher', fisher.settings), batchSize: 1, variant }),
      );
    expect(value('paper')).toBe((5 + 9 + 3) / 2);
    expect(value('zero-cost-nas')).toBe((3 * 5 + 2 * 9 + 2 * 3) / 2);
  });

  it('wrcor weighs the ReLUs of later blocks more, and leaves out what has no correlation', () => {
    const about = probed({ ...readSettings('wrcor', wrcor.settings), batchSize: 2 });
    const of = (correlation: number) => Float64Array.of(1, correlation, correlation, 1);
    const products = new Float64Array(0);
    const nodes = [
      { products, outputs: of(-0.5), gradients: of(Number.NaN) },
      { products, outputs: of(0.25), gradients: of(0) },
    ];
    // After the stem 2 times one matrix, after the second block 4 times two: [[10, 2], [2, 10]].
    expect(wrcor.value([{ loss: 0, nodes }], about)).toBeCloseTo(Math.log(96), 12);
    expect(wrcor.value([{ loss: 0, nodes: [nodes[0]!, nodes[0]!] }], about)).toBeCloseTo(Math.log(27), 12);
    const six = { ...about, graph: network({ marked: true, six: true }) };
    expect(wrcor.tasks(six.settings, six.graph)).toEqual(wrcor.tasks(about.settings, about.graph));
    expect(wrcor.value([{ loss: 0, nodes }], six)).toBeCloseTo(Math.log(96), 12);
  });
});

describe('on networks', () => {
  const space = getSpace('nas-bench-201');
  const source = syntheticImages({ size: 16, images: 200 });
  const none = '|none~0|+|none~0|none~1|+|none~0|none~1|none~2|';
  const mixed = '|nor_conv_3x3~0|+|skip_connect~0|none~1|+|avg_pool_3x3~0|none~1|nor_conv_1x1~2|';
  const inner = [
    azExpressivity,
    azProgressivity,
    azTrainability,
    zen,
    vkdnwEntropy,
    meco,
    intrain,
    wrcor,
    fisher,
    grasp,
  ];
  const chosen = inner.map(({ name }) => ({
    metric: name,
    settings: name === meco.name ? {} : { batchSize: 8 },
  }));
  const scores = async (options: object) => {
    using evaluator = new Evaluator({
      ...{ space, source, metrics: chosen, repeats: 2, device: 'cpu' as const },
      ...options,
    });
    const scored = await evaluator.score([mixed, none]);
    return scored.map((one) => Object.values(one.scores).map(({ value, failures }) => value ?? failures));
  };

  it('have values that seed and repeat decide, on dead networks too, and share passes', async () => {
    const evaluate = vi.spyOn(Program.prototype, 'evaluate');
    const first = await scores({ seed: 1 });
    // Noise, perturbed noise, one image, images with labels.
    expect(evaluate).toHaveBeenCalledTimes(4);
    evaluate.mockRestore();
    expect(first[0]).toEqual(inner.map(() => expect.any(Number)));
    expect(await scores({ seed: 1 })).toEqual(first);
    const [other] = await scores({ seed: 2 });
    for (const [place, value] of other!.entries()) expect(value).not.toBe(first[0]![place]);
  });

  it('look at noise of another size than the images where told', async () => {
    const scored = async (from: typeof source, crop: number | null) => {
      using evaluator = new Evaluator({
        ...{ space, source: from, repeats: 2, device: 'cpu' as const },
        metrics: [{ metric: zen, settings: { batchSize: 4, crop } }],
      });
      return (await evaluator.score([mixed]))[0]!.scores.zen!.repeats;
    };
    const small = await scored(syntheticImages({ size: 8, images: 200 }), null);
    expect(await scored(source, 8)).toEqual(small);
    expect(await scored(source, null)).not.toEqual(small);
  });
});
