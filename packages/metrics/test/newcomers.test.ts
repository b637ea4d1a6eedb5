import { RandomStream } from '@tenas/base';
import { readSettings } from '@tenas/base/settings';
import { syntheticImages } from '@tenas/data';
import { GraphBuilder } from '@tenas/graph';
import { type GradientAnswer, rowCorrelations } from '@tenas/native';
import { getSpace } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { chooseMetrics, Evaluator } from '../src/index.js';
import { correlations } from '../src/list/correlations.js';
import { sumsOfLayers } from '../src/list/gradients.js';
import { jacov } from '../src/list/jacov.js';
import { naswot } from '../src/list/naswot.js';
import { snip } from '../src/list/snip.js';
import { synflow } from '../src/list/synflow.js';
import { zico } from '../src/list/zico.js';

/** Two layers, of which the first has a bias, and a batch norm whose scale is called a weight too. */
function graph() {
  const builder = new GraphBuilder();
  const input = builder.input([3, 4, 4]);
  const first = builder.conv2d(input, { name: 'a', outChannels: 2, kernel: 1, bias: true });
  const pooled = builder.globalAvgPool(builder.relu(builder.batchNorm(first, { name: 'bn' })));
  return builder.build(builder.linear(pooled, { name: 'b', outFeatures: 2 }));
}

/** Sums that tell tensor and column: 10 * tensor + column. */
function answer(sums = (tensor: number, column: number) => 10 * tensor + column): GradientAnswer {
  const tensors = graph().params.length;
  return {
    loss: 0,
    correct: 0,
    logits: new Float32Array(0),
    sums: Float64Array.from({ length: 5 * tensors }, (_, place) => sums(Math.floor(place / 5), place % 5)),
  };
}

function probed<S extends object>(settings: S) {
  return { settings, graph: graph(), coefficients: new Float64Array(0), weights: () => new Float32Array(0) };
}

describe('sums over layers', () => {
  it('are of the weights of convolutions and linear layers, whatever other parameters are called', () => {
    const weights = graph().params.flatMap(({ name }, tensor) =>
      name === 'a.weight' || name === 'b.weight' ? [10 * tensor + 2] : [],
    );
    expect(weights).toHaveLength(2);
    expect(sumsOfLayers(graph(), answer(), 2)).toEqual(weights);
  });

  it('are refused where the gradient was not asked for as sums', () => {
    const { sums: _, ...without } = answer();
    expect(() => sumsOfLayers(graph(), without, 2)).toThrow(/as sums/);
  });
});

