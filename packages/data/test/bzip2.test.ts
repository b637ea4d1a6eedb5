import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { TenasError } from '@tenas/base';
import { isBzip2, unpackBzip2 } from '@tenas/data';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

// Made by support/make-bzip2.py with CPython.
const cases = JSON.parse(readFileSync(new URL('support/bzip2.json', import.meta.url), 'utf8')) as Record<
  string,
  { readonly bytes: number; readonly sha256: string; readonly packed: string }
>;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));
const maxBytes = 1 << 20;

describe('bzip2', () => {
  it.each(Object.keys(cases))('unpacks %s', (name) => {
    const { packed, ...expected } = cases[name]!;
    expect(isBzip2(bytesOf(packed))).toBe(true);
    const unpacked = unpackBzip2(bytesOf(packed), { maxBytes });
    expect({ bytes: unpacked.length, sha256: sha256(unpacked) }).toEqual(expected);
  });

  it('refuses what is larger than it may be, cut off, damaged or no bzip2', () => {
    const packed = bytesOf(cases.noise!.packed);
    expect(() => unpackBzip2(packed, { maxBytes: 19_999 })).toThrow(/unpacks to more than 19999 bytes/);
    expect(unpackBzip2(packed, { maxBytes: 20_000 })).toHaveLength(20_000);
    expect(() => unpackBzip2(packed.subarray(0, 5000), { maxBytes })).toThrow(/truncated file/);
    const damaged = packed.slice();
    damaged[10_000]! ^= 1;
    expect(() => unpackBzip2(damaged, { maxBytes })).toThrow(TenasError);
    expect(() => unpackBzip2(Buffer.from('no archive at all'), { maxBytes })).toThrow(/begin with 'BZh'/);
    expect(isBzip2(Buffer.from('PK'))).toBe(false);
  });

  it('only ever throws TenasError, and never gives a wrong text, whatever the bytes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('short', 'runs', 'two streams'),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        fc.option(fc.nat()),
        (name, changes, cut) => {
          const bytes = bytesOf(cases[name]!.packed);
          const text = unpackBzip2(bytes, { maxBytes });
          for (const [place, value] of changes) bytes[place % bytes.length] = value;
          try {
            const given = cut === null ? bytes : bytes.subarray(0, cut % bytes.length);
            const unpacked = unpackBzip2(given, { maxBytes });
            // A whole stream may be cut off at its end; what there is, is right.
            const right = text.subarray(0, unpacked.length);
            expect(Buffer.compare(unpacked, right)).toBe(0);
          } catch (error) {
            if (!(error instanceof TenasError)) throw error;
            expect(error.code).toBe('BZIP2_INVALID');
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
