import { type Graph, type NodeId, type Param, sizeOf } from '@tenas/graph';
import { addon, type Isa, nativeInfo } from './addon.js';
import type {
  AddonBatch,
  AddonFactors,
  AddonTrainerOptions,
  TrainerHandle,
  TrainerJob,
} from './addon-trainer.js';
import { NativeError, nativeError } from './errors.js';
import type { ProgramHandle } from './program-handle.js';
import { addonWeights, type Weights } from './weights.js';

/** What some parameters get instead of the optimiser's own settings. */
export interface ParameterGroup {
  /** Says which parameters are meant; of several groups the first counts. */
  readonly match: (param: Param) => boolean;
  readonly weightDecay?: number | undefined;
  /** Factor of the learning rate; default 1. */
  readonly rate?: number | undefined;
}

interface OptimiserBase {
  /** L2 decay on every trainable parameter, batch norms and biases included; default 0. */
  readonly weightDecay?: number | undefined;
  readonly groups?: readonly ParameterGroup[] | undefined;
  /**
   * What happens to a parameter that no path of a step reached: `keep` (default) leaves it alone, as PyTorch does where a
   * gradient is None; `decay` treats its gradient as zeros once it was touched, as after `zero_grad(set_to_none=False)`.
   */
  readonly untouched?: 'keep' | 'decay' | undefined;
}

/** How parameters are updated: torch.optim's SGD, Adam and AdamW, with its defaults. */
export type Optimiser =
  /** Decay is added to the gradient; the momentum buffer starts with the first gradient. */
  | (OptimiserBase & {
      readonly kind: 'sgd';
      /** Default 0. */
      readonly momentum?: number | undefined;
      readonly nesterov?: boolean | undefined;
    })
  /** `adam` adds decay to the gradient, `adamw` multiplies the parameter by 1 - rate * decay first. */
  | (OptimiserBase & {
      readonly kind: 'adam' | 'adamw';
      /** Default [0.9, 0.999]. */
      readonly betas?: readonly [number, number] | undefined;
      /** Default 1e-8. */
      readonly eps?: number | undefined;
    });

/** Mean over the images (or pixels) of the cross-entropy; targets are (1 - s) one-hot + s / classes. */
export interface TrainingLoss {
  readonly kind: 'cross-entropy';
  /** s, default 0. */
  readonly labelSmoothing?: number | undefined;
  /**
   * Samples that make one image, such as the tiles of a puzzle; default 1. An image has one label, and the network
   * tiles * classes outputs: those of an image are the sum over its tiles of block t of tile t, which is a linear layer on
   * the features of all tiles side by side. On the CPU only.
   */
  readonly tiles?: number | undefined;
  /**
   * Height and width of the labels of a sample, one per pixel; default: a sample has one label. The network's output is a
   * map, [classes, height, width], which is stretched to this size, bilinearly and with corners on corners
   * (`align_corners` of PyTorch's `interpolate`). The loss is the mean over all pixels. On the CPU only, and without tiles.
   */
  readonly pixels?: readonly [height: number, width: number] | undefined;
}

/** A further output of a network in training, with a loss that is added to the network's. Evaluations leave it out. */
export interface TrainingHead {
  /** A linear layer with as many outputs as the network. */
  readonly node: NodeId;
  /** Factor of its loss. */
  readonly weight: number;
}

