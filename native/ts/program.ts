import type { Graph } from '@tenas/graph';
import {
  type AddonEvaluation,
  type AddonRepeat,
  addon,
  type Isa,
  nativeInfo,
  type ProgramHandle,
} from './addon.js';
import { encodeGraph } from './encode.js';
import { NativeError, nativeError } from './errors.js';

/**
 * Initial weight distributions. Kaiming normal: N(0, 2 / fan) for convolution and linear weights, biases 0 (He et al. 2015);
 * pytorch: torch.nn's default, uniform on +-1/sqrt(fan_in). Batch norm: scale 1, shift 0.
 */
export type Init = 'kaiming_fan_in' | 'kaiming_fan_out' | 'pytorch';

const INITS: readonly Init[] = ['kaiming_fan_in', 'kaiming_fan_out', 'pytorch'];

/** Weights by formula, a pure function of (seed, repeat, parameter name), or given in full in parameter order. */
export type Weights =
  | { readonly kind: 'seeded'; readonly seed: number | bigint; readonly repeat: number; readonly init: Init }
  | { readonly kind: 'explicit'; readonly data: Float32Array };

/** One set of inputs and weights; every candidate is evaluated on every repeat. */
export interface Repeat {
  /** [N, C, H, W], row-major; for regions [batches, N, C, H, W]. */
  readonly inputs: Float32Array;
  readonly weights: Weights;
}

export type Task =
  /** Logits, with batch norm on the statistics of the batch or on the stored running ones. */
  | { readonly kind: 'forward'; readonly statistics: 'batch' | 'running' }
  /** Empirical NTK; `batch` differentiates through the batch statistics, `sample` holds them constant. */
  | { readonly kind: 'ntk'; readonly mode: 'batch' | 'sample' }
  /** Distinct ReLU sign patterns over `batches` batches; `popcounts` also returns each sample's active neurons. */
  | { readonly kind: 'regions'; readonly batches: number; readonly popcounts?: boolean };

/** `auto`: a CUDA device if there is one, else the CPU; `cuda` fails where there is none. */
export type Device = 'auto' | 'cpu' | 'cuda';

/** All choices of a device. */
export const DEVICES = ['auto', 'cpu', 'cuda'] as const satisfies readonly Device[];

export interface EvaluateOptions {
  readonly task: Task;
  /** Samples in a batch. */
  readonly batchSize: number;
  readonly repeats: readonly Repeat[];
  /** Mixing coefficients, one array of `slots` values for each candidate. */
  readonly candidates: readonly Float64Array[];
  /** Threads; default: all of the machine's. Results are the same, bit for bit, for any number. */
  readonly threads?: number;
  /** `fast` (default): SIMD, single precision. `reference`: plain loops in double. */
  readonly engine?: 'fast' | 'reference';
  /**
   * Default `auto`. Results of one device are the same, bit for bit, every time; those of two differ by rounding. The
   * reference engine and forced kernel sets run on the CPU.
   */
  readonly device?: Device;
  /** Forces a kernel set; default: the best for this CPU. */
  readonly isa?: Isa;
  /** Stops the evaluation within about 50 ms; the promise then rejects with code CANCELLED. */
  readonly signal?: AbortSignal;
  /** Called now and then with the number of finished evaluations. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface ForwardEvaluation {
  /** [N, outputs] */
  readonly logits: Float32Array;
  /** What each batch norm, in the order of the graph, normalised with: its means, then its variances (0 and 1 if it did not run). */
  readonly statistics: Float32Array;
}
export interface NtkEvaluation {
  /** [N, N], symmetric. */
  readonly kernel: Float64Array;
  /** Ascending; all NaN if the kernel is not finite. */
  readonly eigenvalues: Float64Array;
  readonly logits: Float32Array;
}
export interface RegionsEvaluation {
  readonly regions: number;
  /** ReLU outputs of one sample. */
  readonly neurons: number;
  /** [batches * N], if asked for. */
  readonly popcounts?: Int32Array;
}

interface Evaluations<Kind extends Task['kind'], Evaluation> {
  readonly kind: Kind;
  /** Wall-clock time. */
  readonly seconds: number;
  /** What evaluated; absent where something stands in for the engine. */
  readonly device?: 'cpu' | 'cuda';
  /** Indexed [candidate * repeats + repeat]. */
  readonly evaluations: readonly Evaluation[];
}

export type EvaluateResult =
  | Evaluations<'forward', ForwardEvaluation>
  | Evaluations<'ntk', NtkEvaluation>
  | Evaluations<'regions', RegionsEvaluation>;

type ResultOf<T extends Task> = Extract<EvaluateResult, { kind: T['kind'] }>;

const PROGRESS_INTERVAL_MS = 50;

/** A network compiled for evaluation. Dispose it (`using`) to free its memory before the garbage collector does. */
export class Program {
  readonly #handle: ProgramHandle;
  /** Values of all parameters together. */
  readonly parameterValues: number;
  /** Mixing coefficients that a candidate has. */
  readonly slots: number;
  /** Values of one input sample. */
  readonly inputValues: number;
  /** Values of one output sample. */
  readonly outputValues: number;

