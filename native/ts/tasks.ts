/** Logits, with batch norm on the statistics of the batch or on the stored running ones. */
export interface ForwardTask {
  readonly kind: 'forward';
  readonly statistics: 'batch' | 'running';
}

export interface ForwardAnswer {
  /** [N, outputs] */
  readonly logits: Float32Array;
  /**
   * Statistics of each batch norm, in the order of the graph: its means, then its variances (0 and 1 if it did not
   * run).
   */
  readonly statistics: Float32Array;
}

/**
 * Empirical neural tangent kernel; `batch` differentiates through the statistics of the batch, `sample` holds them
 * constant.
 */
export interface NtkTask {
  readonly kind: 'ntk';
  readonly mode: 'batch' | 'sample';
}

export interface NtkAnswer {
  /** [N, N], symmetric. */
  readonly kernel: Float64Array;
  /** Ascending; all NaN if the kernel is not finite. */
  readonly eigenvalues: Float64Array;
  /** [N, outputs] */
  readonly logits: Float32Array;
}

/** Distinct ReLU sign patterns over `batches` batches, each normalised by its own statistics. */
export interface RegionsTask {
  readonly kind: 'regions';
  readonly batches: number;
  /** Also the active neurons of each sample. */
  readonly popcounts?: boolean | undefined;
}

export interface RegionsAnswer {
  readonly regions: number;
  /** ReLU outputs of one sample. */
  readonly neurons: number;
  /** [batches * N], if asked for. */
  readonly popcounts?: Int32Array;
}

/** How similar the samples' patterns of active ReLUs are (Mellor et al., ICML 2021, arXiv 2006.04647). */
export interface CodesTask {
  readonly kind: 'codes';
}

export interface CodesAnswer {
  /** [N, N], the number of ReLU inputs at which samples i and j agree in being > 0. */
  readonly kernel: Float64Array;
  /** ReLU inputs of one sample. */
  readonly neurons: number;
  /** Natural logarithm of the absolute value of the kernel's determinant; -Infinity if it is singular. */
  readonly logDeterminant: number;
}

/** Mean and covariance of the channels of some nodes' outputs, over samples and pixels. */
export interface FeaturesTask {
  readonly kind: 'features';
  /** Ids of the graph's nodes. */
  readonly nodes: readonly number[];
  /** Of each node the channels that count; default all. */
  readonly channels?: readonly (readonly number[])[] | undefined;
}

export interface FeaturesAnswer {
  /** In the order of the task's nodes; empty arrays for a node that does not run. C are the channels that count. */
  readonly nodes: readonly {
    /** [C] */
    readonly mean: Float64Array;
    /** [C, C], divided by the number of values, not by one less. */
    readonly covariance: Float64Array;
  }[];
}

/** The functions that a gradient can be taken of. */
export type Loss =
  /** Mean over the samples of the cross-entropy with the repeat's labels; targets are (1 - s) one-hot + s / outputs. */
  | { readonly kind: 'cross-entropy'; readonly labelSmoothing?: number | undefined }
  /** Mean over samples and outputs of the squared difference; `targets` [batches, N, outputs]. */
  | { readonly kind: 'mse'; readonly targets: Float32Array }
  /** Sum of all outputs. */
  | { readonly kind: 'sum' }
  /** Sum of outputs times `values` [batches, N, outputs], which are thus the gradient by the outputs. */
  | { readonly kind: 'output-gradient'; readonly values: Float32Array };

/** Numbers per parameter tensor in {@link GradientAnswer.sums}. */
export const GRADIENT_SUMS = 5;

/** A loss and its gradient. */
export interface GradientTask {
  readonly kind: 'gradient';
  readonly loss: Loss;
  /**
   * Statistics of batch norm: `batch`, the batch's statistics, with gradients through them; `constant`, the same, held
   * constant; `sample`, each sample's own statistics over its pixels, with gradients through them; `none`, nothing:
   * batch norm is the identity, without scale and shift. Such a gradient grows with depth: where it overflows single
   * precision, the engine finds it in double.
   */
  readonly statistics: 'batch' | 'constant' | 'sample' | 'none';
  /** The variables that the loss is differentiated by; at least one. */
  readonly of: readonly ('parameters' | 'coefficients' | 'input')[];
  /** The gradient by the parameters as values, as sums per tensor, or as the signs of all batches added up. */
  readonly reduce: 'values' | 'sums' | 'signs';
  /** Batches of the inputs, each normalised by itself; default 1. */
  readonly batches?: number | undefined;
}

