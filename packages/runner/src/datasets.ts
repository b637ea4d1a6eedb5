import { resolve } from 'node:path';
import { TenasError } from '@tenas/base';
import { DATASETS, type DatasetName, type ImageSource, type OpenOptions, openDataset } from '@tenas/data';
import type { ReadSpec } from './spec/read-spec.js';
import type { DatasetReference } from './tasks.js';

/** A dataset that is open, and how results refer to it. */
export interface OpenedDataset {
  readonly source: ImageSource;
  readonly reference: DatasetReference;
}

/** Open datasets, each opened once. */
export interface DatasetCatalog extends AsyncDisposable {
  /** The dataset with these contents. @throws TenasError `DATA_MISSING`, `DATA_MISMATCH`, and those of opening it */
  open(reference: DatasetReference): Promise<ImageSource>;
}

function isDatasetName(name: string): name is DatasetName {
  return (DATASETS as readonly string[]).includes(name);
}

/** Settings that decide the contents beside the folder. */
function referenceOf(source: ImageSource, options: OpenOptions): DatasetReference {
  const { name, fingerprint } = source;
  if (name === 'synthetic') return { name, fingerprint, size: options.size ?? 32, seed: options.seed ?? 0 };
  if (name === 'folder' || name === 'imagenet-1k') return { name, fingerprint, size: options.size ?? 32 };
  return { name, fingerprint };
}

/** The datasets of a spec, under the names that it gives them; `synthetic` is there without being named. */
export class SpecDatasets implements AsyncDisposable {
  readonly #read: ReadSpec;
  readonly #opened = new Map<string, OpenedDataset>();

  constructor(read: ReadSpec) {
    this.#read = read;
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

  /** The opened ones by their contents. */
  catalog(): DatasetCatalog {
    const opened = [...this.#opened.values()];
    return {
      open: async (reference) => {
        const found = opened.find(({ reference: { name, fingerprint } }) => {
          return name === reference.name && fingerprint === reference.fingerprint;
        });
        if (found === undefined) throw missing(reference);
        return found.source;
      },
      [Symbol.asyncDispose]: async () => {},
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { source } of this.#opened.values()) await source.close?.();
  }

  #options(name: string, path: readonly (string | number)[]): OpenOptions {
    const { spec, folder, fieldError } = this.#read;
    const entry = spec.datasets[name];
    const dataset = entry?.dataset ?? name;
    const place = entry?.dataset === undefined ? path : ['datasets', name, 'dataset'];
    if (!isDatasetName(dataset)) {
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

/** The datasets of a worker: by name, from its own folders, refused unless they are what the coordinator has. */
export class WorkerDatasets implements DatasetCatalog {
  readonly #folders: ReadonlyMap<string, string>;
  readonly #opened = new Map<string, Promise<ImageSource>>();

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
    const key = `${reference.name} ${reference.fingerprint}`;
    let opening = this.#opened.get(key);
    if (opening === undefined) {
      opening = this.#openChecked(reference);
      this.#opened.set(key, opening);
      opening.catch(() => this.#opened.delete(key));
    }
    return await opening;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const opening of this.#opened.values()) await (await opening.catch(() => undefined))?.close?.();
  }

  async #openChecked({ name, fingerprint, size, seed }: DatasetReference): Promise<ImageSource> {
    const data = this.#folders.get(name);
    if (data === undefined && name !== 'synthetic') {
      throw new TenasError(
        'DATA_MISSING',
        `a job needs the dataset ${name}; start the worker with --data ${name}=FOLDER`,
        {
          field: '--data',
        },
      );
    }
    const source = await openDataset({
      dataset: name,
      ...(data === undefined ? {} : { data }),
      ...(size === undefined ? {} : { size }),
      ...(seed === undefined ? {} : { seed }),
    });
    if (source.fingerprint === fingerprint) return source;
    await source.close?.();
    throw new TenasError(
      'DATA_MISMATCH',
      `the dataset ${name}${data === undefined ? '' : ` in ${data}`} is not the coordinator's: its fingerprint is ${source.fingerprint}, not ${fingerprint}`,
      { field: '--data', value: data },
    );
  }
}
