import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { TenasError } from '@tenas/base';
import { graphCost } from '@tenas/graph';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  findArchitecture,
  NAS_BENCH_101_OPS,
  nasBench101,
  nasBench101Architecture,
  nasBench101Hash,
  sampleNasBench101,
  vertexChannels,
} from '../src/index.js';
import { mutatedText } from './mutated-text.js';
import { referenceData } from './reference-data.js';

/** The first architecture in the benchmark's files. */
const MATRIX = [
  [0, 1, 0, 0, 1, 1, 0],
  [0, 0, 1, 0, 0, 0, 0],
  [0, 0, 0, 1, 0, 0, 1],
  [0, 0, 0, 0, 0, 1, 0],
  [0, 0, 0, 0, 0, 1, 0],
  [0, 0, 0, 0, 0, 0, 1],
  [0, 0, 0, 0, 0, 0, 0],
];
const OPS = ['conv3x3-bn-relu', 'maxpool3x3', 'conv3x3-bn-relu', 'conv3x3-bn-relu', 'conv1x1-bn-relu'];
const FIRST = nasBench101Architecture(MATRIX, OPS);
const NAMES = ['input', ...OPS, 'output'];
const TEXT = nasBench101.format(FIRST);

/** Millions of operations that NASLib counts in every network besides, between the stacks and at the end. */
const HEAD = 0.1966;

function edges(matrix: readonly (readonly number[])[]): number {
  return matrix.flat().reduce((sum, edge) => sum + edge, 0);
}