describe('values of made answers', () => {
  const value = { snip: 0, synflow: 0 };
  const layers = sumsOfLayers(graph(), answer(), 0);
  value.snip = layers.reduce((sum, one) => sum + one + 2, 0);
  value.synflow = layers.reduce((sum, one) => sum + one + 3, 0);

  it('snip adds |w g|, synflow w g', () => {
    expect(snip.value([answer()], probed(readSettings('snip', snip.settings)))).toBe(value.snip);
    expect(synflow.value([answer()], probed(readSettings('synflow', synflow.settings)))).toBe(value.synflow);
  });

  it.each([snip, synflow])('$name fails where a gradient overflowed', (metric) => {
    const settings = readSettings(metric.name, metric.settings) as never;
    expect(metric.value([answer(() => Number.POSITIVE_INFINITY)], probed(settings))).toEqual({
      failure: 'overflow',
    });
  });

  it('zico adds logarithms of the layers that have any', () => {
    const about = probed(readSettings('zico', zico.settings));
    const sums = (wanted: readonly number[]) => {
      let layer = 0;
      const layerIds = graph().params.flatMap(({ kind }, id) =>
        kind.endsWith('Weight') && kind !== 'bnWeight' ? [id] : [],
      );
      return answer((tensor, column) => (column === 4 && layerIds.includes(tensor) ? wanted[layer++]! : 0));
    };
    expect(zico.value([sums([Math.E, Math.E ** 2])], about)).toBeCloseTo(3, 12);
    expect(zico.value([sums([0, Math.E ** 2])], about)).toBeCloseTo(2, 12);
    expect(zico.value([sums([0, 0])], about)).toEqual({ failure: 'constant' });
    expect(zico.value([sums([Number.NaN, 1])], about)).toEqual({ failure: 'overflow' });
  });

  it('zico-bc takes off what large maps of few channels gain, of the layers that count', () => {
    const settings = { ...readSettings('zico', zico.settings), variant: 'zico-bc', beta: 0.5 } as const;
    const sums = (wanted: readonly number[]) => {
      let layer = 0;
      const layers = graph().params.map(({ kind }) => kind === 'convWeight' || kind === 'linearWeight');
      return answer((tensor, column) => (column === 4 && layers[tensor] ? wanted[layer++]! : 0));
    };
    // Outputs [2, 4, 4] and [2, 1, 1].
    const terms = [Math.log(16 / Math.sqrt(2)), Math.log(1 / Math.sqrt(2))];
    const value = (wanted: readonly number[]) => zico.value([sums(wanted)], probed(settings));
    expect(value([Math.E, Math.E])).toBeCloseTo(2 - 0.5 * (terms[0]! + terms[1]!), 12);
    expect(value([0, Math.E])).toBeCloseTo(1 - 0.5 * terms[1]!, 12);
  });

  it('zico refuses a beta that its variant has not', () => {
    const read = (settings: object) => readSettings('zico', zico.settings, settings);
    expect(() => read({ beta: 2 })).toThrow(/zico\.beta must be absent: only the variant zico-bc has it/);
    expect(() => read({ beta: 2, variant: 'l-swag' })).toThrow(/and this is l-swag, got 2/);
    expect(read({ beta: 2, variant: 'zico-bc' })).toMatchObject({ beta: 2 });
    // What records hold of the others.
    expect(read({ beta: 1, variant: 'zico' })).toMatchObject({ beta: 1 });
  });

  it('l-swag adds 1 / deviation of sizes, whatever the signs', () => {
    const settings = { ...readSettings('zico', zico.settings), variant: 'l-swag' } as const;
    const values = graph().params.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    const parameters = new Float32Array(2 * values);
    // The first weight of a: 1 and -3, deviation of sizes 1. The second: 2 and -2, deviation 0. b is idle.
    parameters.set([1, 2]);
    parameters.set([-3, -2], values);
    const { sums: _, ...rest } = answer();
    expect(zico.value([{ ...rest, parameters }], probed(settings))).toBeCloseTo(Math.log(1), 12);
    parameters[2] = 0.5;
    expect(zico.value([{ ...rest, parameters }], probed(settings))).toBeCloseTo(Math.log(1 + 4), 6);
    const still = { ...rest, parameters: new Float32Array(2 * values) };
    expect(zico.value([still], probed(settings))).toEqual({ failure: 'constant' });
  });

  it('naswot fails where two patterns are equal, although rounding gives the determinant some value', () => {
    const about = probed(readSettings('naswot', naswot.settings));
    const codes = (agreeing: number, logDeterminant: number) =>
      naswot.value(
        [{ kernel: Float64Array.of(5, agreeing, agreeing, 5), neurons: 5, logDeterminant }],
        about,
      );
    expect(codes(2, Math.log(21))).toBe(Math.log(21));
    expect(codes(5, -37)).toEqual({ failure: 'singular' });
    expect(codes(2, Number.NEGATIVE_INFINITY)).toEqual({ failure: 'singular' });
  });

  it('jacov is best, about minus the images, where nothing correlates', () => {
    const settings = { ...readSettings('jacov', jacov.settings), batchSize: 2 };
    const of = (...input: number[]) =>
      jacov.value([{ ...answer(), input: Float32Array.from(input) }], probed(settings)) as number;
    expect(of(1, -1, 0, 0, 0, 0, 1, -1)).toBeCloseTo(-2, 3);
    expect(of(1, -1, 0, 0, 1, -1, 0, 0)).toBeLessThan(-90_000);
    expect(of(1, 1, 1, 1, 1, -1, 0, 0)).toEqual({ failure: 'constant' });
    expect(of(1, Number.NaN, 1, 1, 1, -1, 0, 0)).toEqual({ failure: 'constant' });
  });
});

describe('correlations between rows', () => {
  it('are 1, -1 or in between, and do not depend on scale or offset', () => {
    const rows = [1, 2, 3, 4, 5, /**/ 10, 8, 6, 4, 2, /**/ 1, 0, 0, 0, 1];
    const matrix = correlations(rows, 3)!;
    expect(Array.from(matrix, (value) => Number(value.toFixed(12)))).toEqual([1, -1, 0, -1, 1, 0, 0, 0, 1]);
  });

  it('there are none with a row that is constant or not finite', () => {
    expect(correlations([1, 2, 3, 3], 2)).toBeNull();
    expect(correlations([1, 2, Number.POSITIVE_INFINITY, 3], 2)).toBeNull();
  });

  it('are the same bits by the engine, at odd sizes too', () => {
    const random = new RandomStream('rows', 1);
    for (const [n, length] of [
      [1, 1],
      [1, 7],
      [2, 4],
      [3, 5],
      [8, 64],
      [9, 63],
      [17, 301],
    ] as const) {
      const rows = Float32Array.from({ length: n * length }, () => random.normal() + 3);
      expect(rowCorrelations(rows, n)).toEqual(correlations(rows, n));
    }
    expect(rowCorrelations(Float32Array.of(1, 2, 3, 3), 2)).toBeNull();
    expect(rowCorrelations(Float32Array.of(1, 2, Number.NaN, 3), 2)).toBeNull();
    expect(() => rowCorrelations(new Float32Array(5), 2)).toThrow(/rows has 5 values; a multiple of n/);
    expect(() => rowCorrelations(new Float32Array(0), 1)).toThrow(/rows has 0 values/);
  });
});

