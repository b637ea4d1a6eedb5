import { readFileSync } from 'node:fs';
import { TenasError } from '@tenas/base';
import { PickledArray, type PickleValue, unpickle } from '@tenas/data';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

// Made by support/make-pickle.py with CPython and NumPy.
const pickles = JSON.parse(readFileSync(new URL('support/pickles.json', import.meta.url), 'utf8')) as Record<
  string,
  string
>;
const bytesOf = (name: string) => new Uint8Array(Buffer.from(pickles[name]!, 'base64'));

describe('unpickle', () => {
  it.each([2, 3, 4, 5])('reads plain data and arrays of protocol %i', (protocol) => {
    const value = unpickle(bytesOf(`protocol ${protocol}`)) as Map<string, PickleValue>;
    const data = value.get('data') as PickledArray;
    expect(data).toBeInstanceOf(PickledArray);
    expect(data.shape).toEqual([2, 6]);
    expect([...(data.data as Uint8Array)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect([...((value.get('mean') as PickledArray).data as Float64Array)]).toEqual([1.5, -2]);
    expect([...((value.get('big') as PickledArray).data as Int16Array)]).toEqual([258]);
    expect([...(value.get('raw') as Uint8Array)]).toEqual([0, 255]);
    expect(
      Object.fromEntries(
        ['labels', 'name', 'tuple', 'none', 'true', 'scalar', 'negative', 'long'].map((key) => [
          key,
          value.get(key),
        ]),
      ),
    ).toEqual({
      labels: [1, 130],
      name: 'x',
      tuple: [1, 2, 3],
      none: null,
      true: true,
      scalar: 7,
      negative: -70000,
      long: 2 ** 40,
    });
  });

  it.each([4, 5])('reads ordered dicts, sets, and keys that are tuples (protocol %i)', (protocol) => {
    const value = unpickle(bytesOf(`keys ${protocol}`)) as Map<string, PickleValue>;
    expect([...value.keys()]).toEqual(['cifar10,777', 'a,b', 'set']);
    expect([...(value.get('a,b') as Map<string | number, PickleValue>)]).toEqual([
      ['x@0', 0.5],
      [3, null],
    ]);
    expect(value.get('set')).toEqual([4, 5]);
    expect(unpickle(bytesOf('frozen'))).toEqual([7]);
    expect(() => unpickle(bytesOf('deep key'))).toThrow(/dict keys must be strings or numbers/);
  });

  it.each([2, 4])('refuses to call anything (protocol %i)', (protocol) => {
    expect(() => unpickle(bytesOf(`call ${protocol}`))).toThrow(/global '(posix|nt)\.system' is not allowed/);
  });

  it('refuses opcodes that build objects, truncation and nonsense, with the place', () => {
    const pickle =
      (...bytes: number[]) =>
      () =>
        unpickle(Uint8Array.from(bytes));
    expect(pickle(0x80, 2, 0x69)).toThrow(/at byte 2: opcode 0x69 is not allowed/); // INST
    expect(pickle(0x80, 9)).toThrow(/newer than 5/);
    expect(pickle(0x58, 255, 255, 255, 127)).toThrow(/truncated/);
    expect(pickle(0x8e, 255, 255, 255, 255, 255, 255, 255, 255)).toThrow(/absurd/);
    expect(pickle(0x68, 3)).toThrow(/memo 3 was never stored/);
    expect(pickle(0x2e)).toThrow(/stack is empty/);
    expect(pickle(0x4b, 1, 0x4b, 2, 0x61)).toThrow(/only lists are appended to/);
    expect(pickle()).toThrow(TenasError);
    expect(() => unpickle(bytesOf('protocol 4').subarray(0, 100))).toThrow(TenasError);
  });

  it('refuses to copy the same bytes again and again', () => {
    // 1 MiB of bytes as memo 0, then 400 arrays of it: a file of 1 MiB that would take 400.
    const load = 1 << 20;
    const ascii = (text: string) => [...Buffer.from(text, 'latin1')];
    const word = (text: string) => [0x8c, text.length, ...ascii(text)];
    const head = [0x42, 0, 0, 16, 0];
    const array = [
      ...[...word('numpy.core.numeric'), ...word('_frombuffer'), 0x93],
      ...[0x28, 0x68, 0],
      ...[...word('numpy'), ...word('dtype'), 0x93, ...word('u1'), 0x85, 0x52],
      ...[0x4a, 0, 0, 16, 0, 0x85, 0x74, 0x52],
    ];
    const bytes = (count: number) =>
      Uint8Array.from([
        ...head,
        ...new Uint8Array(load),
        0x94,
        ...Array.from({ length: count }, () => array).flat(),
        0x2e,
      ]);
    expect(unpickle(bytes(2))).toBeInstanceOf(PickledArray);
    expect(() => unpickle(bytes(400))).toThrow(/what it builds is larger than a file of its size could hold/);
  });

  it('only ever throws TenasError, whatever the bytes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(pickles)),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }),
        fc.option(fc.nat()),
        (name, changes, cut) => {
          const bytes = bytesOf(name);
          for (const [place, value] of changes) bytes[place % bytes.length] = value;
          try {
            unpickle(cut === null ? bytes : bytes.subarray(0, cut % bytes.length));
          } catch (error) {
            expect(error).toBeInstanceOf(TenasError);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});
