import { expectBounded } from '@tenas/base/testing';
import { describe, expect, it } from 'vitest';
import { clip, describeValue } from '../src/describe-value.js';

const circular: unknown[] = [];
circular.push(circular);
let deep: unknown = 1;
for (let level = 0; level < 200_000; level++) deep = [deep];
let doubled: unknown = 1;
for (let level = 0; level < 100; level++) doubled = [doubled, doubled];

describe('describeValue', () => {
  it('shows small values as JSON, and what JSON lacks by its name', () => {
    const shown: [value: unknown, text: string][] = [
      [undefined, 'undefined'],
      [Number.NaN, 'NaN'],
      ['a"b', '"a\\"b"'],
      [[1, Number.POSITIVE_INFINITY, null, 5n], '[1,"Infinity",null,"5"]'],
      [{ a: { b: [true] }, c: undefined }, '{"a":{"b":[true]}}'],
      [new Date(0), '"1970-01-01T00:00:00.000Z"'],
      [() => 1, '() => 1'],
      [JSON.parse('{"__proto__":1}'), '{"__proto__":1}'],
    ];
    for (const [value, text] of shown) expect(describeValue(value)).toBe(text);
  });

  it.each<[string, unknown]>([
    ['a value that contains itself', circular],
    ['a value nested 200,000 deep', deep],
    ['a value that would be 2^100 long', doubled],
    ['a text of 100 MB', Buffer.alloc(100_000_000, 'x').toString('latin1')],
    ['a list of 10 million', new Array(10_000_000).fill(1)],
    ['a long key', { ['k'.repeat(1_000_000)]: 1 }],
  ])('looks only at the beginning of %s', (_what, value) => {
    const text = expectBounded({ seconds: 0.5, mebibytes: 20 }, () => describeValue(value));
    expect(text.slice(160)).toMatch(/^\.\.\.( \(100000000 characters\))?$/);
  });

  it('cuts no character in two', () => {
    for (const start of ['', 'a']) {
      const text = start + '😀'.repeat(200);
      for (const shown of [clip(text), describeValue(text), describeValue([text])]) {
        expect(shown).toMatch(/\.\.\./);
        expect(shown).not.toMatch(/\p{Surrogate}/u);
      }
    }
  });

  it('is never an error itself', () => {
    const hostile = {
      get a(): never {
        throw new Error('no');
      },
    };
    expect(describeValue(hostile)).toBe('a value of type object');
  });
});
