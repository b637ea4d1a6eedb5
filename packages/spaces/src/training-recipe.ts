/** How a network is trained, in plain figures: `tenas train` and the PyTorch bundle's train.py both follow it. */
export interface TrainingRecipe {
  /** Lower case, digits, hyphens. */
  readonly name: string;
  /** Where it was published; empty for one of this project. */
  readonly paper: string;
  readonly epochs: number;
  readonly batchSize: number;
  /** Stochastic gradient descent as torch.optim.SGD has it; decay on every parameter. */
  readonly sgd: {
    /** Learning rate before the schedule. */
    readonly rate: number;
    readonly momentum: number;
    readonly nesterov: boolean;
    readonly weightDecay: number;
  };
  /** Half a cosine to 0, after a straight line from 0 over the first epochs. */
  readonly cosine: { readonly warmUpEpochs: number; readonly per: 'step' | 'epoch' };
  readonly labelSmoothing: number;
  /** Largest norm of the whole gradient; 0: none. */
  readonly clip: number;
  /** A random crop after zero padding, a random flip, a square of zeros (0: none); lengths in pixels of 32x32 images. */
  readonly augmentation: { readonly padding: number; readonly flip: boolean; readonly cutout: number };
  /**
   * Probability that an operation is left out for a sample after the last epoch; it grows from 0 in a straight line over
   * the epochs. What is kept grows by 1 / (1 - p). 0: none.
   */
  readonly dropPath: number;
  /** Probability that a feature before the classifier is left out for a sample. 0: none. */
  readonly dropout: number;
  /** Weight of the loss of an auxiliary head at two thirds of the depth; 0: none. */
  readonly auxiliary: number;
}

/** The recipe of NAS-Bench-201 and NATS-Bench (Dong and Yang 2020); both also publish it with 12 epochs. */
export const NAS_BENCH_201_RECIPE: TrainingRecipe = {
  name: 'nas-bench-201',
  paper: 'NAS-Bench-201, Dong and Yang, ICLR 2020',
  epochs: 200,
  batchSize: 256,
  sgd: { rate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 5e-4 },
  cosine: { warmUpEpochs: 0, per: 'step' },
  labelSmoothing: 0,
  clip: 0,
  augmentation: { padding: 4, flip: true, cutout: 0 },
  dropPath: 0,
  dropout: 0,
  auxiliary: 0,
};

/** The recipe of NAS-Bench-Macro (Su et al. 2021). */
export const NAS_BENCH_MACRO_RECIPE: TrainingRecipe = {
  name: 'nas-bench-macro',
  paper: 'NAS-Bench-Macro, Su et al., CVPR 2021',
  epochs: 50,
  batchSize: 256,
  sgd: { rate: 0.1, momentum: 0.9, nesterov: false, weightDecay: 5e-4 },
  cosine: { warmUpEpochs: 0, per: 'epoch' },
  labelSmoothing: 0,
  clip: 0,
  augmentation: { padding: 4, flip: true, cutout: 0 },
  dropPath: 0,
  dropout: 0,
  auxiliary: 0,
};

/** The recipe of DARTS on CIFAR-10 (Liu, Simonyan and Yang 2019). */
export const DARTS_RECIPE: TrainingRecipe = {
  name: 'darts',
  paper: 'DARTS, Liu, Simonyan and Yang, ICLR 2019',
  epochs: 600,
  batchSize: 96,
  sgd: { rate: 0.025, momentum: 0.9, nesterov: false, weightDecay: 3e-4 },
  cosine: { warmUpEpochs: 0, per: 'epoch' },
  labelSmoothing: 0,
  clip: 5,
  augmentation: { padding: 4, flip: true, cutout: 16 },
  dropPath: 0.2,
  dropout: 0,
  auxiliary: 0.4,
};

/** A short training on a CPU, for small networks. */
export const QUICK_RECIPE: TrainingRecipe = {
  name: 'quick',
  paper: '',
  epochs: 20,
  batchSize: 64,
  sgd: { rate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 5e-4 },
  cosine: { warmUpEpochs: 1, per: 'step' },
  labelSmoothing: 0,
  clip: 5,
  augmentation: { padding: 4, flip: true, cutout: 0 },
  dropPath: 0,
  dropout: 0,
  auxiliary: 0,
};

/** The built-in recipes by name. */
export const TRAINING_RECIPES: readonly TrainingRecipe[] = [
  QUICK_RECIPE,
  NAS_BENCH_201_RECIPE,
  NAS_BENCH_MACRO_RECIPE,
  DARTS_RECIPE,
];
