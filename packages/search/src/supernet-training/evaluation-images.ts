import { evaluationBatches, type ImageSource, type LabelledBatch } from '@tenas/data';
import type { Trainer } from '@tenas/native';
import type { BatchOutcome } from './outcomes.js';

/** Images that are evaluated together. */
const EVALUATED_TOGETHER = 256;

/** The images that paths are evaluated on, neither cropped nor flipped. They are read once. */
export class EvaluationImages {
  readonly #part: ImageSource;
  readonly #signal: AbortSignal;
  #batches: Promise<readonly LabelledBatch[]> | null = null;

  constructor(part: ImageSource, signal: AbortSignal) {
    this.#part = part;
    this.#signal = signal;
  }

  /**
   * Loss and accuracy of what a trainer holds.
   *
   * @param options.coefficients of the trainer's network
   * @param options.images from the beginning of the part; at most as many as it has
   * @param options.statistics of batch norms: those of each batch, or the trainer's running ones
   * @throws what the trainer and reading throw
   */
  async outcome(
    trainer: Trainer,
    options: {
      readonly coefficients: Float64Array;
      readonly images: number;
      readonly statistics: 'batch' | 'running';
    },
  ): Promise<BatchOutcome> {
    const { images, ...how } = options;
    let [loss, correct, labels, seen] = [0, 0, 0, 0];
    this.#batches ??= this.#read();
    for (const whole of await this.#batches) {
      if (seen >= images) break;
      const held = Math.min(EVALUATED_TOGETHER, this.#part.size - seen);
      const batch = firstOf(whole, Math.min(images - seen, held) / held);
      const evaluated = await trainer.evaluate({ ...batch, ...how, signal: this.#signal });
      loss += evaluated.loss * batch.labels.length;
      correct += evaluated.correct;
      labels += batch.labels.length;
      seen += held;
    }
    return { loss: loss / labels, accuracy: correct / labels };
  }

  async #read(): Promise<readonly LabelledBatch[]> {
    const all: LabelledBatch[] = [];
    const options = { batchSize: EVALUATED_TOGETHER, signal: this.#signal };
    for await (const batch of evaluationBatches(this.#part, options)) all.push(batch);
    return all;
  }
}

/** The first images of a batch: a share that is a whole number of them, with all samples and labels of each. */
function firstOf(batch: LabelledBatch, share: number): LabelledBatch {
  if (share === 1) return batch;
  const { images, labels } = batch;
  const count = (all: number) => Math.round(share * all);
  return { images: images.slice(0, count(images.length)), labels: labels.slice(0, count(labels.length)) };
}
