import { TenasError } from '@tenas/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DARTS_GENOTYPE_OPS,
  DARTS_OPS,
  type DartsArchitecture,
  type DartsCell,
  darts,
  dartsArchitecture,
  dartsToJson,
  formatDarts,
  GenotypeSyntaxError,
  KNOWN_DARTS_GENOTYPES,
  knownDartsGenotype,
  knownDartsSource,
  parseDarts,
} from '../src/index.js';
import { mutatedText } from './mutated-text.js';

const V2 = formatDarts(knownDartsGenotype('DARTS_V2')!);

const anyCell = (states: number[]): fc.Arbitrary<DartsCell> =>
  fc.record({
    inputs: fc.tuple(
      ...[0, 0, 1, 1, 2, 2, 3, 3].map((node) =>
        fc.record({ op: fc.constantFrom(...DARTS_OPS), state: fc.nat(node + 1) }),
      ),
    ),
    concat: fc.shuffledSubarray(states, { minLength: 1 }),
  });
const anyArchitecture: fc.Arbitrary<DartsArchitecture> = fc
  .record({ normal: anyCell([0, 1, 2, 3, 4, 5]), reduce: fc.option(anyCell([2, 3, 4, 5]), { freq: 9 }) })
  .map((cells) => dartsArchitecture(cells));

function problemOf(text: string): GenotypeSyntaxError {
  try {
    darts.parse(text);
  } catch (error) {
    if (error instanceof GenotypeSyntaxError) return error;
    throw error;
  }
  throw new Error(`accepted ${text}`);
}

