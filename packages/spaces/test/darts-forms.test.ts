import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { graphCost } from '@tenas/graph';
import { describe, expect, it } from 'vitest';
import {
  DARTS_EDGES,
  type DartsInput,
  darts,
  formatDarts,
  knownDartsGenotype,
  parseDarts,
} from '../src/index.js';
import { referenceData } from './reference-data.js';

const V2 = knownDartsGenotype('DARTS_V2')!;
const TEXT = formatDarts(V2);

/** Numbers that NASLib gives to operations. */
const NUMBERS = [
  'max_pool_3x3',
  'avg_pool_3x3',
  'skip_connect',
  'sep_conv_3x3',
  'sep_conv_5x5',
  'dil_conv_3x3',
  'dil_conv_5x5',
];
const cells = [V2.normal, V2.reduce!];

function nodes<T>(inputs: readonly DartsInput[], write: (input: DartsInput) => T): T[][] {
  const written = inputs.map(write);
  return [0, 2, 4, 6].map((first) => written.slice(first, first + 2));
}

/** Nodes of AutoDL-Projects: tuples of two, with weights if wanted. */
function autoDl(weight: string): string {
  const [normal, reduce] = cells.map(({ inputs }) =>
    nodes(inputs, ({ op, state }) => `('${op}', ${state}${weight})`)
      .map((pair, node) => `(${pair.join(', ')}),  # step ${node + 1}`)
      .join('\n'),
  );
  return `Genotype(\n  normal=[\n${normal}\n  ],\n  normal_concat=[2, 3, 4, 5],\n  reduce=[\n${reduce}\n  ],\n  reduce_concat=[2, 3, 4, 5],\n  connectN=None, connects=None\n)`;
}

/** A cell as a dictionary: a Python literal of the key, and the operation. */
function edges(key: (node: number, state: number) => string): string {
  const [normal, reduce] = cells.map(({ inputs }) =>
    inputs.map(({ op, state }, position) => `${key(position >> 1, state)}: '${op}'`).join(', '),
  );
  return `{'normal': {${normal}}, 'reduce': {${reduce}}}`;
}

function configuration(): string {
  const entries = (['normal', 'reduce'] as const).flatMap((type) => [
    ...V2[type]!.inputs.map(({ op, state }, position) => {
      const edge = DARTS_EDGES.indexOf(`${position >> 1}<-${state}`);
      return [`NetworkSelectorDatasetInfo:darts:edge_${type}_${edge}`, op];
    }),
    ...[3, 4, 5].map((node) => [`NetworkSelectorDatasetInfo:darts:inputs_node_${type}_${node}`, '0_1']),
  ]);
  return JSON.stringify(Object.fromEntries(entries));
}

function named(text: string, names: Readonly<Record<string, string>>): string {
  return Object.entries(names).reduce((result, [from, to]) => result.replaceAll(from, to), text);
}

/** Dictionaries do not say in which order a node adds its inputs. */
function inOrder(text: string) {
  const { normal, reduce } = parseDarts(text);
  return [normal, reduce!].map(({ inputs, concat }) => ({
    nodes: nodes(inputs, ({ op, state }) => `${state} ${op}`).map((pair) => pair.sort()),
    concat,
  }));
}

/** Millions of operations that they count in every network besides, at its end. */
const HEAD = 0.0415;

