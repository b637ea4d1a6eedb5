import { describe, expect, it } from 'vitest';
import { parseJson } from '../src/index.js';

const limits = { length: 100_000, depth: 6, containers: 3000, keys: 3000 };
const read = (text: string) => parseJson(text, limits);

describe('JSON from outside', () => {
  it.each([
    ['{"a":1,"a":1}', '"a"'],
    ['{"a":{"b":1},"a":2}', '"a"'],
    ['[0,{"x":[{"b":1 , "c" :2,"b"\n:\t3}]}]', '"b"'],
    ['{"a":1,"\\u0061":2}', '"a"'],
    ['{"":1,"":2}', '""'],
    ['{"__proto__":1,"__proto__":{}}', '"__proto__"'],
    ['{"constructor":{"hasOwnProperty":1,"hasOwnProperty":2}}', '"hasOwnProperty"'],
    ['{"1":0,"1":0}', '"1"'],
    ['{"a\\"b\\\\":1,"a\\"b\\\\":2}', '"a\\"b\\\\"'],
    ['{"\\ud800":1,"\\uD800":2}', '"\\ud800"'],
  ])('is refused where a key is given twice: %s', (text, key) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: 'JSON_INVALID', message: `a key is given twice: ${key}` }),
    );
  });

  it.each([
    '{"a":{"a":{"a":1}},"b":{"a":2},"A":3}',
    '[{"a":1},{"a":1},[{"a":1}]]',
    '{"a:":":","b\\":\\"":"\\\\","c":"{\\"c\\":1,\\"c\\":2}"}',
    '{"__proto__":{"toString":1},"toString":2,"0":3,"00":4}',
    '{"\u00e9":1,"e\u0301":2}',
    '"a"',
    'null',
    '[-0,1.7976931348623157e308,1e-999]',
    ' [ ] ',
  ])('is read as JSON.parse does: %s', (text) => {
    expect(read(text)).toEqual(JSON.parse(text));
  });

  it.each(['1e999', '[0,[-1e309]]', '{"a":{"b":[1,1e400]}}'])(
    'is refused where a number would become infinite: %s',
    (text) => {
      expect(() => read(text)).toThrow(expect.objectContaining({ code: 'JSON_INVALID' }));
      expect(() => read(text)).toThrow(/^a number is too large/);
    },
  );

  it('names of a long key only the beginning', () => {
    const key = JSON.stringify('k'.repeat(9000));
    expect(() => read(`{${key}:1,${key}:2}`)).toThrow(
      /^a key is given twice: "k{159}\.\.\. \(9002 characters\)$/,
    );
  });

  it('is read where objects are many', () => {
    const many = JSON.stringify(Array.from({ length: 900 }, (_, index) => ({ index, value: { of: 'a:b' } })));
    expect(read(many)).toHaveLength(900);
    const named = many.replace('"index":899', '"index":899,"index":0');
    expect(() => read(named)).toThrow('a key is given twice: "index"');
  });

  it('is refused where it has too many keys, before one that is given twice is looked for', () => {
    expect(() => read(`{${'"a":1,'.repeat(3000)}"a":1}`)).toThrow('it has more than 3000 keys');
  });
});
