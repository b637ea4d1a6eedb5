import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findArchitecture, nasBench201 } from '../src/index.js';
import { referenceData } from './reference-data.js';

const TEXT = '|nor_conv_3x3~0|+|none~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_1x1~1|skip_connect~2|';
const [a, b, c, d, e, f] = [
  'nor_conv_3x3',
  'none',
  'avg_pool_3x3',
  'skip_connect',
  'nor_conv_1x1',
  'skip_connect',
];

describe('NAS-Bench-201 cells as they are published', () => {
  it.each([
    ['trailing spaces', `  ${TEXT} \n`],
    ['a structure', `Structure(4 nodes with ${TEXT})`],
    ['another structure', `CellStructure( 4 nodes with\n${TEXT} ) `],
    [
      'tuples of nodes',
      `((('${a}', 0),), (('${b}', 0), ('${c}', 1)), (('${d}', 0), ('${e}', 1), ('${f}', 2)))`,
    ],
    [
      'lists of nodes',
      JSON.stringify(
        [
          [[a, 0]],
          [
            [b, 0],
            [c, 1],
          ],
          [
            [d, 0],
            [e, 1],
            [f, 2],
          ],
        ],
        null,
        1,
      ),
    ],
    [
      'a node of one without its comma',
      `[('${a}', 0), (('${b}', 0), ('${c}', 1)), (('${d}', 0), ('${e}', 1), ('${f}', 2))]`,
    ],
    ['operations by node', JSON.stringify([[a], [b, c], [d, e, f]])],
    ['six operations', JSON.stringify([a, b, c, d, e, f])],
    ['an assignment', `arch = ['${[a, b, c, d, e, f].join("', '")}',]`],
    ['edges by name', JSON.stringify({ '1<-0': a, '2<-0': b, '2<-1': c, '3<-0': d, '3<-1': e, '3<-2': f })],
    [
      'edges by nodes',
      `{(0, 1): '${a}', (0, 2): '${b}', (1, 2): '${c}', (0, 3): '${d}', (1, 3): '${e}', (2, 3): '${f}'}`,
    ],
    [
      'edges counted from 1',
      `{(1, 2): '${a}', (1, 3): '${b}', (2, 3): '${c}', (1, 4): '${d}', (2, 4): '${e}', (3, 4): '${f}'}`,
    ],
    // In the order 1-2, 1-3, 1-4, 2-3, 2-4, 3-4; 0 is skip_connect, 1 none, 2 nor_conv_3x3, 3 nor_conv_1x1.
    ['numbers of NASLib', '(2, 1, 0, 4, 3, 0)'],
    ['numbers of NASLib as JSON', '[2,1,0,4,3,0]'],
  ])('understands %s', (_, text) => {
    expect(nasBench201.format(nasBench201.parse(text))).toBe(TEXT);
    expect(findArchitecture(text).space).toBe(nasBench201);
  });

  it.each([
    ['(2, 1, 0, 4, 3, 5)', 16, 'a number from 0 to 4'],
    [`[['${a}'], ['${b}'], []]`, 19, 'the 2 inputs of node 2'],
    [`['${a}']`, 0, '3 nodes or 6 operations; there are 1'],
    [`[['${a}'], [['${b}', 1], ['${c}', 0]], []]`, 29, 'input 0: inputs stand in order'],
    [`{'1<-0': '${a}'}`, 23, 'the edge 2<-0'],
    [`{'1<-0': '${a}', (0, 1): '${a}'}`, 25, 'each edge once'],
    [`{'0<-1': '${a}'}`, 1, 'an edge: 1<-0'],
    [`Structure(4 nodes with ${TEXT.replace('none', 'zero')})`, 41, 'one of none'],
  ])('points at the place in %s', (text, position, expected) => {
    expect(() => nasBench201.parse(text)).toThrow(
      expect.objectContaining({
        code: 'GENOTYPE_SYNTAX',
        position,
        expected: expect.stringContaining(expected),
      }),
    );
  });

  const csv = referenceData('data/nas-bench-201/accuracy.csv');
  it.skipIf(csv.absent)(
    `knows cells that GDAS found by the accuracies that NATS-Bench reports${csv.note}`,
    () => {
      const rows = new Map(
        readFileSync(csv.path, 'utf8')
          .trim()
          .split(/\r?\n/)
          .map((row) => {
            const [, text, ...accuracies] = row.split(',');
            return [text, accuracies.slice(0, 3).map((value) => Number(value).toFixed(2))];
          }),
      );
      const found = nasBench201.knownArchitectures.map((name) =>
        rows.get(nasBench201.format(nasBench201.parse(name))),
      );
      expect(found).toEqual([
        ['93.61', '71.16', '45.29'],
        ['93.67', '70.91', '41.02'],
        ['92.42', '68.42', '39.75'],
        ['92.29', '67.48', '39.40'],
      ]);
      expect(nasBench201.parse('gdas-cifar10-1')).toEqual(nasBench201.parse('GDAS_cifar10_1'));
    },
  );
});
