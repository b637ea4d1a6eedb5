import { type Augmentation, epochBatches, type ImageSource, type LabelledBatch } from '@tenas/data';

/** What the batches of a stream depend on. */
export interface BatchStreamOptions {
  readonly batchSize: number;
  readonly seed: number;
  readonly augmentation: Augmentation;
  readonly signal: AbortSignal;
}

/**
 * Full batches of a source without an end: epochs in ever new orders. The next batch is made while the last one is used.
 * Batch n is a function of source, options and n.
 */
export class BatchStream {
  readonly #source: ImageSource;
  readonly #options: BatchStreamOptions;
  /** Batches of an epoch; a last one with fewer images is left out, but where it is the only one. */
  readonly perEpoch: number;
  #position = 0;
  #epoch: AsyncGenerator<LabelledBatch, void, undefined> | null = null;
  #ahead: Promise<IteratorResult<LabelledBatch, void>> | null = null;

  constructor(source: ImageSource, options: BatchStreamOptions) {
    this.#source = source;
    this.#options = options;
    this.perEpoch = Math.max(1, Math.floor(source.size / options.batchSize));
  }

  /** Batches that were taken, or the number of the next one. */
  get position(): number {
    return this.#position;
  }

  /** Goes to another place; batches before it need not be made. */
  seek(position: number): void {
    this.#position = position;
    this.#epoch = null;
    this.#ahead = null;
  }

  /** The next batch. @throws what reading throws; the signal's reason */
  async next(): Promise<LabelledBatch> {
    const ahead = this.#ahead ?? this.#begin();
    this.#ahead = null;
    const { value } = await ahead;
    this.#position += 1;
    this.#ahead = this.#begin();
    // Whoever takes the batch hears of a failure.
    this.#ahead.catch(() => {});
    return value!;
  }

  #begin(): Promise<IteratorResult<LabelledBatch, void>> {
    const epoch = Math.floor(this.#position / this.perEpoch);
    const first = this.#position - epoch * this.perEpoch;
    if (first === 0 || this.#epoch === null) {
      this.#epoch = epochBatches(this.#source, { ...this.#options, epoch, first });
    }
    return this.#epoch.next();
  }
}