export interface GradientAnswer {
  /** Mean over the batches. */
  readonly loss: number;
  /** Samples whose largest output is their label's, over all batches; 0 without labels. */
  readonly correct: number;
  /** [batches, N, outputs] */
  readonly logits: Float32Array;
  /** `values`: [batches, parameterValues], in the order of the graph's parameters; 0 where the loss does not depend on one. */
  readonly parameters?: Float32Array;
  /**
   * `sums`: [parameter tensors, 5]. With g the gradient averaged over the batches and w the weights, sums over the tensor's
   * entries of |g|, g^2, |g w| and g w; and the sum of mean |g_b| / deviation of g_b over the batches b (population
   * deviation; entries with deviation 0 are left out; 0 for one batch).
   */
  readonly sums?: Float64Array;
  /** `signs`: [parameterValues], sum over the batches of the gradient's sign (-1, 0 or 1); NaN where one of them is NaN. */
  readonly signs?: Float32Array;
  /** [slots], averaged over the batches; 0 for operations that are off. */
  readonly coefficients?: Float64Array;
  /** [batches, N, C, H, W] */
  readonly input?: Float32Array;
}

/** How far the output of a node moves from the first batch to the second, each under its own statistics. */
export interface ChangeTask {
  readonly kind: 'change';
  /** Id of the graph's node. */
  readonly node: number;
}

export interface ChangeAnswer {
  /** [N], sum of |difference| over the node's output; empty for a node that does not run. */
  readonly absolute: Float64Array;
  /** [N], sum of the squares of the differences. */
  readonly squares: Float64Array;
  /** [2], as {@link ForwardAnswer.statistics}. */
  readonly statistics: Float64Array;
}

/** The part of a network between the outputs of two nodes. */
export interface Block {
  /** Id of a node before `to`. */
  readonly from: number;
  readonly to: number;
}

/**
 * How blocks carry gradients back: A = gradient, by the output of `from`, of the sum of signs times the output of `to`, on
 * the first batch through its statistics. ReLUs that read the same node are one node.
 */
export interface BlocksTask {
  readonly kind: 'blocks';
  readonly blocks: readonly Block[];
  /**
   * Random signs, the same for every network, repeat and call; or values to take in their place, for each block
   * [N, C, H, W] of `to`.
   */
  readonly signs: { readonly seed: number } | Float32Array;
}

export interface BlocksAnswer {
  /** In the order of the task's. */
  readonly blocks: readonly {
    /**
     * [channels of A, channels of `to`]: mean over samples and pixels of A times the signs. Where `to` is smaller, a
     * channel of A is as many channels as there are pixels to one of `to`, row by row. Empty if `to` does not run.
     */
    readonly product: Float64Array;
    /** Whether A is the signs. */
    readonly unchanged: boolean;
  }[];
}

/** How a loss of the first batch, through its statistics, depends on the outputs of nodes. */
export interface SaliencyTask {
  readonly kind: 'saliency';
  /** Ids of the graph's nodes. ReLUs that read the same node are one node with the sum of their gradients. */
  readonly nodes: readonly number[];
  readonly loss: Loss;
  /** Whether the answers have `outputs` and `gradients`. Default false. */
  readonly correlations?: boolean | undefined;
}

export interface SaliencyAnswer {
  readonly loss: number;
  /** In the order of the task's; empty arrays for a node that does not run. */
  readonly nodes: readonly {
    /** [N, C], sum over pixels of output times gradient. */
    readonly products: Float64Array;
    /** [N, N], correlations of the samples' outputs over all their values; NaN for a sample with one value everywhere. */
    readonly outputs?: Float64Array;
    /** [N, N], correlations of the samples' gradients. */
    readonly gradients?: Float64Array;
  }[];
}

/** Derivatives of each output of each sample by the first value of some parameters, under running statistics. */
export interface JacobianTask {
  readonly kind: 'jacobian';
  /** Ids of the graph's weights and biases. */
  readonly parameters: readonly number[];
}

