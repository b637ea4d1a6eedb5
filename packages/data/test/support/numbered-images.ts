import type { ImageSource } from '@tenas/data';

/** Images that are their own index, and a log of what was read. */
export function numbered(
  size: number,
  fail: () => boolean = () => false,
): ImageSource & { readonly log: number[][] } {
  const log: number[][] = [];
  return {
    log,
    name: 'imagenet-1k',
    classes: 4,
    size,
    height: 1,
    width: 1,
    mean: [0, 0, 0],
    std: [1, 1, 1],
    fingerprint: 'numbered',
    async read(indices) {
      log.push([...indices]);
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (fail()) throw new Error('unreadable');
      return indices.map((index) => Uint8Array.of(index & 255, index >> 8, 7));
    },
    labels: async (indices) => Int32Array.from(indices, (index) => index % 4),
  };
}

/** The indices of some of these images. */
export const numbersOf = (images: readonly Uint8Array[]) => images.map(([low, high]) => low! + 256 * high!);
