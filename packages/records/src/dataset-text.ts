/** A dataset as documents refer to it, with what decides its images where that is known. */
export interface NamedDataset {
  readonly name: string;
  /** Height and width that images are made or resized to; absent: unknown, or the dataset decides. */
  readonly size?: number | undefined;
  /** Seed of synthetic images. */
  readonly seed?: number | undefined;
  /** Fingerprint of the contents. */
  readonly fingerprint?: string | undefined;
}

/** Sizes and seeds that go without saying. */
const USUAL = { size: 32, seed: 0 };

/** A dataset in words. A spec may have several of one name that differ in size or seed: `synthetic, 16 × 16, seed 3`. */
export function datasetText({ name, size = USUAL.size, seed = USUAL.seed }: NamedDataset): string {
  return [
    name,
    ...(size === USUAL.size ? [] : [`${size} × ${size}`]),
    ...(seed === USUAL.seed ? [] : [`seed ${seed}`]),
  ].join(', ');
}

/** Jobs of a kind on a dataset. */
export interface DatasetUse {
  readonly kind: string;
  readonly dataset: NamedDataset;
}

/**
 * Words for the datasets of these jobs: as {@link datasetText}, and the fingerprint behind them where jobs of one kind have
 * datasets of other contents but the same words. Jobs of different kinds may use different parts of one dataset.
 */
export function distinctDatasetTexts(uses: Iterable<DatasetUse>): (use: DatasetUse) => string {
  const contents = new Map<string, Set<string>>();
  const keyOf = ({ kind, dataset }: DatasetUse) => `${kind} ${datasetText(dataset)}`;
  for (const use of uses) {
    const { fingerprint } = use.dataset;
    if (fingerprint === undefined) continue;
    const key = keyOf(use);
    const known = contents.get(key);
    if (known === undefined) contents.set(key, new Set([fingerprint]));
    else known.add(fingerprint);
  }
  return (use) => {
    const words = datasetText(use.dataset);
    const { fingerprint } = use.dataset;
    const alike = contents.get(keyOf(use))?.size ?? 0;
    return alike < 2 || fingerprint === undefined ? words : `${words} (${fingerprint})`;
  };
}