export interface JacobianAnswer {
  /** [N, outputs] */
  readonly logits: Float64Array;
  /** [N, outputs, parameters]; 0 for those of nodes that do not run. */
  readonly jacobian: Float64Array;
}

/**
 * How many different patterns the elements of some nodes' outputs have on the first batch, of at most 16 samples. The pattern
 * of an element is where over the samples it is > 0.
 */
export interface PatternsTask {
  readonly kind: 'patterns';
  /** Ids of the graph's nodes; may be empty. */
  readonly nodes: readonly number[];
}

export interface PatternsAnswer {
  readonly patterns: number;
  /** Elements of one sample, over the nodes that run. */
  readonly elements: number;
}

/** Pixels of a node's output that follow each other: down a column, then the next column, then the next sample. */
export interface PixelRange {
  /** Id of the graph's node. */
  readonly node: number;
  readonly first: number;
  readonly count: number;
}

/** All channels of some nodes at some pixels of the first batch. */
export interface PixelsTask {
  readonly kind: 'pixels';
  readonly ranges: readonly PixelRange[];
}

export interface PixelsAnswer {
  /** In the order of the task's: [count, C]; empty for a node that does not run. */
  readonly values: readonly Float64Array[];
}

/**
 * Outputs of the first batch, through its statistics, with every weight (that of a batch norm too) replaced by a value and
 * every bias by 0: once for each of the values, in double precision.
 */
export interface ConstantsTask {
  readonly kind: 'constants';
  readonly weights: readonly number[];
}

export interface ConstantsAnswer {
  /** [weights, N, outputs], times 2 to the power of the weight's exponent: such values may be too small for a number. */
  readonly outputs: Float64Array;
  /** [weights] */
  readonly exponents: Int32Array;
}

/**
 * How the gradient of a loss changes as the weights of all layers (convolutions and linear layers, without biases and batch
 * norms) grow together: the loss's Hessian times the weights, exactly. The loss is the mean cross-entropy of the first batch
 * with the repeat's labels, through the batch's statistics.
 */
export interface CurvatureTask {
  readonly kind: 'curvature';
  /** Divides the outputs before the loss; default 1. */
  readonly temperature?: number | undefined;
}

export interface CurvatureAnswer {
  readonly loss: number;
  /**
   * One for each parameter tensor: with w the weights of all layers, g the gradient by them and H the Hessian, the sum over
   * the tensor's entries of g times (H w). Together they are g H w, which is w H g. 0 for other tensors and layers that do
   * not run.
   */
  readonly products: Float64Array;
}

/** All tasks. */
export type Task =
  | ForwardTask
  | NtkTask
  | RegionsTask
  | CodesTask
  | FeaturesTask
  | GradientTask
  | ChangeTask
  | BlocksTask
  | SaliencyTask
  | JacobianTask
  | PatternsTask
  | PixelsTask
  | ConstantsTask
  | CurvatureTask;

interface AnswersByKind {
  readonly forward: ForwardAnswer;
  readonly ntk: NtkAnswer;
  readonly regions: RegionsAnswer;
  readonly codes: CodesAnswer;
  readonly features: FeaturesAnswer;
  readonly gradient: GradientAnswer;
  readonly change: ChangeAnswer;
  readonly blocks: BlocksAnswer;
  readonly saliency: SaliencyAnswer;
  readonly jacobian: JacobianAnswer;
  readonly patterns: PatternsAnswer;
  readonly pixels: PixelsAnswer;
  readonly constants: ConstantsAnswer;
  readonly curvature: CurvatureAnswer;
}

/** The answer to a task. */
export type AnswerOf<T extends Task> = AnswersByKind[T['kind']];

/** Any answer. */
export type Answer = AnswerOf<Task>;

/** The answers to some tasks, in their order. */
export type AnswersOf<T extends readonly Task[]> = { readonly [K in keyof T]: AnswerOf<T[K]> };

/** Batches of inputs that a task reads, from the first on. */
export function batchesOf(task: Task): number {
  if (task.kind === 'change') return 2;
  return task.kind === 'regions' || task.kind === 'gradient' ? (task.batches ?? 1) : 1;
}
