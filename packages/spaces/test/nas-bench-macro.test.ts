import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nasBenchMacro } from '../src/index.js';
import { referenceData } from './reference-data.js';

const table = referenceData('data/nas-bench-macro/accuracy.csv');

describe('NAS-Bench-Macro', () => {
  it('has eight layers of three operations, written as digits', () => {
    expect(nasBenchMacro.enumeration.size).toBe(3 ** 8);
    const architecture = nasBenchMacro.parse('02012100');
    expect(nasBenchMacro.choicesOf(architecture)).toMatchObject({ layer0: '0', layer1: '2', layer3: '1' });
    expect(nasBenchMacro.format(nasBenchMacro.parse(' 02012100 '))).toBe('02012100');
    expect(nasBenchMacro.enumeration.indexOf(nasBenchMacro.parse('00000012'))).toBe(5);
  });

  it.each([
    { text: '0201210', position: 7, expected: 'layer7: one of 0, 1, 2' },
    { text: '020121000', position: 8, expected: 'the end: there are 8 choices' },
    { text: '0203', position: 3, expected: 'layer3: one of 0, 1, 2' },
    { text: '0-2-0-1', position: 1, expected: 'layer1: one of 0, 1, 2' },
  ])('refuses $text at the place', ({ text, position, expected }) => {
    expect(() => nasBenchMacro.parse(text)).toThrow(
      expect.objectContaining({ code: 'GENOTYPE_SYNTAX', position, expected }),
    );
  });

  it('moves identities to the end of their stage, but not the first layer of one', () => {
    const key = (text: string) => nasBenchMacro.isomorphism.key(nasBenchMacro.parse(text));
    expect(key('00102001')).toBe('00120010');
    expect(key('01001012')).toBe('01010012');
    expect(key('00120012')).toBe('00120012');
  });

  it('names parameters as the benchmark', () => {
    const { params } = nasBenchMacro.network(nasBenchMacro.parse('02012100'));
    const shapes = new Map(params.map(({ name, shape }) => [name, shape.join('x')]));
    expect(shapes.get('stem.0.weight')).toBe('32x3x3x3');
    expect(shapes.get('features.0.downsample.0.weight')).toBe('64x32x1x1');
    expect(shapes.get('features.1.conv.3.weight')).toBe('384x1x5x5');
    expect(shapes.get('features.1.conv.7.running_var')).toBe('64');
    expect(shapes.get('out.0.weight')).toBe('1280x256x1x1');
    expect(shapes.get('classifier.bias')).toBe('10');
  });

  it.skipIf(table.absent)(`has the parameters and macs of all rows of the table${table.note}`, () => {
    const rows = readFileSync(table.path, 'utf8').trim().split('\n').slice(1);
    expect(rows.length).toBe(2187);
    const costs = nasBenchMacro.costs();
    for (const row of rows) {
      const [text, , params, macs] = row.split(',');
      const found = costs.of(nasBenchMacro.parse(text!));
      expect([text, found.params, found.macs]).toEqual([text, Number(params), Number(macs)]);
    }
  });
});
