import { TenasError } from '@tenas/base';
import { DATASETS, type ImageSource, type OpenOptions, openDataset } from '@tenas/data';
import { type DatasetCatalog, isDatasetName } from './datasets.js';
import type { DatasetReference, TrainingDatasetReference } from './tasks.js';
import { type LabelledImages, openLabelled } from './training/labelled-images.js';

/** The datasets of a worker: by name, from its own folders, refused unless they are what the coordinator has. */
export class WorkerDatasets implements DatasetCatalog {
  readonly #folders: ReadonlyMap<string, string>;
  readonly #opened = new Map<string, Promise<ImageSource>>();
  readonly #labelled = new Map<string, Promise<LabelledImages>>();

  /** @param folders folder of each dataset, by its name */
  constructor(folders: ReadonlyMap<string, string>) {
    for (const name of folders.keys()) {
      if (!isDatasetName(name) || name === 'synthetic') {
        const known = DATASETS.filter((dataset) => dataset !== 'synthetic').join(', ');
        throw new TenasError(
          'OPTION_INVALID',
          `--data: got ${JSON.stringify(name)}; give NAME=FOLDER, where NAME is one of ${known}`,
          {
            field: '--data',
            value: name,
          },
        );
      }
    }
    this.#folders = folders;
  }

  async open(reference: DatasetReference): Promise<ImageSource> {
    return await once(this.#opened, reference, () => this.#openChecked(reference));
  }

  async openLabelled(reference: TrainingDatasetReference): Promise<LabelledImages> {
    return await once(this.#labelled, reference, () => this.#openLabelledChecked(reference));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const opening of this.#opened.values()) await (await opening.catch(() => undefined))?.close?.();
    for (const opening of this.#labelled.values()) {
      await (await opening.catch(() => undefined))?.[Symbol.asyncDispose]();
    }
  }

  async #openChecked(reference: DatasetReference): Promise<ImageSource> {
    const source = await openDataset(this.#options(reference));
    if (source.fingerprint === reference.fingerprint) return source;
    await source.close?.();
    throw this.#mismatch(reference, '', source.fingerprint, reference.fingerprint);
  }

  async #openLabelledChecked(reference: TrainingDatasetReference): Promise<LabelledImages> {
    const { images, fingerprint, test } = reference;
    const opened = await openLabelled({ ...this.#options(reference), images });
    const [got, gotTest] = [opened.whole.fingerprint, opened.test?.fingerprint ?? null];
    if (got === fingerprint && gotTest === test) return opened;
    await opened[Symbol.asyncDispose]();
    if (got !== fingerprint) throw this.#mismatch(reference, '', got, fingerprint);
    throw this.#mismatch(reference, 'test images of the ', gotTest, test);
  }

  #options({ name, size, seed }: DatasetReference): OpenOptions {
    const data = this.#folders.get(name);
    if (data !== undefined || name === 'synthetic') return { dataset: name, data, size, seed };
    const problem = `a job needs the dataset ${name}; start the worker with --data ${name}=FOLDER`;
    throw new TenasError('DATA_MISSING', problem, { field: '--data' });
  }

  /** @param part which of the images differ */
  #mismatch({ name }: DatasetReference, part: string, got: string | null, wanted: string | null): TenasError {
    const data = this.#folders.get(name);
    const where = data === undefined ? '' : ` in ${data}`;
    const problem =
      part === ''
        ? `the dataset ${name}${where} is not the coordinator's`
        : `the ${part}dataset ${name}${where} are not the coordinator's`;
    return new TenasError(
      'DATA_MISMATCH',
      `${problem}: ${part === '' ? 'its' : 'their'} fingerprint is ${got ?? 'none'}, not ${wanted ?? 'none'}`,
      { field: '--data', value: data },
    );
  }
}

/** Opens what a reference means, once; a failure is tried again. */
async function once<T>(
  opened: Map<string, Promise<T>>,
  reference: DatasetReference,
  open: () => Promise<T>,
): Promise<T> {
  const key = JSON.stringify(reference);
  let opening = opened.get(key);
  if (opening === undefined) {
    opening = open();
    opened.set(key, opening);
    opening.catch(() => opened.delete(key));
  }
  return await opening;
}
