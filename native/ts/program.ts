import type { Graph } from '@tenas/graph';
import {
  type AddonJob,
  type AddonRepeat,
  type AddonRequest,
  addon,
  type Device,
  type Isa,
  nativeInfo,
} from './addon.js';
import { encodeGraph } from './encode.js';
import { NativeError, nativeError } from './errors.js';
import type { ProgramHandle } from './program-handle.js';
import { requestList, requestObject } from './request-checks.js';
import type { AnswersOf, Task } from './tasks.js';
import { Trainer, type TrainerOptions } from './trainer.js';
import { addonSeeded, addonWeights, type SeededWeights, type Weights } from './weights.js';

/** One set of inputs and weights; every candidate is evaluated on every repeat. */
export interface Repeat {
  /** [batches, N, C, H, W], row-major; as many batches as the tasks read. */
  readonly inputs: Float32Array;
  /** [batches, N] classes from 0; for tasks that read them. */
  readonly labels?: Int32Array | undefined;
  readonly weights: Weights;
}

export interface EvaluateOptions<T extends readonly Task[] = readonly Task[]> {
  /** The tasks, all on the same inputs and weights; tasks that normalise alike share one forward pass. */
  readonly tasks: T;
  /** Samples in a batch. */
  readonly batchSize: number;
  readonly repeats: readonly Repeat[];
  /** Mixing coefficients, one array of `slots` values for each candidate. */
  readonly candidates: readonly Float64Array[];
  /** Threads; default: all of the machine's. Results are the same, bit for bit, for any number. */
  readonly threads?: number | undefined;
  /** `fast` (default): SIMD, single precision. `reference`: plain loops in double. */
  readonly engine?: 'fast' | 'reference' | undefined;
  /**
   * Default `auto`. Results of one device are the same, bit for bit, every time; those of two differ by rounding. The
   * reference engine and forced kernel sets run on the CPU.
   */
  readonly device?: Device | undefined;
  /** Forces a kernel set; default: the best for this CPU. */
  readonly isa?: Isa | undefined;
  /** Stops the evaluation within about 50 ms; the promise then rejects with code CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the number of finished evaluations. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface EvaluateResult<T extends readonly Task[] = readonly Task[]> {
  /** Wall-clock time. */
  readonly seconds: number;
  /** The engine that evaluated. */
  readonly device: 'cpu' | 'cuda';
  /** For people: why `auto` did not use the CUDA device that there is. */
  readonly notes: readonly string[];
  /** Indexed [candidate * repeats + repeat]: one answer per task, in their order. */
  readonly evaluations: readonly AnswersOf<T>[];
}

const PROGRESS_INTERVAL_MS = 50;

/** A network compiled for evaluation. Dispose it (`using`) to free its memory before the garbage collector does. */
export class Program {
  readonly #handle: ProgramHandle;
  readonly #graph: Graph;
  /** Values of all parameters together. */
  readonly parameterValues: number;
  /** Mixing coefficients that a candidate has. */
  readonly slots: number;
  /** Values of one input sample. */
  readonly inputValues: number;
  /** Values of one output sample. */
  readonly outputValues: number;

  private constructor(graph: Graph, encoded: Int32Array) {
    this.#graph = graph;
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
      return new Program(graph, encoded);
    } catch (error) {
      throw nativeError(error);
    }
  }

  /**
   * Evaluates every candidate on every repeat. Without tasks there is nothing to do: the answers are empty lists. Throws
   * NativeError REQUEST_INVALID (naming the field), OUT_OF_MEMORY, CANCELLED, DISPOSED, NO_CONVERGENCE, ISA_UNAVAILABLE,
   * CUDA_UNAVAILABLE or CUDA_FAILED.
   */
  async evaluate<const T extends readonly Task[]>(options: EvaluateOptions<T>): Promise<EvaluateResult<T>> {
    const { signal, onProgress } = requestObject('the request', options);
    if (signal?.aborted) throw cancelled(signal);
    const total =
      requestList('candidates', options.candidates).length * requestList('repeats', options.repeats).length;
    const start = performance.now();
    if (options.tasks.length === 0) return this.#nothing(options, total, start);
    const job = this.#start(options);
    signal?.addEventListener('abort', job.cancel, { once: true });
    let reported = 0;
    const report = () => {
      const done = job.finished();
      if (done > reported) {
        reported = done;
        onProgress?.(done, total);
      }
    };
    const timer = onProgress && setInterval(report, PROGRESS_INTERVAL_MS);
    try {
      const response = await job.result;
      const seconds = (performance.now() - start) / 1000;
      if (onProgress) report();
      return { seconds, ...response };
    } catch (error) {
      const failure = nativeError(error);
      throw failure.code === 'CANCELLED' && signal ? cancelled(signal) : failure;
    } finally {
      clearInterval(timer);
      signal?.removeEventListener('abort', job.cancel);
    }
  }

  #nothing<T extends readonly Task[]>(
    options: EvaluateOptions<T>,
    total: number,
    start: number,
  ): EvaluateResult<T> {
    this.#request(options);
    options.onProgress?.(total, total);
    const evaluations = Array.from({ length: total }, () => [] as unknown as AnswersOf<T>);
    return { seconds: (performance.now() - start) / 1000, device: 'cpu', notes: [], evaluations };
  }

  #start<T extends readonly Task[]>(options: EvaluateOptions<T>): AddonJob<T> {
    try {
      return addon().evaluate(this.#handle, this.#request(options));
    } catch (error) {
      throw nativeError(error);
    }
  }

  #request<T extends readonly Task[]>(options: EvaluateOptions<T>): AddonRequest<T> {
    const { tasks, batchSize, threads, engine, device = 'auto', isa = '' } = options;
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
      tasks,
      batchSize,
      threads: threads ?? nativeInfo().hardwareThreads,
      reference: engine === 'reference',
      isa,
      device,
      repeats: options.repeats.map(addonRepeat),
      candidateCount: options.candidates.length,
      candidates,
    };
  }

  /** All parameters in order, as an evaluation with the same numbers would use them. Throws NativeError REQUEST_INVALID. */
  seededWeights(options: SeededWeights): Float32Array {
    try {
      return addon().seededWeights(this.#handle, addonSeeded(options));
    } catch (error) {
      throw nativeError(error);
    }
  }

  /**
   * A training of this network with its own parameters and optimiser. Dispose it (`await using`). Throws NativeError
   * REQUEST_INVALID naming the field, SNAPSHOT_INVALID, ISA_UNAVAILABLE, CUDA_UNAVAILABLE, CUDA_FAILED, OUT_OF_MEMORY or
   * DISPOSED.
   */
  trainer(options: TrainerOptions): Trainer {
    return new Trainer(this.#handle, this.#graph, options);
  }

  /** Frees the program; evaluations in flight finish first. Later use throws NativeError DISPOSED. */
  dispose(): void {
    addon().dispose(this.#handle);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function addonRepeat(repeat: Repeat, index: number): AddonRepeat {
  const { inputs, labels, weights } = requestObject(`repeats[${index}]`, repeat);
  return { inputs, labels, weights: addonWeights(weights) };
}

function cancelled(signal: AbortSignal): NativeError {
  return new NativeError('CANCELLED', 'the evaluation was cancelled', { cause: signal.reason });
}