describe('DARTS genotypes', () => {
  it('writes the text of the community', () => {
    expect(V2).toBe(
      "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1), " +
        "('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)], normal_concat=[2, 3, 4, 5], " +
        "reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1), " +
        "('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], reduce_concat=[2, 3, 4, 5])",
    );
  });

  it('round-trips text and JSON', () => {
    fc.assert(
      fc.property(anyArchitecture, fc.constantFrom(undefined, 2), (architecture, indent) => {
        expect(parseDarts(formatDarts(architecture))).toEqual(architecture);
        expect(parseDarts(JSON.stringify(dartsToJson(architecture), null, indent))).toEqual(architecture);
      }),
    );
  });

  it.each([
    ['ranges', V2.replaceAll('[2, 3, 4, 5]', 'range(2, 6)')],
    ['lists of ranges', V2.replaceAll('[2, 3, 4, 5]', 'list(range(2,6))')],
    ['tuples', V2.replaceAll('[', '(').replaceAll(']', ')')],
    ['double quotes', V2.replaceAll("'", '"')],
    ['trailing commas', V2.replaceAll(']', ',]').replace(/\)$/, ',)')],
    ['assignments', `DARTS_V2 = ${V2}`],
    ['line breaks', V2.replaceAll(' ', '\n\t')],
    [
      'another order of fields',
      `Genotype(${V2.slice(V2.indexOf('reduce='), -1)}, ${V2.slice(9, V2.indexOf(', reduce='))})`,
    ],
  ])('understands %s', (_, text) => {
    expect(formatDarts(darts.parse(text))).toBe(V2);
  });

  it('knows published genotypes by name, whatever the case and hyphens', () => {
    expect(darts.knownArchitectures).toEqual(KNOWN_DARTS_GENOTYPES);
    for (const name of KNOWN_DARTS_GENOTYPES) {
      expect(darts.parse(darts.format(darts.parse(name)))).toEqual(knownDartsGenotype(name));
      expect(knownDartsSource(name)).toMatch(/github\.com/);
    }
    expect(darts.parse(' pc-darts-cifar ')).toEqual(knownDartsGenotype('PC_DARTS_cifar'));
    expect(darts.parse('PC-DARTS')).toEqual(knownDartsGenotype('PC_DARTS_cifar'));
    expect(knownDartsGenotype('constructor')).toBeUndefined();
    expect(knownDartsSource('toString')).toBeUndefined();
  });

  it.each<[text: string, token: string, expected: string]>([
    ['', '', 'a value'],
    ['DARTS_V3', 'DARTS_V3', 'a known name (DARTS_V1'],
    ['[1, 2]', '[', 'Genotype('],
    ['Cell(normal=[])', 'Cell', 'Genotype('],
    [V2.replace('dil_conv_3x3', 'dil_conv_7x7'), "'dil_conv_7x7'", 'one of none, skip_connect'],
    [V2.replace("'sep_conv_3x3', 0", "'sep_conv_3x3', 2"), '2', 'a state from 0 to 1 (what node 0 can read)'],
    [V2.replace("('dil_conv_3x3', 2)", "'dil_conv_3x3'"), "'dil_conv_3x3'", 'a pair (operation, state)'],
    [V2.replace("('dil_conv_3x3', 2)", "('dil_conv_3x3', 2, 'x')"), '(', 'a pair (operation, state)'],
    [V2.replace("('dil_conv_3x3', 2)", "('dil_conv_3x3', 2, 1, 1)"), '(', 'a pair (operation, state)'],
    [
      V2.replace(", ('dil_conv_3x3', 2)", ''),
      '[',
      '8 pairs (operation, state), 2 for each node; there are 7',
    ],
    [V2.replace("('dil_conv_3x3', 2)", "('dil_conv_3x3', 2), ('dil_conv_5x5', 2)"), '(', 'there are 9'],
    [V2.replace('[2, 3, 4, 5]', '[2, 3, 4, 6]'), '6', 'a state from 0 to 5, each at most once'],
    [V2.replace('[2, 3, 4, 5]', '[2, 3, 3, 5]'), '3', 'a state from 0 to 5, each at most once'],
    [V2.replace('reduce_concat=[2', 'reduce_concat=[1'), '1', 'an inner state from 2 to 5'],
    [V2.replace('[2, 3, 4, 5]', '[]'), '[', 'at least one state'],
    [V2.replace('[2, 3, 4, 5]', 'range(2, 99)'), '(', 'bounds at most 64 apart'],
    [V2.replace('[2, 3, 4, 5]', 'list(3)'), '3', 'a list or range'],
    [V2.replace('normal_concat=', 'normal_cat='), 'normal_cat', 'one of the fields normal, normal_concat'],
    [V2.replace('normal_concat=[2, 3, 4, 5], ', ''), ')', 'the field normal_concat'],
    [V2.replace('reduce_concat', 'normal_concat'), 'normal_concat', 'each field once'],
    [V2.replace("('sep_conv_3x3', 0), ('sep", "('sep_conv_3x3', 0) ('sep"), '(', "',' or ']'"],
    [V2.slice(0, -1), '', "',' or ')'"],
    [`${V2} x`, 'x', 'the end of the text'],
    ['{"normal": [}', '}', 'a value'],
    ['{normal: []}', 'normal', 'a field name in quotes'],
    ['[[[[[[[[[[[[[[[[[[', '[', 'at most 8 levels'],
  ])('points at the place in %s', (text, token, expected) => {
    const problem = problemOf(text);
    expect(problem).toMatchObject({ code: 'GENOTYPE_SYNTAX', token });
    expect(problem.expected).toContain(expected);
    expect(text.slice(problem.position, problem.position + token.length)).toBe(token);
  });

  it('bounds the work on huge text', () => {
    expect(() => parseDarts('['.repeat(1e6))).toThrow(expect.objectContaining({ code: 'GENOTYPE_SYNTAX' }));
    expect(() => parseDarts(`Genotype(normal=range(0, ${'9'.repeat(400)}))`)).toThrow(TenasError);
  });

  it('either accepts a mutated genotype or throws a TenasError', () => {
    const valid = anyArchitecture.chain((a) =>
      fc.constantFrom(formatDarts(a), JSON.stringify(dartsToJson(a))),
    );
    const words = [
      'Genotype',
      'range',
      'list',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      ',',
      '=',
      ':',
      "'",
      '"',
      '0',
      '6',
      '-',
      '\\',
      '\n',
    ];
    fc.assert(
      fc.property(
        mutatedText(valid, [...words, ...DARTS_GENOTYPE_OPS, 'none', 'normal', 'reduce']),
        (text) => {
          try {
            const architecture = darts.parse(text);
            expect(darts.parse(darts.format(architecture))).toEqual(architecture);
            expect(dartsArchitecture(architecture)).toEqual(architecture);
          } catch (error) {
            expect(error).toBeInstanceOf(TenasError);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('refuses malformed architectures built by hand', () => {
    const { normal, reduce: given } = knownDartsGenotype('DARTS_V2')!;
    const reduce = given!;
    const bad: [string, DartsCell][] = [
      ['reduce.inputs', { ...reduce, inputs: reduce.inputs.slice(1) }],
      [
        'reduce.inputs[0].state',
        { ...reduce, inputs: [{ op: 'skip_connect', state: 2 }, ...reduce.inputs.slice(1)] },
      ],
      ['reduce.concat', { ...reduce, concat: [] }],
      ['reduce.concat[1]', { ...reduce, concat: [2, 2] }],
      ['reduce.concat[0]', { ...reduce, concat: [0] }],
    ];
    for (const [field, cell] of bad) {
      expect(() => dartsArchitecture({ normal, reduce: cell })).toThrow(
        expect.objectContaining({ code: 'ARCHITECTURE_INVALID', field }),
      );
    }
  });
});
