import { TenasError } from '@tenas/base';
import { expectBounded } from '@tenas/base/testing';
import { unpickle } from '@tenas/data';
import { describe, expect, it } from 'vitest';
import * as p from './support/pickle-writer.js';

const MEBIBYTE = 1 << 20;

/** A pair of the value before it with itself, again and again: 2^levels values once spelled out. */
const pairs = (levels: number) => p.times(levels, p.put(0), p.get(0), p.TUPLE2());
const big = (size: number) => new Uint8Array(size).fill(0x41);
const dtype = (code: string) =>
  Buffer.concat([p.globalOf('numpy', 'dtype'), p.word(code), p.TUPLE1(), p.REDUCE()]);

/** 288 bytes that never ended, and the others of its kind: what a pickle can have done with what it names once. */
const ATTACKS: [what: string, bytes: () => Uint8Array, message: RegExp][] = [
  [
    'nested pairs as the name of a module: 288 bytes',
    () => p.pickle(p.word('name'), pairs(55), p.word('y'), p.STACK_GLOBAL()),
    /must be named by two strings/,
  ],
  [
    'nested pairs as the name in a module',
    () => p.pickle(p.word('x'), p.word('y'), pairs(54), p.STACK_GLOBAL()),
    /must be named by two strings/,
  ],
  ['nested pairs as the value', () => p.pickle(p.NONE(), pairs(30)), /spelled out, it has more than/],
  ['nested pairs past counting', () => p.pickle(p.NONE(), pairs(2000)), /nested deeper than 32 levels/],
  [
    'nested pairs as an array shape',
    () => p.pickle(p.globalOf('numpy.core.numeric', '_frombuffer'), p.NONE(), pairs(54), p.REDUCE()),
    /bytes are expected|shape is expected|element type/,
  ],
  [
    'a megabyte of bytes as the key of 100,000 dicts',
    () =>
      p.pickle(
        p.bytes(big(MEBIBYTE)),
        p.put(0),
        p.times(100_000, p.EMPTY_DICT(), p.get(0), p.NONE(), p.SETITEM()),
      ),
    /larger than a file of its size/,
  ],
  [
    'a megabyte of text as a key that another text of the same letters is compared with 100,000 times',
    () => {
      const key = p.text('k'.repeat(MEBIBYTE));
      const set = p.times(100_000, p.get(1), p.NONE(), p.SETITEM());
      return p.pickle(key, p.put(0), key, p.put(1), p.EMPTY_DICT(), p.get(0), p.NONE(), p.SETITEM(), set);
    },
    /larger than a file of its size/,
  ],
  ['tuples nested 200,000 deep', () => p.pickle(p.NONE(), p.times(200_000, p.TUPLE1())), /deeper than 32/],
  [
    'lists nested 200,000 deep',
    () => p.pickle(p.times(200_000, p.EMPTY_LIST()), p.times(199_999, p.APPEND())),
    /deeper than 32|larger than a file/,
  ],
  [
    'tuples nested as the name of a module',
    () => p.pickle(p.NONE(), p.times(200_000, p.TUPLE1()), p.word('y'), p.STACK_GLOBAL()),
    /must be named by two strings/,
  ],
  [
    'a list that contains itself',
    () => p.pickle(p.EMPTY_LIST(), p.put(0), p.get(0), p.APPEND()),
    /deeper than 32/,
  ],
  [
    'a dict that contains itself a thousand times over',
    () =>
      p.pickle(
        p.EMPTY_DICT(),
        p.put(0),
        ...Array.from({ length: 1000 }, (_, i) => Buffer.concat([p.int(i), p.get(0), p.SETITEM()])),
      ),
    /deeper than 32/,
  ],
  [
    'a megabyte of dicts',
    () => p.pickle(p.times(MEBIBYTE, p.EMPTY_DICT())),
    /larger than a file of its size/,
  ],
  [
    'a megabyte of lists',
    () => p.pickle(p.times(MEBIBYTE, p.EMPTY_LIST())),
    /larger than a file of its size/,
  ],
  ['a megabyte of marks', () => p.pickle(p.times(4 * MEBIBYTE, p.MARK())), /larger than a file of its size/],
  [
    'five megabytes of None',
    () => p.pickle(p.times(5 * MEBIBYTE, p.NONE())),
    /larger than a file of its size/,
  ],
  [
    'a megabyte of empty bytes',
    () => p.pickle(p.times(MEBIBYTE / 2, Buffer.from([0x43, 0]))),
    /larger than a file of its size/,
  ],
  ['a chain of MEMOIZE', () => p.pickle(p.NONE(), p.times(5 * MEBIBYTE, p.MEMOIZE())), /values|larger than/],
  [
    'memo numbers up to 4 billion',
    () => p.pickle(p.NONE(), p.longPuts(600_000), p.times(MEBIBYTE, p.EMPTY_DICT())),
    /larger than a file of its size/,
  ],
  [
    'a memo number that was never stored',
    () => p.pickle(Buffer.from([0x6a, 255, 255, 255, 255])),
    /never stored/,
  ],
  ['a chain of DUP', () => p.pickle(p.NONE(), p.times(MEBIBYTE, p.DUP())), /opcode 0x32 is not allowed/],
  [
    'list doubling by APPENDS of itself',
    () => p.pickle(p.EMPTY_LIST(), p.put(0), p.times(MEBIBYTE, p.MARK(), p.get(0), p.get(0), p.APPENDS())),
    /larger than a file of its size/,
  ],
  [
    'the same bytes as 100,000 element types',
    () =>
      p.pickle(
        p.bytes(big(MEBIBYTE)),
        p.put(0),
        p.times(100_000, p.globalOf('numpy', 'dtype'), p.get(0), p.TUPLE1(), p.REDUCE()),
      ),
    /an element type is expected/,
  ],
  [
    'the same bytes as 100,000 byte orders',
    () =>
      p.pickle(
        p.bytes(big(MEBIBYTE)),
        p.put(0),
        dtype('u2'),
        p.times(100_000, p.MARK(), p.NONE(), p.get(0), p.TUPLE(), p.BUILD()),
        p.times(300_000, p.EMPTY_DICT()),
      ),
    /larger than a file of its size/,
  ],
  [
    'the same bytes as 100,000 scalars',
    () =>
      p.pickle(
        p.bytes(big(MEBIBYTE)),
        p.put(0),
        dtype('u1'),
        p.put(1),
        p.times(
          100_000,
          p.globalOf('numpy.core.multiarray', 'scalar'),
          p.get(1),
          p.get(0),
          p.TUPLE2(),
          p.REDUCE(),
        ),
      ),
    /a scalar has one value/,
  ],
  [
    'the same text encoded 100,000 times',
    () =>
      p.pickle(
        p.text('t'.repeat(MEBIBYTE)),
        p.put(0),
        p.times(100_000, p.globalOf('_codecs', 'encode'), p.get(0), p.word('latin1'), p.TUPLE2(), p.REDUCE()),
      ),
    /larger than a file of its size/,
  ],
  [
    'text that is no bytes',
    () =>
      p.pickle(p.globalOf('_codecs', 'encode'), p.text('\u0141'), p.word('latin1'), p.TUPLE2(), p.REDUCE()),
    /is no byte/,
  ],
  [
    'text in another encoding',
    () => p.pickle(p.globalOf('_codecs', 'encode'), p.text('a'), p.word('utf-16'), p.TUPLE2(), p.REDUCE()),
    /'latin1' is expected/,
  ],
  [
    'a whole number of 255 bytes',
    () => p.pickle(Buffer.from([0x8a, 255, ...big(255)])),
    /at most 8 are read/,
  ],
  ['a whole number of 2^53', () => p.pickle(Buffer.from([0x8a, 8, 0, 0, 0, 0, 0, 0, 32, 0])), /held exactly/],
  ['LONG4', () => p.pickle(Buffer.from([0x8b, 255, 255, 255, 127])), /opcode 0x8b is not allowed/],
  ['NEXT_BUFFER', () => p.pickle(Buffer.from([0x97])), /opcode 0x97 is not allowed/],
  ['a frame of 2^64 bytes', () => p.pickle(Buffer.from([0x95, ...new Uint8Array(8).fill(255)])), /absurd/],
  [
    'bytes of 2^53 - 1',
    () => p.pickle(Buffer.from([0x8e, 255, 255, 255, 255, 255, 255, 31, 0])),
    /truncated/,
  ],
  ['text that is no UTF-8', () => p.pickle(Buffer.from([0x8c, 1, 0xff])), /not valid UTF-8/],
  [
    'a name that does not end',
    () => p.pickle(Buffer.from('c'), big(10 * MEBIBYTE)),
    /a name does not end within 100 bytes/,
  ],
];

