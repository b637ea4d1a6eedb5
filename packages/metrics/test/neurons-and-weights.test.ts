import { RandomStream } from '@tenas/base';
import { readSettings } from '@tenas/base/settings';
import { syntheticImages } from '@tenas/data';
import { type Graph, GraphBuilder } from '@tenas/graph';
import { getSpace } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { Evaluator } from '../src/index.js';
import { epsinas } from '../src/list/epsinas.js';
import { effectiveRank, near } from '../src/list/near.js';
import { swap } from '../src/list/swap.js';

/** A convolution with a ReLU6, and a classifier with a ReLU in front of its second layer. */
function network({ hidden = true }: { readonly hidden?: boolean } = {}): Graph {
  const builder = new GraphBuilder();
  const input = builder.input([3, 4, 6]);
  const conv = builder.conv2d(input, { name: 'conv', outChannels: 5, kernel: 1 });
  const map = hidden ? builder.activation(builder.batchNorm(conv, { name: 'bn' }), 'relu6') : conv;
  const first = builder.linear(builder.globalAvgPool(map), { name: 'first', outFeatures: 40 });
  return builder.build(builder.linear(builder.relu(first), { name: 'head', outFeatures: 3, bias: false }));
}

function probed<S extends object>(settings: S, graph = network()) {
  return { settings, graph, coefficients: new Float64Array(0), weights: () => new Float32Array(0) };
}

const opsOf = (graph: Graph, nodes: readonly number[]) => nodes.map((node) => graph.nodes[node]!.op);

describe('swap', () => {
  const settings = readSettings('swap', swap.settings);

  it('counts patterns of ReLUs that read maps', () => {
    const graph = network();
    expect(opsOf(graph, swap.tasks(settings, graph)[0].nodes)).toEqual(['activation']);
    expect(swap.value([{ patterns: 7, elements: 120 }], probed(settings))).toBe(7);
    const without = network({ hidden: false });
    expect(swap.tasks(settings, without)[0].nodes).toEqual([]);
    expect(swap.value([{ patterns: 0, elements: 0 }], probed(settings, without))).toEqual({
      failure: 'none',
    });
  });

  it('is largest at the wanted size in its regularised form', () => {
    const value = (mu: number, sigma: number) =>
      swap.value([{ patterns: 10, elements: 120 }], probed({ ...settings, mu, sigma }));
    // 15 weights, 10 of the batch norm, 200 + 40 and 120 of the linear layers.
    const size = 0.385;
    expect(value(size, 3)).toBe(10);
    expect(value(size + 2, 3)).toBeCloseTo(10 * Math.exp(-4 / 3), 12);
    expect(value(size - 0.1, 0.02)).toBeCloseTo(10 * Math.exp(-0.5), 12);
  });

  it('takes mu and sigma together, and no batch beyond the bits of a pattern', () => {
    const read = (given: object) => () => readSettings('swap', swap.settings, given);
    expect(read({ mu: 1000 })).toThrow(/swap\.sigma must be a number, as mu is given/);
    expect(read({ sigma: 5 })).toThrow(/swap\.mu must be a number, as sigma is given/);
    expect(read({ batchSize: 17 })).toThrow(/swap\.batchSize must be a whole number from 2 to 16, got 17/);
    expect(read({ mu: 0, sigma: 5 })).not.toThrow();
  });
});

/** Singular values of a matrix by turning pairs of rows until all are orthogonal (Jacobi), in order of none. */
function singularValues(matrix: Float64Array, rows: number): number[] {
  const length = matrix.length / rows;
  const own = Array.from({ length: rows }, (_, row) =>
    Array.from(matrix.subarray(row * length, (row + 1) * length)),
  );
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, k) => sum + value * b[k]!, 0);
  for (let sweep = 0; sweep < 60; sweep++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < i; j++) {
        const [a, b] = [own[i]!, own[j]!];
        const product = dot(a, b);
        if (product === 0) continue;
        const tau = (dot(b, b) - dot(a, a)) / (2 * product);
        const tangent = Math.sign(tau || 1) / (Math.abs(tau) + Math.hypot(1, tau));
        const cosine = 1 / Math.hypot(1, tangent);
        own[i] = a.map((value, k) => cosine * (value - tangent * b[k]!));
        own[j] = b.map((value, k) => cosine * (tangent * a[k]! + value));
      }
    }
  }
  return own.map((row) => Math.sqrt(dot(row, row)));
}