  private constructor(encoded: Int32Array) {
    const compiled = addon().compile(encoded);
    this.#handle = compiled.program;
    this.parameterValues = compiled.parameterValues;
    this.slots = compiled.slots;
    this.inputValues = compiled.inputValues;
    this.outputValues = compiled.outputValues;
  }

  /**
   * Compiles a graph for the engine.
   *
   * @throws TenasError `GRAPH_INVALID` for a graph that does not hold together, naming the node and the field;
   *   NativeError `GRAPH_TOO_LARGE` for one that needs more than the engine can address.
   */
  static compile(graph: Graph): Program {
    const encoded = encodeGraph(graph);
    try {
      return new Program(encoded);
    } catch (error) {
      throw nativeError(error);
    }
  }

  /**
   * Evaluates every candidate on every repeat. Throws NativeError REQUEST_INVALID (naming the field), OUT_OF_MEMORY,
   * CANCELLED, DISPOSED, NO_CONVERGENCE, ISA_UNAVAILABLE, CUDA_UNAVAILABLE or CUDA_FAILED.
   */
  async evaluate<T extends Task>(options: EvaluateOptions & { readonly task: T }): Promise<ResultOf<T>> {
    const { task, signal, onProgress } = options;
    if (signal?.aborted) throw cancelled(signal);
    const total = options.candidates.length * options.repeats.length;
    const control = new Int32Array(3);
    const cancel = () => Atomics.store(control, 0, 1);
    signal?.addEventListener('abort', cancel, { once: true });
    let reported = 0;
    const report = () => {
      const done = Atomics.load(control, 1);
      if (done > reported) {
        reported = done;
        onProgress?.(done, total);
      }
    };
    const timer = onProgress && setInterval(report, PROGRESS_INTERVAL_MS);
    const start = performance.now();
    try {
      const evaluations = await addon().evaluate(this.#handle, this.#request(options), control);
      const seconds = (performance.now() - start) / 1000;
      if (onProgress) report();
      const device = Atomics.load(control, 2) === 1 ? 'cuda' : 'cpu';
      return { kind: task.kind, seconds, device, evaluations } as unknown as ResultOf<T> & {
        evaluations: AddonEvaluation[];
      };
    } catch (error) {
      const failure = nativeError(error);
      throw failure.code === 'CANCELLED' && signal ? cancelled(signal) : failure;
    } finally {
      clearInterval(timer);
      signal?.removeEventListener('abort', cancel);
    }
  }

  #request(options: EvaluateOptions) {
    const { task, device = 'auto' } = options;
    if (!DEVICES.includes(device)) {
      throw new NativeError(
        'REQUEST_INVALID',
        `device is '${device}'; it must be one of ${DEVICES.join(', ')}`,
      );
    }
    const candidates = new Float64Array(options.candidates.length * this.slots);
    options.candidates.forEach((coefficients, index) => {
      if (!(coefficients instanceof Float64Array) || coefficients.length !== this.slots) {
        throw new NativeError(
          'REQUEST_INVALID',
          `candidates[${index}] must be a Float64Array of ${this.slots} coefficients, not ${coefficients?.length}`,
        );
      }
      candidates.set(coefficients, index * this.slots);
    });
    return {
      task: task.kind,
      statistics: task.kind === 'forward' && task.statistics === 'running' ? 1 : 0,
      mode: task.kind === 'ntk' && task.mode === 'sample' ? 1 : 0,
      batches: task.kind === 'regions' ? task.batches : 1,
      popcounts: task.kind === 'regions' && task.popcounts === true,
      batchSize: options.batchSize,
      threads: options.threads ?? nativeInfo().hardwareThreads,
      reference: options.engine === 'reference',
      isa: options.isa ?? '',
      device: DEVICES.indexOf(device),
      repeats: options.repeats.map(addonRepeat),
      candidateCount: options.candidates.length,
      candidates,
    };
  }

  /** All parameters in order, as an evaluation with the same numbers would use them. Throws NativeError REQUEST_INVALID. */
  seededWeights(options: {
    readonly seed: number | bigint;
    readonly repeat: number;
    readonly init: Init;
  }): Float32Array {
    try {
      return addon().seededWeights(this.#handle, seeded(options));
    } catch (error) {
      throw nativeError(error);
    }
  }

  /** Frees the program; evaluations in flight finish first. Later use throws NativeError DISPOSED. */
  dispose(): void {
    addon().dispose(this.#handle);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function addonRepeat({ inputs, weights }: Repeat): AddonRepeat {
  return weights.kind === 'explicit' ? { inputs, weights: weights.data } : { inputs, ...seeded(weights) };
}

function seeded({ seed, repeat, init }: { seed: number | bigint; repeat: number; init: Init }) {
  if (typeof seed === 'number' && (!Number.isSafeInteger(seed) || seed < 0)) {
    throw new NativeError(
      'REQUEST_INVALID',
      `seed is ${seed}; it must be a whole number from 0 to 2^53 - 1 or a bigint`,
    );
  }
  const index = INITS.indexOf(init);
  if (index < 0)
    throw new NativeError('REQUEST_INVALID', `init is '${init}'; it must be one of ${INITS.join(', ')}`);
  return { seed: BigInt(seed), repeat, init: index };
}

function cancelled(signal: AbortSignal): NativeError {
  return new NativeError('CANCELLED', 'the evaluation was cancelled', { cause: signal.reason });
}
