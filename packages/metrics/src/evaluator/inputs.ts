import { totalmem } from 'node:os';
import { plural, RandomStream, TenasError } from '@tenas/base';
import { cropBatches, type ImageSource, trainingBatch } from '@tenas/data';
import type { Inputs } from '../metric.js';
import { abortable } from './abortable.js';
import type { Draw } from './draws.js';
import { Recent } from './recent.js';

/** The inputs of a network in one repeat. */
export interface PassInputs {
  /** Row-major, [batches][N][channels][height][width]. */
  readonly images: Float32Array;
  /** [batches][N], where they were asked for. */
  readonly labels?: Int32Array | undefined;
}

/** The inputs that a pass needs. */
export interface InputsWanted {
  readonly inputs: Exclude<Inputs, { kind: 'crops' }> | { readonly kind: 'crops'; readonly crop: number };
  readonly batchSize: number;
  readonly batches: number;
  /** Whether the labels are wanted. */
  readonly labels: boolean;
}

interface Reading {
  readonly inputs: Promise<PassInputs>;
  /** Signal of the first request for these inputs. */
  readonly signal: AbortSignal | undefined;
}

/** Bytes of inputs that are remembered. */
const REMEMBERED = 64 * 1024 * 1024;

/** The inputs depend on this alone. */
function keyOf({ inputs, batchSize, batches, labels }: InputsWanted, draws: readonly Draw[]): string {
  const chance = draws.map(({ seed, batch }) => [seed, batch]);
  return JSON.stringify([inputs, batchSize, batches, labels, chance]);
}

/** Images of standard normal numbers, and random labels. */
function noise(
  { inputs, batchSize, batches }: InputsWanted,
  of: { readonly values: number; readonly classes: number; readonly seed: number; readonly repeat: number },
): PassInputs {
  const random = new RandomStream('noise images', of.seed, of.repeat);
  const images = Float32Array.from({ length: of.values }, () => random.normal());
  const labels = Int32Array.from({ length: batches * batchSize }, () => random.below(of.classes));
  const perturbation = inputs.kind === 'noise' ? inputs.perturbation : undefined;
  return { images: perturbation === undefined ? images : perturbed(images, batches, perturbation), labels };
}

/** The first of some batches, and it plus so many times each of the others. Changes the images. */
function perturbed(images: Float32Array, batches: number, perturbation: number): Float32Array {
  const size = images.length / batches;
  const first = images.subarray(0, size);
  for (let place = size; place < images.length; place++) {
    images[place] = first[place % size]! + perturbation * images[place]!;
  }
  return images;
}

const gibibytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);

/** Reads the inputs of passes from one source, and remembers those of the last draws. */
export class InputReader {
  readonly #source: ImageSource;
  readonly #recent = new Recent<Reading>(REMEMBERED);
  #expected: { readonly key: string; readonly read: () => Promise<readonly PassInputs[]> } | undefined;

  readonly #onNote: (note: string) => void;

  /** @param onNote is told where a batch needs more images than there are */
  constructor(source: ImageSource, onNote: (note: string) => void = () => undefined) {
    this.#source = source;
    this.#onNote = onNote;
  }