describe('DARTS genotypes as they are published', () => {
  it.each([
    ['nodes as tuples, with comments', autoDl('')],
    ['nodes as tuples with weights', autoDl(', 0.13017432391643524')],
    ['weights in exponents', autoDl(', 1.3e-05')],
    ['negative weights', autoDl(', -0.5')],
    [
      'operations of AutoDL',
      named(autoDl(''), {
        sep_conv_3x3: 'dua_sepc_3x3',
        dil_conv_3x3: 'dil_sepc_3x3',
      }),
    ],
    ['no field names', TEXT.replaceAll(/\w+=/g, '')],
    ['states first', TEXT.replaceAll(/\(('\w+'), (\d)\)/g, '($2, $1)')],
    [
      'numbers, states first',
      JSON.stringify(cells.map((c) => c.inputs.map((i) => [i.state, NUMBERS.indexOf(i.op)]))),
    ],
    [
      'tuples in tuples',
      JSON.stringify(cells.map((c) => nodes(c.inputs, (i) => [i.state, NUMBERS.indexOf(i.op)])))
        .replaceAll('[', '(')
        .replaceAll(']', ')'),
    ],
    ['no concat', TEXT.replaceAll(/, \w+_concat=\[2, 3, 4, 5\]/g, '')],
    ['tuples of ranges', TEXT.replaceAll('[2, 3, 4, 5]', 'tuple(range(2, 6))')],
    ['empty bottlenecks', TEXT.replace(/\)$/, ", normal_bottleneck='', reduce_bottleneck='')")],
    ['line breaks and spaces', TEXT.replaceAll(/([()[\],=])/g, '\n  $1\t ')],
    ['edges by name', edges((node, state) => `'${node}<-${state}'`)],
    ['edges by states', edges((node, state) => `(${state}, ${node + 2})`)],
    ['edges by states, counted from 1', edges((node, state) => `(${state + 1}, ${node + 3})`)],
    ['a configuration of NAS-Bench-301', configuration()],
  ])('understands %s', (_, text) => {
    expect(inOrder(text)).toEqual(inOrder(TEXT));
  });

  it('keeps none, two operations from one state, any concat and a fixed reduction cell', () => {
    const text =
      "Genotype(normal=[('none', 1), ('sep_conv_3x3', 0), ('skip_connect', 1), ('skip_connect', 1), ('none', 2), ('none', 0), ('max_pool_3x3', 4), ('dil_conv_5x5', 0)], normal_concat=[5, 0, 3], reduce=None, reduce_concat=[2, 3, 4, 5])";
    expect(formatDarts(parseDarts(text))).toBe(text);
    expect(parseDarts(text).reduce).toBeNull();
    expect(parseDarts(text.replace('None', 'null'))).toEqual(parseDarts(text));
  });

  it('fills the nodes of a dictionary with none', () => {
    const cell =
      "{'0<-0': 'sep_conv_3x3', '1<-0': 'none', '1<-1': 'none', '1<-2': 'skip_connect', '2<-3': ['skip_connect', 'max_pool_3x3'], '3<-4': 'none'}";
    const { normal } = parseDarts(`{'normal': ${cell}, 'reduce': ${cell}}`);
    expect(normal.inputs.map(({ op, state }) => `${op} ${state}`)).toEqual([
      'sep_conv_3x3 0',
      'none 0',
      'skip_connect 2',
      'none 0',
      'skip_connect 3',
      'max_pool_3x3 3',
      'none 4',
      'none 4',
    ]);
  });

  it.each<[text: string, expected: string]>([
    [edges((node, state) => `'${node}<-${state + 5}'`), 'an edge such as 1<-0'],
    [edges((node, state) => `'${node}>${state}'`), 'an edge such as 1<-0'],
    [edges((node, state) => `(${state}, '${node + 2}')`), 'numbers'],
    ["{'normal': {'0<-0': 'none'}, 'reduce': {}}", 'an edge of node 1'],
    [
      "{'normal': {'0<-0': ['skip_connect', 'max_pool_3x3'], '0<-1': 'skip_connect'}, 'reduce': {}}",
      '2 operations for node 0',
    ],
    ["{'normal': {'0<-0': 'conv'}, 'reduce': {}}", 'one of none'],
    ['[[(0,0),(1,7),(1,1),(0,1),(1,3),(0,3),(1,3),(3,2)],[]]', 'a number from 0 to 6'],
    ['[[(0,0),(1,0)],[]]', '8 pairs'],
    [TEXT.replace(/normal=\[.*?\]/, 'normal=None'), 'a list of inputs'],
    [TEXT.replace(/\)$/, ', connectN=3)'), 'no such connections'],
  ])('says what is wrong in %s', (text, expected) => {
    expect(() => parseDarts(text)).toThrow(
      expect.objectContaining({ code: 'GENOTYPE_SYNTAX', expected: expect.stringContaining(expected) }),
    );
  });

  const csv = referenceData('data/darts/genotypes.csv');
  it.skipIf(csv.absent)(`reads and builds all 400 trained genotypes${csv.note}`, () => {
    const rows = readFileSync(csv.path, 'utf8').trim().split(/\r?\n/).slice(1);
    const texts = rows.map((row) => /^"(.*)",/.exec(row)![1]!);
    expect(texts).toHaveLength(400);
    for (const text of texts) {
      const architecture = parseDarts(text);
      expect(formatDarts(architecture)).toBe(text);
      const { nodes: built, output } = darts.network(architecture, { C: 4, N: 3 });
      expect(built[output]!.shape).toEqual([10, 1, 1]);
    }
    expect(texts.filter((text) => darts.supernet.apart!.needed(parseDarts(text)))).toHaveLength(281);
  });

  const naslib = referenceData('data/proxies/nb301_naslib_725_zcp.csv.gz');
  it.skipIf(naslib.absent)(`counts the parameters of 725 networks of NASLib${naslib.note}`, () => {
    const rows = gunzipSync(readFileSync(naslib.path))
      .toString()
      .trim()
      .split(/\r?\n/)
      .map((row) => row.split(';'));
    const [header, ...nets] = rows;
    const [genotype, params, flops] = ['genotype_normal_reduce', 'params', 'flops'].map((name) =>
      header!.indexOf(name),
    );
    expect(nets).toHaveLength(725);
    for (const row of nets) {
      const graph = darts.network(parseDarts(row[genotype!]!), { C: 32, N: 8 });
      // Batch norms of operations are not affine there.
      const inOperations = (name: string) => name.includes('._ops.');
      const affine = graph.params.filter(
        ({ name, kind }) => /^bn(Weight|Bias)$/.test(kind) && inOperations(name),
      );
      const cost = graphCost(graph);
      const counted = cost.params - affine.reduce((sum, { shape }) => sum + shape[0]!, 0);
      expect(counted / 1e6).toBeCloseTo(Number(row[params!]), 6);
      // They count a batch norm as 1 operation per element, 2 if it is affine, a ReLU as 1, and a pool as 9 with a
      // batch norm behind it.
      const extra = graph.nodes.reduce((sum, { op, name, shape: [channels, height, width] }) => {
        const each =
          op === 'batchNorm'
            ? inOperations(name)
              ? 1
              : 2
            : op === 'relu'
              ? 1
              : op.endsWith('Pool2d')
                ? 10
                : 0;
        return sum + each * channels * height * width;
      }, 0);
      expect(Math.abs((cost.macs + extra) / 1e6 + HEAD - Number(row[flops!]))).toBeLessThan(1e-4);
    }
  });
});
