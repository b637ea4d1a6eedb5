import { RandomStream } from '@tenas/base';
import { checkIndices, type ImageSource } from './source.js';
import { viewOf } from './source-view.js';

/** Images that are being read, and the signal of the request that began it. */
interface Reading {
  readonly images: Promise<ReadonlyMap<number, Uint8Array>>;
  readonly signal: AbortSignal | undefined;
}

/** Pixels that are kept; what does not fit is read again each time. */
const MOST_KEPT_BYTES = 256 * 2 ** 20;

/**
 * Some images of a source, drawn by seed without replacement, each read once and kept: for sources whose images are costly
 * to decode. A source with no more images than asked for is taken whole.
 */
export function sampledImages(
  source: ImageSource,
  { images, seed }: { readonly images: number; readonly seed: number },
): ImageSource {
  if (images >= source.size) return keptImages(source);
  const sample = new RandomStream('sampled images', seed).sample(source.size, images);
  return keptImages(viewOf(source, sample, `${source.fingerprint}-${images}-of-seed-${seed}`));
}

/** The same images, each read once and kept, as long as there is room. */
export function keptImages(view: ImageSource): ImageSource {
  const { size } = view;
  const bytes = 3 * view.height * view.width;
  const kept = new Map<number, Uint8Array>();
  const underWay = new Map<number, Reading>();

  /** Reads images, by their index here, in one request; other requests for them wait for it. */
  const begin = (indices: readonly number[], signal: AbortSignal | undefined) => {
    const images = view
      .read(indices, signal)
      .then((images) => {
        const found = indices.map((index, n) => [index, images[n]!] as const);
        for (const [index, image] of found) {
          if ((kept.size + 1) * bytes <= MOST_KEPT_BYTES) kept.set(index, image);
        }
        return new Map(found);
      })
      .finally(() => {
        for (const index of indices) underWay.delete(index);
      });
    // A failure is reported to those who await the images; swallow it here to avoid an unhandled rejection.
    images.catch(() => {});
    for (const index of indices) underWay.set(index, { images, signal });
  };

  const read = async (
    indices: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<readonly Uint8Array[]> => {
    checkIndices(indices, size);
    signal?.throwIfAborted();
    const wanted = [...new Set(indices)];
    const images = new Map(wanted.flatMap((index) => (kept.has(index) ? [[index, kept.get(index)!]] : [])));
    const absent = wanted.filter((index) => !images.has(index));
    const fresh = absent.filter((index) => !underWay.has(index));
    if (fresh.length > 0) begin(fresh, signal);
    for (const reading of new Set(absent.map((index) => underWay.get(index)!))) {
      const found = await reading.images.catch((error: unknown) => {
        if (signal?.aborted || !reading.signal?.aborted) throw error;
      });
      // The request that began the reading was aborted; this one reads for itself.
      if (found === undefined) return await read(indices, signal);
      for (const [index, image] of found) images.set(index, image);
    }
    return indices.map((index) => images.get(index)!);
  };

  return {
    name: view.name,
    classes: view.classes,
    classNames: view.classNames,
    size,
    sizeEstimated: view.sizeEstimated,
    sampledFrom: view.sampledFrom,
    height: view.height,
    width: view.width,
    mean: view.mean,
    std: view.std,
    fingerprint: view.fingerprint,
    origin: view.origin,
    labels: view.labels,
    get skipped() {
      return view.skipped ?? 0;
    },
    get notes() {
      return view.notes;
    },
    read: async (indices, signal) => await read(indices, signal),
    async close() {
      await view.close?.();
    },
  };
}