  /**
   * The inputs of each draw.
   *
   * @throws what reading the source throws; TenasError `LABELS_MISSING`; `OUT_OF_MEMORY` for more than the machine has; the
   *   signal's reason when aborted
   */
  async read(
    wanted: InputsWanted,
    draws: readonly Draw[],
    signal: AbortSignal | undefined,
  ): Promise<readonly PassInputs[]> {
    const expected = this.#expected;
    if (expected?.key !== keyOf(wanted, draws)) {
      return await abortable(this.#readAll(wanted, draws, signal), signal);
    }
    this.#expected = undefined;
    return await abortable(expected.read(), signal);
  }

  /** Announces the next request. */
  expect(wanted: InputsWanted, draws: readonly Draw[], signal: AbortSignal | undefined): void {
    let inputs: Promise<readonly PassInputs[]> | undefined;
    const read = () => {
      inputs ??= this.#readAll(wanted, draws, signal);
      // A failure is reported to those who await the inputs; swallow it here, in case there are none.
      inputs.catch(() => undefined);
      return inputs;
    };
    this.#expected = { key: keyOf(wanted, draws), read };
  }

  /** Reads the announced inputs in the background. */
  readAhead(): void {
    const expected = this.#expected;
    if (expected !== undefined) setImmediate(expected.read);
  }

  async #readAll(wanted: InputsWanted, draws: readonly Draw[], signal: AbortSignal | undefined) {
    this.#checkMemory(wanted, draws.length);
    return await Promise.all(draws.map((draw) => this.#readOne(wanted, draw, signal)));
  }

  async #readOne(wanted: InputsWanted, draw: Draw, signal: AbortSignal | undefined): Promise<PassInputs> {
    const key = keyOf(wanted, wanted.inputs.kind === 'ones' ? [] : [draw]);
    for (;;) {
      const reading = this.#recent.get(key) ?? this.#begin(key, wanted, draw, signal);
      try {
        return await reading.inputs;
      } catch (error) {
        // If the first request was aborted, the others read for themselves.
        if (signal?.aborted || !reading.signal?.aborted) throw error;
      }
    }
  }

  #begin(key: string, wanted: InputsWanted, draw: Draw, signal: AbortSignal | undefined): Reading {
    const inputs = this.#draw(wanted, draw, signal);
    const reading: Reading = { inputs, signal };
    this.#recent.set(key, reading, 4 * this.#valuesOf(wanted));
    inputs.catch(() => {
      if (this.#recent.get(key) === reading) this.#recent.delete(key);
    });
    return reading;
  }

  /** All repeats are held at a time. */
  #checkMemory(wanted: InputsWanted, repeats: number): void {
    const bytes = 4 * this.#valuesOf(wanted) * (wanted.inputs.kind === 'ones' ? 1 : repeats);
    const memory = totalmem();
    if (bytes <= memory) return;
    const { batches, batchSize } = wanted;
    throw new TenasError(
      'OUT_OF_MEMORY',
      `the inputs of ${plural(repeats, 'repeat')} of ${batches * batchSize} samples take ${gibibytes(bytes)} GiB, and ` +
        `this machine has ${gibibytes(memory)}: take fewer repeats or smaller batches`,
      { field: 'repeats', value: repeats },
    );
  }

  #valuesOf({ inputs, batchSize, batches }: InputsWanted): number {
    return batches * batchSize * this.#valuesOfImage(inputs);
  }

  #valuesOfImage(inputs: InputsWanted['inputs']): number {
    if (inputs.kind === 'crops') return inputs.crop ** 2;
    if (inputs.kind === 'noise' && typeof inputs.crop === 'number') return 3 * inputs.crop ** 2;
    return 3 * this.#source.height * this.#source.width;
  }

  async #draw(
    wanted: InputsWanted,
    { seed, batch: repeat }: Draw,
    signal: AbortSignal | undefined,
  ): Promise<PassInputs> {
    const { inputs, batchSize, batches, labels } = wanted;
    switch (inputs.kind) {
      case 'training': {
        const images = batches * batchSize;
        const { name, size } = this.#source;
        if (size < images) {
          this.#onNote(
            `${name} has ${plural(size, 'image')}, fewer than a batch of ${images}: images come several times, and ` +
              'kernels of equal images are singular',
          );
        }
        return await trainingBatch(this.#source, { batchSize: images, seed, repeat, labels, signal });
      }
      case 'crops': {
        const { crop } = inputs;
        return {
          images: await cropBatches(this.#source, { batches, batchSize, crop, seed, repeat, signal }),
        };
      }
      case 'noise':
        return noise(wanted, { values: this.#valuesOf(wanted), classes: this.#source.classes, seed, repeat });
      case 'ones':
        return { images: new Float32Array(this.#valuesOf(wanted)).fill(1) };
    }
  }
}
