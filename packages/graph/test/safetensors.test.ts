import { readSafetensors, type Tensor, writeSafetensors } from '@tenas/graph';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tenasErrorOf, unlessRefused } from '../../../test/support/expect-tenas-error.js';

/** A file with the given header text and data, however wrong. */
function file(header: unknown, data: Uint8Array = new Uint8Array(0), length?: bigint): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

const entry = (begin: number, end: number, shape: unknown = [(end - begin) / 4], dtype: unknown = 'F32') => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
const sizeOfShape = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);
const tensor: fc.Arbitrary<Tensor> = shape.chain((dims) => {
  const length = { minLength: sizeOfShape(dims), maxLength: sizeOfShape(dims) };
  const of = <D extends Tensor['dtype']>(dtype: D, data: fc.Arbitrary<Tensor['data']>) =>
    data.map((values): Tensor => ({ dtype, shape: dims, data: values }));
  return fc.oneof(
    of('F32', fc.float32Array(length)),
    of('F64', fc.float64Array(length)),
    of('I64', fc.bigInt64Array(length)),
    of('I32', fc.int32Array(length)),
    of('U8', fc.uint8Array(length)),
  );
});
const nastyName = fc.constantFrom(
  '__proto__',
  'constructor',
  'toString',
  '',
  '1',
  'a.b<-0',
  'é→😀',
  '"\\\u0000',
);
const name = fc.oneof(nastyName, fc.string()).filter((text) => text !== '__metadata__');
const tensors = fc.uniqueArray(fc.tuple(name, tensor), { selector: ([key]) => key, maxLength: 6 });
const metadata = fc.dictionary(fc.oneof(nastyName, fc.string()), fc.string(), { noNullPrototype: false });