describe('near', () => {
  it('takes the rank of matrices whose singular values are known', () => {
    const identity = Float64Array.from({ length: 25 }, (_, place) => (place % 6 === 0 ? 3 : 0));
    expect(effectiveRank(identity, 5)).toBeCloseTo(5, 12);
    expect(effectiveRank(Float64Array.of(1, 2, -2, -4), 2)).toBeCloseTo(1, 6);
    const entropy = -(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25));
    expect(effectiveRank(Float64Array.of(0, 3, 1, 0), 2)).toBeCloseTo(Math.exp(entropy), 12);
    expect(effectiveRank(Float64Array.of(0, 3e-200, 1e-200, 0), 2)).toBeCloseTo(Math.exp(entropy), 12);
    expect(effectiveRank(new Float64Array(9), 3)).toBe(0);
    expect(effectiveRank(Float64Array.of(1, Number.POSITIVE_INFINITY, 0, 1), 2)).toBeNaN();
  });

  it.each([
    [1, 4],
    [3, 3],
    [7, 12],
    [16, 16],
  ])('agrees with singular values that are found in another way, %d rows of %d', (rows, length) => {
    const random = new RandomStream('near', rows);
    const matrix = Float64Array.from({ length: rows * length }, () => random.normal());
    const singular = singularValues(matrix, rows);
    const sum = singular.reduce((all, value) => all + value, 0);
    const entropy = -singular.reduce((all, value) => all + (value / sum) * Math.log(value / sum), 0);
    expect(effectiveRank(matrix, rows)).toBeCloseTo(Math.exp(entropy), 10);
  });

  it('looks at as many pixels as there are channels from the middle on, or at all there are', () => {
    const settings = { ...readSettings('near', near.settings), batchSize: 3 };
    const graph = network();
    const [{ ranges }] = near.tasks(settings, graph);
    expect(
      opsOf(
        graph,
        ranges.map(({ node }) => node),
      ),
    ).toEqual([...['conv2d', 'batchNorm', 'activation', 'linear', 'relu', 'linear']]);
    // Maps of 4 x 6: the second image, its fourth column. Linear layers: 40 and 3 outputs of 3 images.
    const map = { first: 24 + 3 * 4, count: 5 };
    expect(ranges.map(({ first, count }) => ({ first, count }))).toEqual([
      ...[map, map, map],
      ...[0, 0, 0].map((first) => ({ first, count: 3 })),
    ]);
  });

  it('adds the ranks up; zeros and nodes that do not run add nothing', () => {
    const settings = { ...readSettings('near', near.settings), batchSize: 3 };
    const values = [
      Float64Array.from({ length: 25 }, (_, place) => (place % 6 === 0 ? 1 : 0)),
      ...[new Float64Array(25), new Float64Array(0)],
      ...[new Float64Array(120).fill(1), new Float64Array(120), new Float64Array(9)],
    ];
    expect(near.value([{ values }], probed(settings))).toBeCloseTo(5 + 1, 6);
    const infinite = values.with(0, new Float64Array(25).fill(Number.NaN));
    expect(near.value([{ values: infinite }], probed(settings))).toEqual({ failure: 'overflow' });
  });
});

describe('epsinas', () => {
  const settings = readSettings('epsinas', epsinas.settings);
  const answer = (outputs: readonly number[], exponents: readonly number[] = [0, 0]) => ({
    outputs: Float64Array.from(outputs),
    exponents: Int32Array.from(exponents),
  });

  it('compares shares of the range, without the least of each', () => {
    // Shares 0, 1/4, 1 and 1, 0, 1/2: of both numbers there are only the last pair; 4 numbers in all.
    const value = epsinas.value([answer([1, 2, 5, 4, 2, 3])], probed(settings));
    expect(value).toBeCloseTo(0.5 / ((0.25 + 1 + 1 + 0.5) / 4), 12);
    expect(epsinas.value([answer([1, 2, 5, 4, 2, 3], [-3000, 7])], probed(settings))).toBe(value);
  });

  it('has no value where outputs are all the same, or in single precision too small', () => {
    const published = { ...settings, variant: 'published' as const };
    expect(epsinas.value([answer([1, 2, 5, 3, 3, 3])], probed(settings))).toEqual({ failure: 'constant' });
    expect(epsinas.value([answer([1, 2, 5, 4, 2, 3], [-200, 0])], probed(published))).toEqual({
      failure: 'constant',
    });
    expect(epsinas.value([answer([1, 2, 5, 4, 2, 3], [-100, 0])], probed(published))).toBeCloseTo(
      0.5 / (2.75 / 4),
      6,
    );
  });

  it('takes the smaller weight to be smaller', () => {
    expect(() => readSettings('epsinas', epsinas.settings, { small: 2 })).toThrow(
      /epsinas\.small must be a number below large, which is 1, got 2/,
    );
  });
});

describe('on networks', () => {
  const space = getSpace('nas-bench-201');
  const source = syntheticImages({ size: 16, images: 200 });
  const none = '|none~0|+|none~0|none~1|+|none~0|none~1|none~2|';
  const skip = '|nor_conv_3x3~0|+|skip_connect~0|none~1|+|avg_pool_3x3~0|none~1|nor_conv_1x1~2|';
  const convolutions = '|nor_conv_3x3~0|+|nor_conv_1x1~0|none~1|+|none~0|nor_conv_3x3~1|nor_conv_1x1~2|';
  const small = { network: 'proxy', batchSize: 9 };
  const metrics = [
    { metric: 'swap', settings: { batchSize: 9 } },
    { metric: 'near', settings: { batchSize: 9 } },
    { metric: 'epsinas', settings: small },
  ];
  const scores = async (options: object) => {
    using evaluator = new Evaluator({
      ...{ space, source, metrics, repeats: 2, device: 'cpu' as const },
      ...options,
    });
    const scored = await evaluator.score([skip, convolutions, none]);
    return scored.map((one) =>
      Object.values(one.scores).map(({ value, failures }) => value ?? failures?.[0]),
    );
  };

  it('have values that seed and repeat decide; of a dead network what is left', async () => {
    const [first, other, dead] = await scores({ seed: 1 });
    expect(first).toEqual(metrics.map(() => expect.any(Number)));
    expect(other).toEqual(metrics.map(() => expect.any(Number)));
    expect(dead!.slice(1)).toEqual([expect.any(Number), 'constant']);
    expect(await scores({ seed: 1 })).toEqual([first, other, dead]);
    const [again] = await scores({ seed: 2 });
    for (const [place, value] of again!.entries()) expect(value).not.toBe(first![place]);
  });

  it('have a value of epsinas in single precision only with a path without convolutions', async () => {
    const published = [{ metric: 'epsinas', settings: { ...small, variant: 'published' } }];
    const found = await scores({ metrics: published, repeats: 1 });
    expect(found).toEqual([[expect.any(Number)], ['constant'], ['constant']]);
    const double = await scores({ metrics: [{ metric: 'epsinas', settings: small }], repeats: 1 });
    expect(found[0]![0]).toBeCloseTo(Number(double[0]![0]), 5);
  });
});
