import { sizeOf } from '@tenas/graph';
import { learningRateAt } from '@tenas/native';
import type { Case } from './training-fixture.js';
import { addTensors, batchesOf, cosine, imageShape, type TrainingReplay } from './training-run.js';

/** Compares a run of SGD: every step, the parameters after the first and the last, and the outputs at the end. */
export async function replaySgd({
  fixture,
  sums,
  trainer,
  signal,
}: TrainingReplay<Case<'sgd'>>): Promise<void> {
  const { steps } = fixture.case;
  const { coefficients } = fixture.network;
  await using own = trainer(fixture.case);
  const batches = batchesOf(fixture);
  const losses: number[] = [];
  const norms: number[] = [];
  const rates: number[] = [];
  for (let t = 0; t < steps; t++) {
    const learningRate = learningRateAt(cosine(fixture.case.rate), t, steps);
    const { loss, gradientNorm } = await own.step({ ...batches(t), coefficients, learningRate, signal });
    losses.push(loss);
    norms.push(gradientNorm!);
    rates.push(learningRate);
    if (t === 0) addTensors(fixture, sums, 'after_1', await own.values());
  }
  sums.add('losses', losses, fixture.numbers('expected.losses'));
  sums.add('gradient_norms', norms, fixture.numbers('expected.gradient_norms'));
  sums.add('learning_rates', rates, fixture.numbers('expected.learning_rates'));
  addTensors(fixture, sums, 'final', await own.values());
  const images = Float32Array.from(fixture.numbers('eval_images'));
  const labels = new Int32Array(images.length / sizeOf(imageShape(fixture)));
  const { logits } = await own.evaluate({ images, labels, coefficients, signal });
  sums.add('eval_logits', logits, fixture.numbers('expected.eval_logits'));
}