/** Settings of a trainer, the same in all of its steps. */
export interface TrainerOptions {
  /** Initial weights, or the bytes of {@link Trainer.snapshot}, taken with the same network and kind of optimiser. */
  readonly weights: Weights | { readonly kind: 'snapshot'; readonly data: Uint8Array };
  readonly optimiser: Optimiser;
  /** Default: cross-entropy without smoothing. */
  readonly loss?: TrainingLoss | undefined;
  /** Largest norm of the gradient over all parameters, as `clip_grad_norm_`; 0 (default): none. */
  readonly clip?: number | undefined;
  /** Auxiliary heads; default: none. */
  readonly heads?: readonly TrainingHead[] | undefined;
  /** Nodes whose outputs a step may multiply by a factor per sample. Mixes and concats alone read them. Default: none. */
  readonly dropPath?: readonly NodeId[] | undefined;
  /**
   * Nodes whose outputs a step may multiply by a factor per sample and value: any but batch norms, ReLUs, mixes, concats
   * and the input. Default: none.
   */
  readonly dropout?: readonly NodeId[] | undefined;
  /** Threads of a step; default: all of the machine's. Results are the same, bit for bit, for any number. */
  readonly threads?: number | undefined;
  /** `fast` (default): SIMD, single precision, parameters in double. `reference`: plain loops in double. */
  readonly engine?: 'fast' | 'reference' | undefined;
  /** Forces a kernel set; default: the best for this CPU. */
  readonly isa?: Isa | undefined;
  /**
   * Where the network is trained; default `cpu`. `cuda` takes neither `engine` nor `isa`, and ignores `threads`. Each
   * gives the same bits every time; the two differ by rounding, and take each other's snapshots.
   */
  readonly device?: 'cpu' | 'cuda' | undefined;
}

/** Some images with their classes, copied by the call that takes them. */
export interface TrainingBatch {
  /** [N, C, H, W], row-major, all finite. */
  readonly images: Float32Array;
  /** [N] classes from 0; [N / tiles] with tiles; [N, height, width] with pixels. */
  readonly labels: Int32Array;
  /** Mixing coefficients, one per slot; default: 1 everywhere. Operations with coefficient 0 are not executed. */
  readonly coefficients?: Float64Array | undefined;
}

/** Factors of a step: 0 for what is dropped, 1 / (1 - p) for what is kept with probability 1 - p. */
export interface DropFactors {
  /** [nodes of `dropPath`, N]; default: 1 everywhere, which costs nothing. */
  readonly dropPath?: Float32Array | undefined;
  /** For each node of `dropout` [N, the node's values]; default: 1 everywhere, which costs nothing. */
  readonly dropout?: Float32Array | undefined;
}

export interface StepResult {
  /** Of the network's output alone. */
  readonly loss: number;
  /** Of each head, without its weight; absent without heads. */
  readonly headLosses?: Float64Array;
  /** Samples (with tiles: images, with pixels: pixels) whose largest output is their label's. */
  readonly correct: number;
  /** Norm of the gradient over all parameters, before clipping; absent without an update. */
  readonly gradientNorm?: number;
  /** [slots], 0 for operations that are off; if asked for. */
  readonly coefficientGradient?: Float64Array;
}

export interface TrainingEvaluation {
  readonly loss: number;
  readonly correct: number;
  /** [N, outputs] */
  readonly logits: Float64Array;
}

/** A tensor under its name in PyTorch's `state_dict`, row-major. */
export interface NamedTensor {
  readonly dtype: 'F32' | 'I64';
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** Tensors of a `state_dict`, in the order of the graph. */
export type NamedTensors = Map<string, NamedTensor>;

/**
 * A network in training: parameters, running statistics and the optimiser's state, in native memory. Calls run one
 * after the other, in the order in which they are made.
 */
export class Trainer implements AsyncDisposable {
  readonly #handle: TrainerHandle;
  readonly #graph: Graph;
  #last: Promise<unknown> = Promise.resolve();
  #calls = 0; // not yet ended

  /** Made by `Program.trainer`. */
  constructor(program: ProgramHandle, graph: Graph, options: TrainerOptions) {
    this.#graph = graph;
    const settings = addonOptions(graph, options);
    this.#handle = native(() => addon().createTrainer(program, settings));
  }

