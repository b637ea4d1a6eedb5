import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDataset } from '@tenas/data';
import { describe, expect, it } from 'vitest';
import { decodePlainBitmap } from '../src/plain-bitmaps.js';
import { temporaryFolder } from './support/temporary-folder.js';

const MOST = 1e6;

/** A BMP of a header of 40 bytes; rows from the bottom, each padded to four bytes. */
function bmp(
  width: number,
  height: number,
  bits: number,
  rows: readonly (readonly number[])[],
  extra: number[] = [],
) {
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  const start = 54 + extra.length;
  const bytes = Buffer.alloc(start + rowBytes * Math.abs(height));
  bytes.write('BM');
  bytes.writeUInt32LE(start, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(width, 18);
  bytes.writeInt32LE(height, 22);
  bytes.writeUInt16LE(bits, 28);
  bytes.set(extra, 54);
  for (const [y, row] of rows.entries()) bytes.set(row, start + y * rowBytes);
  return bytes;
}

const pixelsOf = (bytes: Uint8Array) => [...decodePlainBitmap(bytes, MOST).pixels];
const ascii = (text: string) => Buffer.from(text, 'latin1');

describe('BMP', () => {
  it('has its rows from the bottom, blue first, or from the top where the height is negative', () => {
    const rows = [
      [1, 2, 3, 4, 5, 6],
      [7, 8, 9, 10, 11, 12],
    ];
    expect(pixelsOf(bmp(2, 2, 24, rows))).toEqual([9, 8, 7, 12, 11, 10, 3, 2, 1, 6, 5, 4]);
    expect(pixelsOf(bmp(2, -2, 24, rows))).toEqual([3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10]);
    expect(pixelsOf(bmp(1, 1, 32, [[1, 2, 3, 99]]))).toEqual([3, 2, 1]);
  });

  it('has palettes of 1, 4 and 8 bits, and 16 bits of five per colour', () => {
    const palette = [0, 0, 0, 0, 30, 20, 10, 0];
    expect(pixelsOf(bmp(3, 1, 1, [[0b01000000]], palette))).toEqual([0, 0, 0, 10, 20, 30, 0, 0, 0]);
    expect(pixelsOf(bmp(2, 1, 4, [[0x10]], palette))).toEqual([10, 20, 30, 0, 0, 0]);
    expect(pixelsOf(bmp(1, 1, 8, [[1]], palette))).toEqual([10, 20, 30]);
    expect(pixelsOf(bmp(1, 1, 16, [[0x1f, 0x7c]]))).toEqual([255, 0, 255]);
  });

  it('is refused where it is cut, too large, packed or of an unknown depth', () => {
    const whole = bmp(4, 4, 24, []);
    for (const [bytes, problem] of [
      [whole.subarray(0, whole.length - 1), /truncated/],
      [bmp(0, 4, 24, []), /0x4 pixels/],
      [bmp(8, 1, 3, []), /3 bits per pixel/],
    ] as const)
      expect(() => decodePlainBitmap(bytes, MOST)).toThrow(problem);
    const huge = Buffer.from(whole);
    huge.writeInt32LE(2 ** 30, 18);
    expect(() => decodePlainBitmap(huge, MOST)).toThrow(/pixels/);
    const packed = Buffer.from(whole);
    packed.writeUInt32LE(1, 30);
    expect(() => decodePlainBitmap(packed, MOST)).toThrow(/compression 1/);
    for (let length = 0; length < 54; length++)
      expect(() => decodePlainBitmap(whole.subarray(0, length), MOST)).toThrow();
  });
});

describe('Netpbm', () => {
  it.each<[what: string, bytes: Uint8Array, pixels: number[]]>([
    ['P1', ascii('P1\n# a comment\n2 1\n01'), [255, 255, 255, 0, 0, 0]],
    ['P2', ascii('P2 2 1 4\n0 # one\n2'), [0, 0, 0, 128, 128, 128]],
    ['P3', ascii('P3\n1 1\n255\n1 2 3\n'), [1, 2, 3]],
    ['P4', Buffer.concat([ascii('P4 2 1\n'), Buffer.of(0b01000000)]), [255, 255, 255, 0, 0, 0]],
    ['P5', Buffer.concat([ascii('P5 2 1 255\n'), Buffer.of(7, 9)]), [7, 7, 7, 9, 9, 9]],
    ['P5 of 16 bits', Buffer.concat([ascii('P5 1 1 65535\n'), Buffer.of(255, 255)]), [255, 255, 255]],
    ['P6', Buffer.concat([ascii('P6\n1 1\n255\n'), Buffer.of(1, 2, 3)]), [1, 2, 3]],
  ])('%s', (_what, bytes, pixels) => {
    expect(pixelsOf(bytes)).toEqual(pixels);
  });

  it('is refused where it is cut, or its header lies', () => {
    for (const text of [
      'P6',
      'P6 2 2 255\n123',
      'P5 9999999 9999999 255\n',
      'P2 1 1 0\n1',
      'P3 1 1 255 1 2',
      'P1 2 1 0x',
    ])
      expect(() => decodePlainBitmap(ascii(text), MOST)).toThrow();
  });
});

it('reads a folder of them, whatever their names say', async () => {
  const data = await temporaryFolder();
  await writeFile(join(data, '0.bmp'), bmp(1, 1, 24, [[1, 2, 3]]));
  await writeFile(join(data, '1.jpg'), bmp(1, 1, 24, [[4, 5, 6]]));
  await writeFile(join(data, '2.ppm'), Buffer.concat([ascii('P6\n1 1\n255\n'), Buffer.of(7, 8, 9)]));
  await writeFile(join(data, '3.pgm'), Buffer.concat([ascii('P5\n1 1\n255\n'), Buffer.of(77)]));
  const source = await openDataset({ dataset: 'folder', data, size: 4 });
  const colours = (await source.read([0, 1, 2, 3])).map((image) => [image[0], image[16], image[32]]);
  expect(colours).toEqual([
    [3, 2, 1],
    [6, 5, 4],
    [7, 8, 9],
    [77, 77, 77],
  ]);
  expect(source.skipped).toBe(0);
});