describe('safetensors', () => {
  it('round trips all types, shapes, names and metadata', () => {
    fc.assert(
      fc.property(tensors, metadata, (given, meta) => {
        const read = readSafetensors(writeSafetensors(new Map(given), meta));
        expect(new Map(read.tensors)).toEqual(new Map(given));
        expect(Object.entries(read.metadata).sort()).toEqual(Object.entries(meta).sort());
      }),
      { numRuns: 300 },
    );
  });

  it('reads the same from a Buffer and from any offset in a larger one', () => {
    const given = new Map<string, Tensor>([
      ['a', { dtype: 'F64', shape: [2], data: Float64Array.of(1.5, -2) }],
      ['b', { dtype: 'F32', shape: [1, 3], data: Float32Array.of(1, 2, 3) }],
    ]);
    const bytes = writeSafetensors(given);
    for (const offset of [0, 1, 3, 8]) {
      const larger = Buffer.alloc(bytes.length + offset + 5, 0xff);
      larger.set(bytes, offset);
      expect(readSafetensors(larger.subarray(offset, offset + bytes.length)).tensors).toEqual(given);
    }
  });

  it('copies: later changes of the bytes do not show', () => {
    const bytes = writeSafetensors(new Map([['a', { dtype: 'U8', shape: [2], data: Uint8Array.of(1, 2) }]]));
    const { tensors: read } = readSafetensors(bytes);
    bytes.fill(9);
    expect([...(read.get('a')!.data as Uint8Array)]).toEqual([1, 2]);
  });

  it('begins the data at a multiple of 8 bytes', () => {
    for (let length = 1; length < 20; length++) {
      const bytes = writeSafetensors(
        new Map([['n'.repeat(length), { dtype: 'F32', shape: [1], data: Float32Array.of(1) }]]),
      );
      expect(bytes.length % 8).toBe(4);
    }
  });

  it('reads half precision', () => {
    const halves = [0x0000, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x7c00, 0xfc00, 0x7e00];
    const data = new Uint8Array(Uint16Array.from([...halves, 0x3f80, 0xc2f7]).buffer);
    const { tensors: read } = readSafetensors(
      file({ h: entry(0, 20, [10], 'F16'), b: entry(20, 24, [2], 'BF16') }, data),
    );
    expect([...(read.get('h')!.data as Float32Array)]).toEqual([
      0,
      -0,
      1,
      -2,
      65504,
      2 ** -24,
      2 ** -14,
      Infinity,
      -Infinity,
      NaN,
    ]);
    expect([...(read.get('b')!.data as Float32Array)]).toEqual([1, -123.5]);
  });

  it('takes a tensor called __proto__ as a name like any other', () => {
    const text =
      '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"__metadata__":{"__proto__":"m"}}';
    const read = readSafetensors(file(text, Uint8Array.of(7)));
    expect([...read.tensors.keys()]).toEqual(['__proto__']);
    expect(Object.entries(read.metadata)).toEqual([['__proto__', 'm']]);
    expect(({} as { dtype?: unknown }).dtype).toBeUndefined();
  });

  it.each<[what: string, bytes: Uint8Array, message: RegExp]>([
    ['no bytes', new Uint8Array(0), /0 bytes; it must begin with 8/],
    ['half a length', new Uint8Array(7), /7 bytes/],
    ['a header longer than the file', file('{}', undefined, 3n), /3 bytes; the file has 2/],
    ['a header length of 2^64 - 1', file('{}', undefined, 2n ** 64n - 1n), /truncated/],
    ['no header', file(''), /not valid JSON/],
    ['no JSON', file('{"a":'), /not valid JSON/],
    ['no UTF-8', file('{}', undefined, 2n).fill(0xff, 8), /not valid UTF-8/],
    ['an array', file([]), /must be a JSON object/],
    ['null', file('null'), /must be a JSON object/],
    ['a tensor that is null', file({ a: null }), /tensor 'a' is null; it must be an object/],
    ['an unknown type', file({ a: entry(0, 4, [1], 'F31') }, new Uint8Array(4)), /dtype is "F31".*F64, F32/],
    [
      'a type from the prototype',
      file({ a: entry(0, 4, [1], 'toString') }, new Uint8Array(4)),
      /dtype is "toString"/,
    ],
    [
      'a type that is no text',
      file({ a: entry(0, 4, [1], ['F32']) }, new Uint8Array(4)),
      /dtype is \["F32"\]/,
    ],
    [
      'no shape',
      file({ a: { dtype: 'F32', data_offsets: [0, 4] } }, new Uint8Array(4)),
      /shape is undefined/,
    ],
    ['a negative dimension', file({ a: entry(0, 4, [-1, -1]) }, new Uint8Array(4)), /shape is \[-1,-1\]/],
    ['half a dimension', file({ a: entry(0, 4, [0.5, 2]) }, new Uint8Array(4)), /shape is \[0.5,2\]/],
    [
      'a shape past counting',
      file({ a: entry(0, 4, [2 ** 52, 2 ** 52]) }, new Uint8Array(4)),
      /whole numbers/,
    ],
    ['very many dimensions', file({ a: entry(0, 4, Array(40).fill(1)) }, new Uint8Array(4)), /at most 32/],
    [
      'three offsets',
      file({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4, 8] } }, new Uint8Array(4)),
      /begin and end/,
    ],
    ['offsets the wrong way round', file({ a: entry(4, 0, [1]) }, new Uint8Array(4)), /has -4 bytes/],
    [
      'a tensor past the end',
      file({ a: entry(0, 8) }, new Uint8Array(4)),
      /ends at byte 8 of the data; there are 4/,
    ],
    [
      'a shape of another size',
      file({ a: entry(0, 4, [2]) }, new Uint8Array(4)),
      /has 4 bytes; F32 \[2\] needs 8/,
    ],
    [
      'tensors that overlap',
      file({ a: entry(0, 8), b: entry(4, 12) }, new Uint8Array(12)),
      /'a' and 'b' overlap/,
    ],
    ['tensors in one place', file({ a: entry(0, 4), b: entry(0, 4) }, new Uint8Array(4)), /overlap/],
    [
      'a gap',
      file({ a: entry(0, 4), b: entry(8, 12) }, new Uint8Array(12)),
      /bytes 4 to 8 .* belong to no tensor/,
    ],
    ['bytes after the last tensor', file({ a: entry(0, 4) }, new Uint8Array(9)), /bytes 4 to 9/],
    [
      'a name given twice',
      file(
        '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}',
        new Uint8Array(2),
      ),
      /a key is given twice/,
    ],
    ['metadata that is text', file({ __metadata__: 'x' }), /__metadata__ is "x"; it must be an object/],
    [
      'metadata that is nested',
      file({ __metadata__: { k: { l: 1 } } }),
      /__metadata__.k is {"l":1}; it must be a string/,
    ],
    [
      'a shape nested past the stack',
      file(`{"a":{"dtype":"F32","shape":${'['.repeat(50_000)}${']'.repeat(50_000)},"data_offsets":[0,0]}}`),
      /deeper than 3 levels/,
    ],
  ])('refuses %s', (_what, bytes, message) => {
    const error = tenasErrorOf(() => readSafetensors(bytes));
    expect(error.code).toBe('SAFETENSORS_INVALID');
    expect(error.message).toMatch(message);
    expect(error.message.length).toBeLessThan(1000);
  });

  it('throws nothing but TenasError for files with bytes changed, cut off or added', () => {
    const change = fc.record({
      at: fc.nat(),
      remove: fc.integer({ min: 0, max: 6 }),
      insert: fc.oneof(
        fc.uint8Array({ maxLength: 6 }),
        fc
          .constantFrom('[', ']', '{', '"', ',', '-1', '9e9', 'null', 'F64')
          .map((text) => new TextEncoder().encode(text)),
      ),
    });
    fc.assert(
      fc.property(
        tensors,
        metadata,
        fc.array(change, { minLength: 1, maxLength: 4 }),
        (given, meta, changes) => {
          let bytes = writeSafetensors(new Map(given), meta);
          for (const { at, remove, insert } of changes) {
            const from = at % (bytes.length + 1);
            bytes = Uint8Array.from([
              ...bytes.subarray(0, from),
              ...insert,
              ...bytes.subarray(from + remove),
            ]);
          }
          const read = unlessRefused(() => readSafetensors(bytes));
          for (const { shape: dims, data } of read?.tensors.values() ?? [])
            expect(data.length).toBe(sizeOfShape(dims));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('throws nothing but TenasError for any JSON in the header', () => {
    const anyEntry = fc.record(
      {
        dtype: fc.oneof(fc.constantFrom('F32', 'U8', 'F16'), fc.jsonValue()),
        shape: fc.oneof(fc.array(fc.nat(3)), fc.jsonValue()),
        data_offsets: fc.oneof(fc.tuple(fc.nat(9), fc.nat(9)), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.oneof(anyEntry, fc.jsonValue())),
        fc.uint8Array(),
        (header, data) => {
          unlessRefused(() => readSafetensors(file(header, data)));
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each<[what: string, name: string, tensor: Tensor]>([
    ['the name of the metadata', '__metadata__', { dtype: 'F32', shape: [1], data: Float32Array.of(1) }],
    ['data of another type', 'a', { dtype: 'I32', shape: [1], data: Float32Array.of(1) }],
    ['half precision', 'a', { dtype: 'F16', shape: [1], data: Float32Array.of(1) }],
    ['a shape of another size', 'a', { dtype: 'F32', shape: [2], data: Float32Array.of(1) }],
  ])('does not write %s', (_what, key, value) => {
    expect(tenasErrorOf(() => writeSafetensors(new Map([[key, value]]))).code).toBe('SAFETENSORS_INVALID');
  });
});

describe('tensors that are left out', () => {
  const bytes = file({ a: entry(0, 4), b: entry(4, 8, [4], 'BOOL'), c: entry(8, 12) }, new Uint8Array(12));

  it('may be of a type that is not read', () => {
    const { tensors, leftOut } = readSafetensors(bytes, { leaveOut: (name) => name === 'b' });
    expect([...tensors.keys()]).toEqual(['a', 'c']);
    expect(leftOut).toEqual(['b']);
    expect(tenasErrorOf(() => readSafetensors(bytes))).toMatchObject({ field: 'b.dtype', value: 'BOOL' });
  });

  it('are checked nevertheless', () => {
    const leaveOut = (name: string) => name === 'b';
    for (const [field, wrong] of [
      ['b.dtype', entry(4, 8, [4], 'X9')],
      ['b.dtype', entry(4, 8, [4], 'toString')],
      ['b.data_offsets', entry(4, 8, [3], 'BOOL')],
      ['b.data_offsets', entry(4, 99, [95], 'BOOL')],
      ['b.shape', entry(4, 8, [-4], 'BOOL')],
    ] as const) {
      const made = file({ a: entry(0, 4), b: wrong, c: entry(8, 12) }, new Uint8Array(12));
      expect(tenasErrorOf(() => readSafetensors(made, { leaveOut }))).toMatchObject({ field });
    }
  });
});