  /**
   * One step: forward with the batch's statistics, losses, backward, update of the parameters; running statistics move by
   * 0.1 towards the batch's, with the unbiased variance. Without `update` (default true) the parameters stay.
   *
   * @throws NativeError REQUEST_INVALID naming the field, NOT_FINITE if a loss, statistics or gradient are not finite (the
   *   training diverges), OUT_OF_MEMORY, CANCELLED, DISPOSED; the state is then as before
   */
  async step(
    batch: TrainingBatch &
      DropFactors & {
        readonly learningRate: number;
        readonly update?: boolean | undefined;
        /** Whether the answer has the gradient by the mixing coefficients; default false. */
        readonly coefficientGradient?: boolean | undefined;
        readonly signal?: AbortSignal | undefined;
      },
  ): Promise<StepResult> {
    const { learningRate, update = true, coefficientGradient = false, signal } = batch;
    const own = { ...this.#batch(batch), ...this.#factors(batch) };
    return this.#run(signal, () =>
      addon().trainerStep(this.#handle, { ...own, learningRate, update, coefficientGradient }),
    );
  }

  /**
   * Loss (the trainer's) and outputs of any number of images, with running statistics (default) or the batch's. The
   * state stays.
   *
   * @throws NativeError REQUEST_INVALID naming the field, OUT_OF_MEMORY, CANCELLED, DISPOSED
   */
  async evaluate(
    batch: TrainingBatch & {
      readonly statistics?: 'running' | 'batch' | undefined;
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<TrainingEvaluation> {
    const { statistics = 'running', signal } = batch;
    const own = this.#batch(batch);
    return this.#run(signal, () => addon().trainerEvaluate(this.#handle, { ...own, statistics }));
  }

  /**
   * Re-estimates ("precise") running statistics: they become the mean of the batches' statistics, as
   * `torch.optim.swa_utils.update_bn` does it; where coefficients differ, those of the batches that a batch norm runs in.
   * Batch norms that never run keep theirs.
   *
   * @throws NativeError REQUEST_INVALID naming the field, NOT_FINITE, OUT_OF_MEMORY, CANCELLED, DISPOSED; batches before
   *   the one that failed have counted
   */
  async estimateStatistics(
    batches: Iterable<Omit<TrainingBatch, 'labels'>> | AsyncIterable<Omit<TrainingBatch, 'labels'>>,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    let first = true;
    for await (const batch of batches) {
      const request = { ...this.#batch({ ...batch, labels: undefined }), first };
      await this.#run(options.signal, () => addon().trainerObserve(this.#handle, request));
      first = false;
    }
  }

  /**
   * All parameters and running statistics in single precision, and `num_batches_tracked` of every batch norm, under
   * the names of the PyTorch modules' `state_dict`.
   *
   * @throws NativeError DISPOSED
   */
  async parameters(): Promise<NamedTensors> {
    const { values, batches } = await this.#when(() => addon().trainerState(this.#handle));
    const tracked = new Map<string, number>();
    for (const node of this.#graph.nodes) {
      if (node.op === 'batchNorm') tracked.set(this.#graph.params[node.runningVar]!.name, batches[node.id]!);
    }
    const tensors: NamedTensors = new Map();
    let offset = 0;
    for (const { name, shape } of this.#graph.params) {
      const data = Float32Array.from(values.subarray(offset, offset + sizeOf(shape)));
      offset += data.length;
      tensors.set(name, { dtype: 'F32', shape, data });
      const count = tracked.get(name);
      if (count === undefined) continue;
      const counter = name.replace(/running_var$/, 'num_batches_tracked');
      tensors.set(counter, { dtype: 'I64', shape: [], data: BigInt64Array.of(BigInt(count)) });
    }
    return tensors;
  }

  /** All parameters in the graph's order, as precisely as they are kept. Throws NativeError DISPOSED. */
  async values(): Promise<Float64Array> {
    return (await this.#when(() => addon().trainerState(this.#handle))).values;
  }

  /** Updates so far. Throws NativeError DISPOSED. */
  async steps(): Promise<number> {
    return (await this.#when(() => addon().trainerState(this.#handle))).steps;
  }

  /**
   * The whole state as bytes, with a version and a checksum: a trainer that begins with them (`weights: {kind:
   * 'snapshot', data}`) goes on bit for bit, given the same settings and batches. Throws NativeError DISPOSED.
   */
  snapshot(): Promise<Uint8Array> {
    return this.#when(() => addon().trainerSnapshot(this.#handle));
  }

  /** Frees the trainer after the calls in flight. Later calls throw NativeError DISPOSED. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#when(() => addon().disposeTrainer(this.#handle));
  }

  /** A batch as it is now: the addon copies it when it starts, so only a call that has to wait needs copies before. */
  #batch({
    images,
    labels,
    coefficients,
  }: Omit<TrainingBatch, 'labels'> & { readonly labels: Int32Array | undefined }): AddonBatch {
    const waits = this.#calls > 0;
    return {
      images: waits ? images.slice() : images,
      labels: waits ? labels?.slice() : labels,
      coefficients:
        (waits ? coefficients?.slice() : coefficients) ?? new Float64Array(this.#graph.slots.length).fill(1),
    };
  }

  #factors({ dropPath, dropout }: DropFactors): AddonFactors {
    if (this.#calls === 0) return { dropPath, dropout };
    return { dropPath: dropPath?.slice(), dropout: dropout?.slice() };
  }

  /** Calls once all earlier calls have ended, however they ended; at once if there are none. */
  #when<T>(call: () => T | Promise<T>): Promise<T> {
    const turn = this.#turn(call);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #turn<T>(call: () => T | Promise<T>): Promise<T> {
    const earlier = this.#calls > 0 ? this.#last : undefined;
    this.#calls += 1;
    try {
      if (earlier) await earlier;
      return await native(call);
    } finally {
      this.#calls -= 1;
    }
  }

  #run<T>(signal: AbortSignal | undefined, start: () => TrainerJob<T>): Promise<T> {
    return this.#when(async () => {
      if (signal?.aborted) throw cancelled(signal);
      const job = native(start);
      signal?.addEventListener('abort', job.cancel, { once: true });
      try {
        return await job.result;
      } catch (error) {
        const failure = nativeError(error);
        throw failure.code === 'CANCELLED' && signal ? cancelled(signal) : failure;
      } finally {
        signal?.removeEventListener('abort', job.cancel);
      }
    });
  }
}

function native<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw nativeError(error);
  }
}

function cancelled(signal: AbortSignal): NativeError {
  return new NativeError('CANCELLED', 'the training was cancelled', { cause: signal.reason });
}

function addonOptions(graph: Graph, options: TrainerOptions): AddonTrainerOptions {
  const { weights, optimiser, loss, clip = 0, threads, engine, isa = '', device = 'cpu' } = options;
  const { heads = [], dropPath = [], dropout = [] } = options;
  const group = (param: Param) => optimiser.groups?.find(({ match }) => match(param));
  const perTensor = (value: (param: Param) => number) => Float64Array.from(graph.params, value);
  const sgd = optimiser.kind === 'sgd' ? optimiser : undefined;
  const adam = optimiser.kind === 'sgd' ? undefined : optimiser;
  return {
    weights: weights.kind === 'snapshot' ? weights.data : addonWeights(weights),
    optimiser: {
      kind: optimiser.kind,
      momentum: sgd?.momentum ?? 0,
      nesterov: sgd?.nesterov ?? false,
      betas: adam?.betas ?? [0.9, 0.999],
      eps: adam?.eps ?? 1e-8,
      weightDecay: perTensor((param) => group(param)?.weightDecay ?? optimiser.weightDecay ?? 0),
      rate: perTensor((param) => group(param)?.rate ?? 1),
      untouched: optimiser.untouched ?? 'keep',
    },
    labelSmoothing: loss?.labelSmoothing ?? 0,
    tiles: loss?.tiles ?? 1,
    pixelRows: loss?.pixels?.[0] ?? 0,
    pixelColumns: loss?.pixels?.[1] ?? 0,
    clip,
    dropPath: Int32Array.from(dropPath),
    dropout: Int32Array.from(dropout),
    heads: Int32Array.from(heads, ({ node }) => node),
    headWeights: Float64Array.from(heads, ({ weight }) => weight),
    threads: threads ?? nativeInfo().hardwareThreads,
    reference: engine === 'reference',
    isa,
    device,
  };
}
