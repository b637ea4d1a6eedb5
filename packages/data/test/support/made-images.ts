import { createHash } from 'node:crypto';
import type { ImageSource, LabelledSource } from '@tenas/data';

/** Images that tell where a pixel comes from: channel c, row y, column x of image n is a value of their own. */
export function telling(side: number, count = 2000): ImageSource {
  return {
    name: 'cifar10',
    classes: 10,
    size: count,
    height: side,
    width: side,
    mean: [100, 110, 120],
    std: [50, 60, 70],
    fingerprint: 'telling',
    async read(indices) {
      const pixels = new Uint8Array(3 * side * side);
      for (let c = 0; c < 3; c++) {
        for (let y = 0; y < side; y++) {
          for (let x = 0; x < side; x++)
            pixels[(c * side + y) * side + x] = 1 + ((y * 5 + x * 3 + c * 11) % 250);
        }
      }
      return indices.map(() => pixels);
    },
  };
}

/**
 * Images that differ, of odd normalisation, and the same on every machine, for digests of what is drawn from them. The label is the
 * index modulo 7.
 */
export function numbered(side: number, count = 300): LabelledSource {
  return {
    ...telling(side, count),
    mean: [100.5, 110, 120],
    std: [50, 60.25, 70],
    fingerprint: 'numbered',
    read: async (indices) => indices.map((index) => numberedPixels(index, side)),
    labels: async (indices) => Int32Array.from(indices, (index) => index % 7),
  };
}

/** Image of an index of {@link numbered}. */
export function numberedPixels(index: number, side: number): Uint8Array {
  return Uint8Array.from({ length: 3 * side * side }, (_, place) => (index * 101 + place * 37) % 251);
}

/** The first 64 bits of the SHA-256 sum of an array's bytes. */
export function digest(array: Float32Array | Uint8Array): string {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}
