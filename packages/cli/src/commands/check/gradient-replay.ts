import type { Case } from './training-fixture.js';
import { addTables, addTensors, executingAll, type TrainingReplay } from './training-run.js';

/** Compares a loss and its gradients, with and without smoothing, and the statistics after one pass. */
export async function replayGradient({
  fixture,
  sums,
  trainer,
  signal,
}: TrainingReplay<Case<'gradient'>>): Promise<void> {
  const { coefficients } = fixture.network;
  const images = Float32Array.from(fixture.numbers('input'));
  const labels = Int32Array.from(fixture.numbers('labels'));
  const batch = { images, labels, coefficients, signal };
  for (const [suffix, smoothing] of [
    ['', 0],
    ['_smoothed', 0.1],
  ] as const) {
    await using own = trainer(undefined, smoothing);
    const before = await own.values();
    // With rate 1, plain SGD subtracts the gradient.
    const step = await own.step({ ...batch, learningRate: 1, coefficientGradient: true });
    const after = await own.values();
    const gradient = before.map((value, i) => value - after[i]!);
    sums.add(`loss${suffix}`, [step.loss], fixture.numbers(`expected.loss${suffix}`));
    addTensors(fixture, sums, `gradient${suffix}`, gradient);
    addTables(fixture, sums, `coefficient_gradient${suffix}`, step.coefficientGradient!);
  }
  await using own = trainer();
  const { logits } = await own.evaluate({ ...batch, statistics: 'batch' });
  sums.add('logits', logits, fixture.numbers('expected.logits'));
  await own.step({ ...batch, learningRate: 0, update: false });
  addTensors(fixture, sums, 'state', await own.values());
  const evaluated = await own.evaluate(batch);
  sums.add('eval_logits', evaluated.logits, fixture.numbers('expected.eval_logits'));
  await using all = trainer();
  const { coefficientGradient } = await all.step({
    ...batch,
    coefficients: executingAll(fixture, coefficients),
    learningRate: 0,
    update: false,
    coefficientGradient: true,
  });
  addTables(fixture, sums, 'coefficient_gradient_all', coefficientGradient!);
}
