import { TenasError } from '@tenas/base';
import { expectBounded } from '@tenas/base/testing';
import { readSafetensors, writeSafetensors } from '@tenas/graph';
import { describe, expect, it } from 'vitest';
import { tenasErrorOf } from '../../../test/support/expect-tenas-error.js';

const MEBIBYTE = 1024 * 1024;

/** A file with the given header text and data. */
function file(header: string, data = new Uint8Array(0)): Uint8Array {
  const text = Buffer.from(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

const entries = (count: number, entry: (index: number) => string): string =>
  `{${Array.from({ length: count }, (_, index) => entry(index)).join(',')}}`;
const empty = '{"dtype":"U8","shape":[0],"data_offsets":[0,0]}';

describe('safetensors that ask for more than their size', () => {
  it.each<[what: string, make: () => Uint8Array, message: RegExp]>([
    [
      'tensors on top of each other: 8 GB from 1.5 MB',
      () =>
        file(
          entries(8000, (i) => `"${i}":{"dtype":"U8","shape":[${MEBIBYTE}],"data_offsets":[0,${MEBIBYTE}]}`),
          new Uint8Array(MEBIBYTE),
        ),
      /tensors '0' and '1' overlap/,
    ],
    [
      'tensors that overlap in all but a byte',
      () =>
        file(
          entries(8000, (i) => `"${i}":{"dtype":"U8","shape":[900000],"data_offsets":[${i},${900_000 + i}]}`),
          new Uint8Array(MEBIBYTE),
        ),
      /overlap/,
    ],
    ['a header nested 90 million deep', () => file('['.repeat(90_000_000)), /at most 16777216 are read/],
    [
      'the deepest header of the allowed length',
      () => file('['.repeat(1 << 24)),
      /deeper than 3 levels at character 3/,
    ],
    ['objects nested in names', () => file('{"a":'.repeat(3_000_000)), /deeper than 3 levels/],

    [
      '2 million empty objects',
      () => file(`{"a":{${'"b":{},'.repeat(2_000_000)}"c":0}}`),
      /more than 300002 lists and objects/,
    ],
    [
      'a million keys',
      () => file(entries(1_000_000, (i) => `"${i.toString(36)}":0`)),
      /more than 500000 keys/,
    ],
    [
      'too many tensors',
      () => file(entries(100_001, (i) => `"${i}":${empty}`)),
      /more than 300002 lists and objects/,
    ],
    [
      'a shape of 8 million dimensions',
      () => file(`{"a":{"dtype":"U8","shape":[${'1,'.repeat(8_000_000)}1]}}`),
      /at most 32 whole/,
    ],
    [
      'a name of a megabyte',
      () => file(`{"${'n'.repeat(MEBIBYTE)}":${empty}}`),
      /at most 1000 characters make a name/,
    ],
    ['a string that does not end', () => file(`{"${'\\"'.repeat(8_000_000)}`), /not valid JSON/],
    [
      'metadata of another type',
      () => file(`{"__metadata__":{"a":[${'1,'.repeat(8_000_000)}1]}}`),
      /must be a string/,
    ],
    ['a name given twice, without data', () => file(`{"a":${empty},"a":${empty}}`), /a key is given twice/],
    [
      'a field given twice',
      () => file('{"a":{"dtype":"F64","dtype":"U8","shape":[0],"data_offsets":[0,0]}}'),
      /a key is given twice/,
    ],
    ['metadata given twice', () => file('{"__metadata__":{"a":"1","a":"2"}}'), /a key is given twice/],
  ])('refuses %s', (_what, make, message) => {
    const bytes = make();
    const error = expectBounded({ seconds: 2, mebibytes: 400 }, () =>
      tenasErrorOf(() => readSafetensors(bytes)),
    );
    expect(error.code).toBe('SAFETENSORS_INVALID');
    expect(error.message).toMatch(message);
    expect(error.message.length).toBeLessThan(1000);
  });

  it('takes no memory for tensors before all of them have been checked', () => {
    const half = 64 * MEBIBYTE;
    const data = new Uint8Array(2 * half);
    const text = `{"good":{"dtype":"U8","shape":[${half}],"data_offsets":[0,${half}]},"bad":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`;
    const bytes = file(text, data);
    expectBounded({ seconds: 1, mebibytes: 32 }, () => tenasErrorOf(() => readSafetensors(bytes)));
  });

  it('reads a file at the limits, and writes no file that it would not read', () => {
    const tensor = { dtype: 'U8', shape: [0], data: new Uint8Array(0) } as const;
    const many = new Map(Array.from({ length: 100_000 }, (_, i) => [`cells.${i}.op.weight`, tensor]));
    expect(readSafetensors(writeSafetensors(many)).tensors.size).toBe(100_000);
    expect(readSafetensors(writeSafetensors(new Map([['n'.repeat(1000), tensor]]))).tensors.size).toBe(1);
    for (const refused of [
      new Map([...many, ['one more', tensor]]),
      new Map([['n'.repeat(1001), tensor]]),
      new Map(Array.from({ length: 20_000 }, (_, i) => [String(i).padEnd(1000, 'n'), tensor])),
    ]) {
      expect(() => writeSafetensors(refused)).toThrow(TenasError);
    }
  });
});
