import { solved } from './linear-system.js';

/** Two batches and what kernels say of them. */
export interface Regression {
  /** Kernel of the images to learn from, [n, n]. */
  readonly train: Float64Array;
  /** Kernel of the images to predict with those to learn from, [others, n]. */
  readonly cross: Float64Array;
  readonly labels: Int32Array;
  readonly otherLabels: Int32Array;
  readonly classes: number;
  /** Added to the diagonal of `train`, as a share of its mean. */
  readonly ridge: number;
}

/**
 * Mean over the images to predict of the squared distance between prediction and target, the targets one-hot less their mean
 * in each batch; null where the kernel is singular or not finite.
 */
export function regressionError({
  train,
  cross,
  labels,
  otherLabels,
  classes,
  ridge,
}: Regression): number | null {
  const n = labels.length;
  const kernel = train.slice();
  let trace = 0;
  for (let i = 0; i < n; i++) trace += train[i * (n + 1)]!;
  for (let i = 0; i < n; i++) kernel[i * (n + 1)]! += (ridge * trace) / n;
  const coefficients = solved(kernel, centredTargets(labels, classes), n);
  if (coefficients === null) return null;
  const targets = centredTargets(otherLabels, classes);
  let error = 0;
  for (let image = 0; image < otherLabels.length; image++) {
    for (let one = 0; one < classes; one++) {
      let predicted = 0;
      for (let i = 0; i < n; i++) predicted += cross[image * n + i]! * coefficients[i * classes + one]!;
      error += (predicted - targets[image * classes + one]!) ** 2;
    }
  }
  const mean = error / otherLabels.length;
  return Number.isFinite(mean) ? mean : null;
}

/** [labels, classes] */
function centredTargets(labels: Int32Array, classes: number): Float64Array {
  const targets = new Float64Array(labels.length * classes);
  for (const [image, label] of labels.entries()) {
    targets[image * classes + label]! += 1;
    for (let other = 0; other < labels.length; other++)
      targets[other * classes + label]! -= 1 / labels.length;
  }
  return targets;
}
