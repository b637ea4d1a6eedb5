import { TenasError } from '@tenas/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatNasBench201,
  GenotypeSyntaxError,
  NAS_BENCH_201_OPS,
  NAS_BENCH_201_SIZE,
  nasBench201Architecture,
  nasBench201At,
  nasBench201Index,
  parseNasBench201,
} from '../src/index.js';
import { mutatedText } from './mutated-text.js';

const OFFICIAL =
  '|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|';

function problemOf(text: string): GenotypeSyntaxError {
  try {
    parseNasBench201(text);
  } catch (error) {
    if (error instanceof GenotypeSyntaxError) return error;
    throw error;
  }
  throw new Error(`accepted ${text}`);
}

describe('NAS-Bench-201 strings', () => {
  it('reads the official form, edge by edge', () => {
    expect(parseNasBench201(OFFICIAL).ops).toEqual([
      'nor_conv_3x3',
      'nor_conv_3x3',
      'avg_pool_3x3',
      'skip_connect',
      'nor_conv_3x3',
      'skip_connect',
    ]);
    expect(formatNasBench201(parseNasBench201(OFFICIAL))).toBe(OFFICIAL);
  });

  it('ignores white space between tokens', () => {
    expect(formatNasBench201(parseNasBench201(` ${OFFICIAL.replaceAll('|', ' | ')}\n`))).toBe(OFFICIAL);
  });

  it.each([
    { text: '', position: 0, token: '', expected: "'|' to open the inputs of node 1" },
    { text: '|none~0', position: 7, token: '', expected: "'|' to close the inputs of node 1" },
    { text: '|none~0||none~0|', position: 8, token: '|', expected: "'+' and the inputs of node 2" },
    { text: '|conv~0|', position: 1, token: 'conv', expected: 'the operation from node 0 to node 1' },
    { text: '|none~0|+|none~0|none~2|', position: 22, token: '2', expected: 'input 1 of node 2' },
    { text: '|none|', position: 5, token: '|', expected: "'~' and the input's number after none" },
    { text: `${OFFICIAL}+|none~0|`, position: OFFICIAL.length, token: '+', expected: 'the end' },
  ])('points at the offending token of $text', ({ text, position, token, expected }) => {
    const problem = problemOf(text);
    expect(problem).toMatchObject({ code: 'GENOTYPE_SYNTAX', position, token });
    expect(problem.expected).toContain(expected);
    expect(problem.message).toContain(`at position ${position}`);
  });

  it('draws the caret below the token, also in long or multi-line text', () => {
    const [, line, caret] = problemOf('|none~0|+|none~0|noone~1|').message.split('\n');
    expect(line!.slice(caret!.indexOf('^'), caret!.lastIndexOf('^') + 1)).toBe('noone');
    const long = `${' '.repeat(500)}|none~0|\n+|wrong~0|${' '.repeat(500)}`;
    const [, longLine, longCaret] = problemOf(long).message.split('\n');
    expect(longLine!.slice(longCaret!.indexOf('^'), longCaret!.lastIndexOf('^') + 1)).toBe('wrong');
  });

  it('round-trips every architecture through string and index', () => {
    for (let index = 0; index < NAS_BENCH_201_SIZE; index += 1) {
      const text = formatNasBench201(nasBench201At(index));
      expect(nasBench201Index(parseNasBench201(text))).toBe(index);
    }
  });

  it('numbers architectures lexicographically', () => {
    expect(nasBench201At(0).ops).toEqual(Array(6).fill('none'));
    expect(nasBench201At(1).ops).toEqual(['none', 'none', 'none', 'none', 'none', 'skip_connect']);
    expect(nasBench201At(NAS_BENCH_201_SIZE - 1).ops).toEqual(Array(6).fill('avg_pool_3x3'));
    for (const index of [-1, 0.5, NAS_BENCH_201_SIZE, Number.NaN]) {
      expect(() => nasBench201At(index)).toThrow(expect.objectContaining({ code: 'INDEX_OUT_OF_RANGE' }));
    }
  });

  it('refuses operations that are not six known ones', () => {
    expect(() => nasBench201Architecture(['none'])).toThrow(
      expect.objectContaining({ code: 'ARCHITECTURE_INVALID' }),
    );
    const ops = [...Array(5).fill('none'), 'conv'];
    expect(() => nasBench201Architecture(ops)).toThrow(/edge 3<-2: unknown operation "conv"/);
  });

  it('either accepts a mutated string or throws a TenasError', () => {
    const words = [...NAS_BENCH_201_OPS, '|', '~', '+', '0', '1', '2', 'x', ' ', '\n', '\u2028', '\u0000'];
    fc.assert(
      fc.property(mutatedText(fc.constantFrom(OFFICIAL), words), (text) => {
        try {
          expect(parseNasBench201(formatNasBench201(parseNasBench201(text)))).toEqual(parseNasBench201(text));
        } catch (error) {
          expect(error).toBeInstanceOf(TenasError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('throws only TenasErrors on arbitrary text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(() => parseNasBench201(text)).toThrow(TenasError);
      }),
    );
  });
});
