import { freshRepeat, type Subject } from '@tenas/cli';
import type { Program, Trainer } from '@tenas/native';

/** The optimiser of both sides: SGD with Nesterov momentum and weight decay. */
const OPTIMISER = { kind: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 5e-4 } as const;
const LEARNING_RATE = 0.01;

/** A trainer with the images and labels of a seed: labels in turn, as the peer has them. */
export class TrainingSteps implements AsyncDisposable {
  readonly #trainer: Trainer;
  readonly #batch: {
    readonly images: Float32Array;
    readonly labels: Int32Array;
    readonly coefficients: Float64Array;
  };

  constructor(
    program: Program,
    subject: Subject,
    options: { readonly seed: number; readonly threads: number },
  ) {
    const { seed, threads } = options;
    this.#trainer = program.trainer({
      weights: { kind: 'seeded', seed, repeat: 0, init: subject.init },
      optimiser: OPTIMISER,
      threads,
    });
    this.#batch = {
      images: freshRepeat(subject, seed).inputs,
      labels: Int32Array.from({ length: subject.batchSize }, (_, index) => index % 10),
      coefficients: subject.coefficients,
    };
  }

  /** Losses of some steps, and the seconds that each took. */
  async run(steps: number): Promise<{ readonly losses: number[]; readonly seconds: number[] }> {
    const losses: number[] = [];
    const seconds: number[] = [];
    for (let step = 0; step < steps; step++) {
      const start = performance.now();
      const { loss } = await this.#trainer.step({ ...this.#batch, learningRate: LEARNING_RATE });
      seconds.push((performance.now() - start) / 1000);
      losses.push(loss);
    }
    return { losses, seconds };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#trainer[Symbol.asyncDispose]();
  }
}
