import { TenasError } from '@tenas/base';
import type { ImageSource } from './source.js';

/** A data set whose images have labels. */
export type LabelledSource = ImageSource & { readonly labels: NonNullable<ImageSource['labels']> };

/** The same source, for its labels. Throws TenasError LABELS_MISSING, naming the data set, where images have none. */
export function requireLabels(source: ImageSource): LabelledSource {
  const { labels, name, origin } = source;
  if (labels !== undefined) return source as LabelledSource;
  throw new TenasError(
    'LABELS_MISSING',
    `the images of ${name}${origin === undefined ? '' : ` (${origin})`} have no labels, which are needed here; ` +
      'put the images of each class into a folder of their own, or take a dataset that has labels',
    { field: 'dataset', value: name },
  );
}

/** Images whose labels are asked for at a time. */
const STEP = 1 << 16;

/** Labels of all images, by index. Throws TenasError LABELS_MISSING. */
export async function allLabels(source: ImageSource, signal?: AbortSignal): Promise<Int32Array> {
  const all = new Int32Array(source.size);
  for await (const { first, labels } of labelParts(source, signal)) all.set(labels, first);
  return all;
}

/** Number of images of each class, by label. Throws TenasError LABELS_MISSING. */
export async function classCounts(source: ImageSource, signal?: AbortSignal): Promise<number[]> {
  const counts = new Array<number>(source.classes).fill(0);
  for await (const { labels } of labelParts(source, signal)) {
    for (const label of labels) counts[label]!++;
  }
  return counts;
}

async function* labelParts(source: ImageSource, signal: AbortSignal | undefined) {
  const labelled = requireLabels(source);
  for (let first = 0; first < source.size; first += STEP) {
    signal?.throwIfAborted();
    const length = Math.min(STEP, source.size - first);
    const indices = Array.from({ length }, (_, position) => first + position);
    yield { first, labels: await labelled.labels(indices, signal) };
  }
}
