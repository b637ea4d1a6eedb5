import { checkInteger, settingError } from '@tenas/base';

/** The shape of a learning rate over the steps after the warm-up; all multiply the rate at the start. */
export type LearningRateShape =
  | { readonly kind: 'constant' }
  /** Half a cosine down to `floor` (default 0) times the rate, as CosineAnnealingLR. */
  | { readonly kind: 'cosine'; readonly floor?: number | undefined }
  /** Times `factor` (default 0.1) every `every` steps, as StepLR. */
  | { readonly kind: 'step'; readonly every: number; readonly factor?: number | undefined }
  /** A straight line down to `floor` (default 0) times the rate, as LinearLR. */
  | { readonly kind: 'linear'; readonly floor?: number | undefined }
  /** Times `factor` after each step, as ExponentialLR. */
  | { readonly kind: 'exponential'; readonly factor: number };

/** A learning rate over a training. A step may be a batch or an epoch. */
export interface LearningRate {
  /** The rate before the shape. */
  readonly rate: number;
  readonly shape: LearningRateShape;
  /** A straight line from `from` (default 0) times the rate to the rate, over the first `steps` steps; the shape follows. */
  readonly warmUp?: { readonly steps: number; readonly from?: number | undefined } | undefined;
}

/**
 * The learning rate of step `step` (from 0) of `steps`, by the closed forms of torch.optim.lr_scheduler: with a warm-up
 * of W steps, those of LinearLR for W steps and then of the shape over the other steps.
 *
 * @throws TenasError SETTING_INVALID for a step beyond the last, a warm-up longer than the training, or negative numbers
 */
export function learningRateAt({ rate, shape, warmUp }: LearningRate, step: number, steps: number): number {
  checkInteger('steps', steps, 1);
  checkInteger('step', step, 0, steps - 1);
  checkPositive('rate', rate);
  const warm = warmUp?.steps ?? 0;
  checkInteger('warmUp.steps', warm, 0, steps);
  const from = warmUp?.from ?? 0;
  checkPositive('warmUp.from', from);
  if (step < warm) return rate * (from + (1 - from) * (step / warm));
  return rate * factorAt(shape, step - warm, steps - warm);
}

function factorAt(shape: LearningRateShape, step: number, steps: number): number {
  switch (shape.kind) {
    case 'constant':
      return 1;
    case 'cosine': {
      const floor = checkPositive('shape.floor', shape.floor ?? 0);
      return floor + ((1 - floor) * (1 + Math.cos((Math.PI * step) / steps))) / 2;
    }
    case 'step':
      checkInteger('shape.every', shape.every, 1);
      return checkPositive('shape.factor', shape.factor ?? 0.1) ** Math.floor(step / shape.every);
    case 'linear': {
      const floor = checkPositive('shape.floor', shape.floor ?? 0);
      return 1 + (floor - 1) * (step / steps);
    }
    case 'exponential':
      return checkPositive('shape.factor', shape.factor) ** step;
  }
}

function checkPositive(name: string, value: number): number {
  if (Number.isFinite(value) && value >= 0) return value;
  throw settingError(name, value, 'a finite number of at least 0');
}
