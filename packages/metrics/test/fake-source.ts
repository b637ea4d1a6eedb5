import type { ImageSource } from '@tenas/data';

/** Images that are a function of their index; `slow` never answers; `reads` counts. */
export function fakeSource(
  options: { readonly slow?: boolean; readonly labels?: boolean; readonly reads?: { count: number } } = {},
): ImageSource {
  const { slow = false, labels = true, reads = { count: 0 } } = options;
  const [height, width, classes] = [32, 32, 10];
  return {
    name: 'synthetic',
    classes,
    size: 500,
    height,
    width,
    mean: [120, 120, 120],
    std: [60, 60, 60],
    fingerprint: 'fake',
    origin: 'made up',
    async read(indices) {
      reads.count++;
      if (slow) await new Promise(() => undefined);
      return indices.map((index) =>
        Uint8Array.from({ length: 3 * height * width }, (_, i) => (i * 37 + index * 101) % 251),
      );
    },
    ...(labels
      ? { labels: async (indices: readonly number[]) => Int32Array.from(indices, (index) => index % classes) }
      : {}),
  };
}