describe('synflow of a network to train', () => {
  it('is found where single precision overflows', async () => {
    const architecture = '|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|none~0|none~1|nor_conv_3x3~2|';
    const score = async (engine: 'fast' | 'reference') => {
      using evaluator = new Evaluator({
        space: getSpace('nas-bench-201'),
        source: syntheticImages(),
        metrics: [{ metric: 'synflow', settings: { network: 'final' } }],
        repeats: 1,
        device: 'cpu',
        engine,
      });
      return (await evaluator.score([architecture]))[0]!.scores.synflow!.value!;
    };
    const found = await score('fast');
    expect(found).toBeGreaterThan(3.4e38);
    expect(found / (await score('reference'))).toBeCloseTo(1, 9);
  });
});

describe('one evaluation of all', () => {
  const metrics = ['naswot', 'synflow', 'snip', 'zico', 'jacov', 'ntk', 'regions', 'params', 'macs'];
  const space = getSpace('nas-bench-201');

  it('shares passes, and gives a dead network reasons instead of values', async () => {
    const source = syntheticImages({ size: 16 });
    using evaluator = new Evaluator({ space, source, metrics, repeats: 1, device: 'cpu' });
    const [good, dead] = await evaluator.score([
      '|nor_conv_3x3~0|+|nor_conv_3x3~0|skip_connect~1|+|none~0|nor_conv_1x1~1|skip_connect~2|',
      '|none~0|+|none~0|none~1|+|none~0|none~1|none~2|',
    ]);
    for (const name of metrics) expect(good!.scores[name]!.value, name).toEqual(expect.any(Number));
    expect(dead!.scores.naswot).toMatchObject({ value: null, failures: ['singular'] });
    expect(dead!.scores.jacov).toMatchObject({ value: null, failures: ['constant'] });
    expect(JSON.parse(JSON.stringify(dead))).toEqual(dead);
  });

  it.each([
    ['of its own', 'nas-bench-201', space.supernet!.sizes.deep!],
    ['that is the small one', 'nas-bench-macro', getSpace('nas-bench-macro').sizes.proxy],
  ] as const)('looks at a deep network %s', async (_, name, deep) => {
    const source = syntheticImages({ size: 8 });
    const own = getSpace(name);
    const score = async (
      network: string,
      sizes: { readonly proxy?: typeof deep; readonly deep?: typeof deep },
    ) => {
      using evaluator = new Evaluator({
        ...{ space: own, source, repeats: 1, device: 'cpu', sizes },
        metrics: [{ metric: 'meco', settings: { network } }],
      });
      return (await evaluator.score([own.example]))[0]!.scores.meco!.value;
    };
    expect(chooseMetrics(['meco'])[0]!.settings).toMatchObject({ network: 'deep' });
    expect(await score('deep', {})).toBe(await score('proxy', { proxy: deep }));
    if (name === 'nas-bench-201') expect(await score('deep', {})).not.toBe(await score('proxy', {}));
    const wider: typeof deep = (images) => ({ ...deep(images), C: 16 });
    expect(await score('deep', { deep: wider })).toBe(await score('proxy', { proxy: wider }));
    expect(await score('deep', { deep: wider })).not.toBe(await score('deep', {}));
  });

  it('is the same through the network to train, whatever the threads', async () => {
    const source = syntheticImages({ size: 8 });
    const chosen = ['naswot', 'synflow', 'jacov'].map((metric) => ({
      metric,
      settings: { network: 'final' },
    }));
    const scores = async (threads: number) => {
      using evaluator = new Evaluator({ space, source, metrics: chosen, repeats: 1, device: 'cpu', threads });
      const scored = await evaluator.score(space.sample({ count: 2, seed: 1 }));
      return scored.map(({ scores: own }) =>
        Object.values(own).map(({ value, repeats }) => ({ value, repeats })),
      );
    };
    const one = await scores(1);
    expect(await scores(2)).toEqual(one);
    expect(one.flat().every(({ repeats }) => repeats.length === 1)).toBe(true);
  });
});