describe('pickles that ask for more than their size', () => {
  it.each(ATTACKS)('refuses %s', (_what, make, message) => {
    const bytes = make();
    const attack = (): unknown => {
      try {
        return unpickle(bytes);
      } catch (error) {
        return error;
      }
    };
    const error = expectBounded({ seconds: 1, mebibytes: 128 + (4 * bytes.length) / MEBIBYTE }, attack);
    expect(error).toBeInstanceOf(TenasError);
    const { code, message: said } = error as TenasError;
    expect(code).toBe('PICKLE_INVALID');
    expect(said).toMatch(message);
    expect(said.length).toBeLessThan(400);
  });

  it('has 288 bytes in the first of them', () => {
    expect(ATTACKS[0]![1]().length).toBe(288);
  });

  it('reads shared parts, levels and texts within the limits', () => {
    expect(unpickle(p.pickle(p.NONE(), pairs(20)))).toHaveLength(2);
    expect(unpickle(p.pickle(p.NONE(), p.times(32, p.TUPLE1())))).toHaveLength(1);
    expect(unpickle(p.pickle(p.text('\ufeffa\u0141')))).toBe('\ufeffa\u0141');
    expect(unpickle(p.pickle(Buffer.from([0x8a, 7, 255, 255, 255, 255, 255, 255, 31])))).toBe(2 ** 53 - 1);
  });
});
