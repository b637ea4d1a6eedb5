import { resolve } from 'node:path';
import { TenasError } from '@tenas/base';
import { DATASETS, type DatasetName, type ImageSource, type OpenOptions, openDataset } from '@tenas/data';
import type { ReadSpec } from './spec/read-spec.js';
import type { DatasetReference, TrainingDatasetReference } from './tasks.js';
import { type LabelledImages, openLabelled } from './training/labelled-images.js';

/** A dataset that is open, and how results refer to it. */
export interface OpenedDataset {
  readonly source: ImageSource;
  readonly reference: DatasetReference;
}

/** Open datasets, each opened once. */
export interface DatasetCatalog extends AsyncDisposable {
  /** The dataset with these contents. @throws TenasError `DATA_MISSING`, `DATA_MISMATCH`, and those of opening it */
  open(reference: DatasetReference): Promise<ImageSource>;
  /** Its labelled images, those to test on among them. @throws as {@link open} */
  openLabelled(reference: TrainingDatasetReference): Promise<LabelledImages>;
}

/** Whether there is a dataset of this name. */
export function isDatasetName(name: string): name is DatasetName {
  return (DATASETS as readonly string[]).includes(name);
}

/** Settings that decide the contents beside the folder. */
function referenceOf(source: ImageSource, options: OpenOptions): DatasetReference {
  const { name, fingerprint } = source;
  if (name === 'synthetic') return { name, fingerprint, size: options.size ?? 32, seed: options.seed ?? 0 };
  if (name === 'folder' || name === 'imagenet-1k') return { name, fingerprint, size: options.size ?? 32 };
  return { name, fingerprint };
}

/** Labelled images that are open, and how results refer to them. */
export interface OpenedImages {
  readonly images: LabelledImages;
  readonly reference: TrainingDatasetReference;
}

function isOf(reference: DatasetReference): (opened: { readonly reference: DatasetReference }) => boolean {
  return ({ reference: { name, fingerprint } }) =>
    name === reference.name && fingerprint === reference.fingerprint;
}

/** The datasets of a spec, under the names that it gives them; `synthetic` is there without being named. */
export class SpecDatasets implements AsyncDisposable {
  readonly #read: ReadSpec;
  readonly #opened = new Map<string, OpenedDataset>();
  readonly #labelled = new Map<string, OpenedImages>();

  constructor(read: ReadSpec) {
    this.#read = read;
  }

  /** Whether the spec says what dataset a name means, without opening it. @throws TenasError `SPEC_INVALID` */
  requireNamed(name: string, path: readonly (string | number)[]): void {
    this.#options(name, path);
  }

  /**
   * @param name as the spec's sections use it
   * @param path of the field that uses it, for errors
   * @throws TenasError `SPEC_INVALID`; those of opening the dataset
   */
  async open(name: string, path: readonly (string | number)[]): Promise<OpenedDataset> {
    const known = this.#opened.get(name);
    if (known !== undefined) return known;
    const options = this.#options(name, path);
    const source = await openDataset(options);
    const opened = { source, reference: referenceOf(source, options) };
    this.#opened.set(name, opened);
    return opened;
  }

  /**
   * Opens the labelled images of a dataset.
   * @param images of which so many are to be trained on; default: all
   * @throws TenasError as {@link open}; `LABELS_MISSING`
   */
  async openLabelled(
    name: string,
    images: number | undefined,
    path: readonly (string | number)[],
  ): Promise<OpenedImages> {
    const key = JSON.stringify([name, images]);
    const known = this.#labelled.get(key);
    if (known !== undefined) return known;
    const options = this.#options(name, path);
    const labelled = await openLabelled({ ...options, images });
    const test = labelled.test?.fingerprint ?? null;
    const reference = {
      ...referenceOf(labelled.whole, options),
      ...(images === undefined ? {} : { images }),
      test,
    };
    const opened = { images: labelled, reference };
    this.#labelled.set(key, opened);
    return opened;
  }

  /** The opened ones by their contents. */
  catalog(): DatasetCatalog {
    const opened = [...this.#opened.values()];
    const labelled = [...this.#labelled.values()];
    return {
      open: async (reference) => {
        const found = opened.find(isOf(reference));
        if (found === undefined) throw missing(reference);
        return found.source;
      },
      openLabelled: async (reference) => {
        const same = isOf(reference);
        const found = labelled.find((one) => same(one) && one.reference.test === reference.test);
        if (found === undefined) throw missing(reference);
        return found.images;
      },
      [Symbol.asyncDispose]: async () => {},
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { source } of this.#opened.values()) await source.close?.();
    for (const { images } of this.#labelled.values()) await images[Symbol.asyncDispose]();
  }

  #options(name: string, path: readonly (string | number)[]): OpenOptions {
    const { spec, folder, fieldError } = this.#read;
    const entry = spec.datasets[name];
    const dataset = entry?.dataset ?? name;
    const place = entry?.dataset === undefined ? path : ['datasets', name, 'dataset'];
    if (!isDatasetName(dataset)) {
      if (entry !== undefined && entry.dataset === undefined) {
        throw fieldError(
          ['datasets', name],
          `${name} is a name of yours; add dataset: folder for folders of pictures, or one of ${DATASETS.join(', ')}`,
        );
      }
      throw fieldError(
        place,
        `got ${JSON.stringify(dataset)}; give a name of the section datasets or one of ${DATASETS.join(', ')}`,
      );
    }
    if (dataset === 'synthetic') {
      if (entry?.data !== undefined) {
        throw fieldError(['datasets', name, 'data'], 'synthetic images are computed; leave it out');
      }
    } else if (entry?.data === undefined) {
      const where = entry === undefined ? path : ['datasets', name];
      throw fieldError(
        where,
        `the folder of ${dataset} is missing; give datasets: {${name}: {data: FOLDER}}`,
      );
    }
    return {
      dataset,
      ...(entry?.data === undefined ? {} : { data: resolve(folder, entry.data) }),
      ...(entry?.size === undefined ? {} : { size: entry.size }),
      ...(entry?.seed === undefined ? {} : { seed: entry.seed }),
    };
  }
}

function missing(reference: DatasetReference): TenasError {
  return new TenasError(
    'DATA_MISSING',
    `there is no dataset ${reference.name} with the fingerprint ${reference.fingerprint} here`,
    { field: 'dataset', value: reference.name },
  );
}
