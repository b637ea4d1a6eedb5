import { evaluationBatches, type ImageSource } from '@tenas/data';
import type { Trainer } from '@tenas/native';

/** How well a network classifies some images. */
export interface ClassifiedImages {
  readonly images: number;
  readonly correct: number;
  /** Share of the labels that are those of the largest outputs: one label per image, unless the images have a task. */
  readonly accuracy: number;
}

/** Images that are evaluated at once. */
const BATCH = 256;

/** Classifies all images of a source by a network in training, with its running statistics. */
export async function classify(
  trainer: Trainer,
  source: ImageSource,
  signal: AbortSignal | undefined,
): Promise<ClassifiedImages> {
  let correct = 0;
  let labels = 0;
  const batches = evaluationBatches(source, { batchSize: BATCH, signal });
  let next = batches.next();
  for (let batch = await next; !batch.done; batch = await next) {
    const evaluated = trainer.evaluate({ ...batch.value, signal });
    next = batches.next();
    // Whatever fails first is thrown; the other may fail unheard.
    next.catch(() => {});
    correct += (await evaluated).correct;
    labels += batch.value.labels.length;
  }
  return { images: source.size, correct, accuracy: correct / labels };
}