describe('modules of NAS-Bench-101', () => {
  it('have the published hash and number of parameters', () => {
    expect(nasBench101Hash(FIRST)).toBe('00005c142e6f48ac74fdcf73e3439874');
    expect(nasBench101.isomorphism.key(FIRST)).toBe('00005c142e6f48ac74fdcf73e3439874');
    expect(graphCost(nasBench101.network(FIRST)).params).toBe(8_555_530);
  });

  const naslib = referenceData('data/proxies/nb101_naslib_500_zcp.csv.gz');
  it.skipIf(naslib.absent)(`count the published parameters of 500 networks${naslib.note}`, () => {
    const rows = gunzipSync(readFileSync(naslib.path))
      .toString()
      .trim()
      .split(/\r?\n/)
      .map((row) => row.split(';'));
    const [header, ...nets] = rows;
    const [params, flops] = ['params', 'flops'].map((name) => header!.indexOf(name));
    expect(nets).toHaveLength(500);
    for (const row of nets) {
      const graph = nasBench101.network(nasBench101.parse(row[0]!));
      const cost = graphCost(graph);
      // The table has seven digits.
      expect((cost.params / 1e6).toPrecision(7)).toBe(Number(row[params!]).toPrecision(7));
      // They count 3 operations for each value of a convolution (batch norm and ReLU) and 9 for a pool of a module.
      const extra = graph.nodes.reduce((sum, { op, name, shape: [channels, height, width] }) => {
        const each = op === 'batchNorm' ? 3 : op === 'maxPool2d' && name.includes('vertex') ? 9 : 0;
        return sum + each * channels * height * width;
      }, 0);
      expect(Math.abs((cost.macs + extra) / 1e6 + HEAD - Number(row[flops!]))).toBeLessThan(1e-3);
    }
  });

  it.each([
    ['as JSON', JSON.stringify({ matrix: MATRIX, ops: NAMES }, null, 1)],
    ['as the benchmark stores them', JSON.stringify({ module_adjacency: MATRIX, module_operations: NAMES })],
    ['without names of fields', `ModelSpec(${JSON.stringify(MATRIX)}, ${JSON.stringify(NAMES)})`],
    [
      'of a module of Python',
      `spec = api.ModelSpec(matrix=${JSON.stringify(MATRIX)}, ops=${JSON.stringify(NAMES)},)`,
    ],
    ['as a pair', JSON.stringify([MATRIX, NAMES])],
    ['without input and output', JSON.stringify([MATRIX, OPS])],
    [
      'with short names',
      JSON.stringify([MATRIX, NAMES]).replaceAll('-bn-relu', '').replaceAll('maxpool3x3', 'maxpool'),
    ],
    ['as numbers of NASLib', `(${[...MATRIX.flat(), 0, 4, 2, 4, 4, 3, 1].join(',')})`],
    [
      'as NNI has them',
      "{'op1': 'conv3x3-bn-relu', 'op2': 'maxpool3x3', 'op3': 'conv3x3-bn-relu', 'op4': 'conv3x3-bn-relu', 'op5': 'conv1x1-bn-relu', 'input1': [0], 'input2': [1], 'input3': [2], 'input4': [0], 'input5': [0, 3, 4], 'input6': [2, 5]}",
    ],
  ])('are read %s', (_, text) => {
    expect(nasBench101.format(nasBench101.parse(text))).toBe(TEXT);
    expect(findArchitecture(text).space).toBe(nasBench101);
  });

  it('lose their dead vertices', () => {
    const pruned = (matrix: number[][], ops: string[]) => nasBench101Architecture(matrix, ops);
    // Without a reader, without an input, and an island.
    const dangling = [
      [0, 1, 1, 0, 1, 0],
      [0, 0, 0, 0, 0, 1],
      [0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 1],
      [0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0],
    ];
    expect(pruned(dangling, ['maxpool3x3', ...OPS.slice(0, 3)])).toEqual({
      space: 'nas-bench-101',
      matrix: [
        [0, 1, 0],
        [0, 0, 1],
        [0, 0, 0],
      ],
      ops: ['maxpool3x3'],
    });
    expect(
      pruned(
        [
          [0, 1],
          [0, 0],
        ],
        [],
      ),
    ).toEqual({
      space: 'nas-bench-101',
      matrix: [
        [0, 1],
        [0, 0],
      ],
      ops: [],
    });
    // Ten edges, one of them to a vertex that nothing reads.
    const many = MATRIX.map((row) => [...row]);
    many[4]![5] = 0;
    many[1]![3] = 1;
    many[1]![6] = 1;
    expect(edges(many)).toBe(10);
    expect(edges(pruned(many, OPS).matrix)).toBe(9);
  });

  it.each([
    ['matrix', [[0]], []],
    ['matrix[1]', [[0, 1], [0]], []],
    [
      'matrix[1][0]',
      [
        [0, 1],
        [1, 0],
      ],
      [],
    ],
    [
      'matrix[0][1]',
      [
        [0, 2],
        [0, 0],
      ],
      [],
    ],
    [
      'ops',
      [
        [0, 1, 0],
        [0, 0, 1],
        [0, 0, 0],
      ],
      [],
    ],
    [
      'ops[0]',
      [
        [0, 1, 0],
        [0, 0, 1],
        [0, 0, 0],
      ],
      ['conv'],
    ],
    [
      'matrix',
      [
        [0, 1, 0],
        [0, 0, 0],
        [0, 0, 0],
      ],
      ['maxpool3x3'],
    ],
    [
      'matrix',
      Array.from({ length: 5 }, (_, from) => Array.from({ length: 5 }, (_, to) => Number(to > from))),
      Array(3).fill('maxpool3x3'),
    ],
  ])('are refused with a wrong %s', (field, matrix, ops) => {
    expect(() => nasBench101Architecture(matrix, ops)).toThrow(
      expect.objectContaining({ code: 'ARCHITECTURE_INVALID', field }),
    );
  });

  it.each([
    ['ModelSpec(matrix=[[0, 1], [0, 0]])', 'the field ops'],
    ["ModelSpec(matrix=[[0, 1], [0, 2]], ops=['input', 'output'])", '0 or 1'],
    [
      "ModelSpec(matrix=[[0, 0], [0, 0]], ops=['input', 'output'])",
      'a path from the first to the last vertex',
    ],
    ["[[[0, 1, 0], [0, 0, 1], [0, 0, 0]], ['input', 'conv5x5', 'output']]", 'one of conv3x3-bn-relu'],
    ['(0,1,0,0,0,1,2)', 'ModelSpec('],
    ["{'op1': 'maxpool3x3', 'input1': [1], 'input2': [1]}", 'a vertex before 1'],
  ])('say what is wrong in %s', (text, expected) => {
    expect(() => nasBench101.parse(text)).toThrow(
      expect.objectContaining({ code: 'GENOTYPE_SYNTAX', expected: expect.stringContaining(expected) }),
    );
  });

  it('either accept a mutated text or throw a TenasError', () => {
    const valid = fc.nat(1000).map((seed) => nasBench101.format(sampleNasBench101({ count: 1, seed })[0]!));
    const words = [
      ...NAS_BENCH_101_OPS,
      'ModelSpec',
      'api.',
      '[',
      ']',
      '(',
      ')',
      ',',
      '=',
      "'",
      '0',
      '1',
      '2',
      'ops',
      '\n',
    ];
    fc.assert(
      fc.property(mutatedText(valid, words), (text) => {
        try {
          const architecture = nasBench101.parse(text);
          expect(nasBench101.parse(nasBench101.format(architecture))).toEqual(architecture);
        } catch (error) {
          expect(error).toBeInstanceOf(TenasError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('have choices that one more edge makes part of them', () => {
    const small = nasBench101.parse('[[[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["maxpool"]]');
    const choices = nasBench101.choicesOf(small);
    expect(nasBench101.fromChoices(choices)).toEqual(small);
    const sizes = Object.entries(choices).map(([decision, choice]) => {
      if (choice !== '0') return 0;
      return nasBench101.fromChoices({ ...choices, [decision]: '1' }).matrix.length;
    });
    expect(Math.max(...sizes)).toBe(4);
    expect(() => nasBench101.fromChoices({ ...choices, 'cell/6<-3': '0' })).toThrow(
      expect.objectContaining({ code: 'CHOICES_INVALID' }),
    );
  });

  it('share hash and representative with what is isomorphic, and with nothing else', () => {
    const classes = new Map<string, string>();
    for (const architecture of sampleNasBench101({ count: 300, seed: 4 })) {
      const representative = nasBench101.format(nasBench101.isomorphism.representative(architecture));
      const key = nasBench101Hash(architecture);
      expect(classes.get(key) ?? representative).toBe(representative);
      classes.set(key, representative);
    }
    expect(new Set(classes.values()).size).toBe(classes.size);
    // Vertices 3 and 4 of the first one do not depend on each other.
    const swapped = [0, 1, 2, 4, 3, 5, 6];
    const other = nasBench101Architecture(
      swapped.map((from) => swapped.map((to) => MATRIX[from]![to]!)),
      swapped.slice(1, -1).map((vertex) => OPS[vertex - 1]!),
    );
    expect(nasBench101Hash(other)).toBe(nasBench101Hash(FIRST));
    expect(nasBench101Hash(nasBench101Architecture(MATRIX, [...OPS].reverse()))).not.toBe(
      nasBench101Hash(FIRST),
    );
  });
});

describe('channels of NAS-Bench-101', () => {
  const chain = (joined: number[][], size: number) =>
    nasBench101Architecture(
      Array.from({ length: size }, (_, from) =>
        Array.from({ length: size }, (_, to) => Number(joined.some(([a, b]) => a === from && b === to))),
      ),
      Array(size - 2).fill('conv3x3-bn-relu'),
    );

  // The cases of the benchmark's own test of compute_vertex_channels.
  it.each([
    [
      [
        [0, 1],
        [1, 2],
        [2, 3],
      ],
      4,
      8,
      [8, 8],
    ],
    [
      [
        [0, 1],
        [0, 2],
        [1, 3],
        [2, 3],
        [3, 4],
      ],
      5,
      8,
      [8, 8, 8],
    ],
    [
      [
        [0, 1],
        [0, 2],
        [1, 3],
        [2, 3],
      ],
      4,
      15,
      [8, 7],
    ],
    [
      [
        [0, 1],
        [0, 2],
        [0, 3],
        [1, 4],
        [2, 4],
        [3, 4],
      ],
      5,
      8,
      [3, 3, 2],
    ],
    [
      [
        [0, 1],
        [1, 2],
        [1, 3],
        [2, 4],
        [3, 4],
      ],
      5,
      9,
      [5, 5, 4],
    ],
    [
      [
        [0, 1],
        [0, 3],
        [1, 2],
        [1, 4],
        [2, 3],
        [3, 4],
      ],
      5,
      15,
      [8, 7, 7],
    ],
  ])('are divided as published: %j', (joined, size, out, wanted) => {
    expect(vertexChannels(chain(joined, size), out).channels.slice(1, -1)).toEqual(wanted);
  });

  it('are written in two parts where a reader leaves out the last', () => {
    const cell = chain(
      [
        [0, 1],
        [0, 3],
        [1, 2],
        [1, 4],
        [2, 3],
        [3, 4],
      ],
      5,
    );
    expect(vertexChannels(cell, 15).cut).toEqual([false, true, false, false, false]);
    expect(vertexChannels(cell, 16).cut).toEqual(Array(5).fill(false));
    const pooled = nasBench101Architecture(
      [
        [0, 1, 0, 0, 0, 0],
        [0, 0, 1, 0, 0, 0],
        [0, 0, 0, 1, 1, 1],
        [0, 0, 0, 0, 0, 1],
        [0, 0, 0, 0, 0, 1],
        [0, 0, 0, 0, 0, 0],
      ],
      ['conv1x1-bn-relu', 'maxpool3x3', 'conv3x3-bn-relu', 'conv3x3-bn-relu'],
    );
    // 3 + 3 + 2: what the pool takes has to be cut where the pool's own output is.
    expect(vertexChannels(pooled, 8)).toEqual({
      channels: [0, 3, 3, 3, 2, 8],
      cut: [false, true, true, false, false, false],
    });
    const names = nasBench101.network(pooled, { C: 8, N: 1 }).params.map(({ name }) => name);
    expect(names).toContain('layers.1.vertex_op.1.conv1x1.parts.1.conv_bn_relu.0.weight');
    expect(names).toContain('layers.1.vertex_op.3.conv3x3.conv_bn_relu.0.weight');
  });

  it('never grow from a vertex to its reader', () => {
    for (const module of sampleNasBench101({ count: 200, seed: 8 })) {
      for (const out of [5, 8, 127, 128, 256, 512]) {
        const { channels } = vertexChannels(module, out);
        const last = module.matrix.length - 1;
        for (let from = 1; from < last; from += 1) {
          expect(channels[from]).toBeGreaterThan(0);
          for (let to = from + 1; to < last; to += 1) {
            if (module.matrix[from]![to] === 1) expect([0, 1]).toContain(channels[from]! - channels[to]!);
          }
        }
      }
    }
  });

  it.each([
    [{ C: 4 } as object, 'C'],
    [{ N: 0 }, 'N'],
    [{ inputShape: [3, 30, 32] as const }, 'inputShape'],
    [{ divisor: 2 } as object, 'divisor'],
  ])('refuse the size %j', (size, field) => {
    expect(() => nasBench101.network(FIRST, size)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', field }),
    );
  });
});
