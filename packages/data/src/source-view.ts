import { checkIndices, type ImageSource } from './source.js';

/**
 * Some images of a source, in the order of `indices`, without copies. Closing the view closes the source.
 * @param indices of the source; not checked
 * @param fingerprint tells the view from other views of the source
 */
export function viewOf(source: ImageSource, indices: ArrayLike<number>, fingerprint: string): ImageSource {
  const size = indices.length;
  const inSource = (index: number) => indices[index]!;
  const { readWindows, labels } = source;
  return {
    name: source.name,
    classes: source.classes,
    classNames: source.classNames,
    size,
    sampledFrom: source.sampledFrom ?? {
      images: source.size,
      estimated: source.sizeEstimated === true,
    },
    height: source.height,
    width: source.width,
    mean: source.mean,
    std: source.std,
    fingerprint,
    origin: source.origin,
    get skipped() {
      return source.skipped;
    },
    get notes() {
      return source.notes;
    },
    async read(indices, signal) {
      checkIndices(indices, size);
      return await source.read(indices.map(inSource), signal);
    },
    readWindows:
      readWindows === undefined
        ? undefined
        : async (windows, signal) => {
            checkIndices(
              windows.map(({ index }) => index),
              size,
            );
            return await readWindows(
              windows.map((window) => ({ ...window, index: inSource(window.index) })),
              signal,
            );
          },
    labels:
      labels === undefined
        ? undefined
        : async (indices, signal) => {
            checkIndices(indices, size);
            return await labels(indices.map(inSource), signal);
          },
    async close() {
      await source.close?.();
    },
  };
}
