import type { TrainerFunctions } from './addon-trainer.js';
import type { ProgramHandle } from './program-handle.js';
import type { AnswersOf, Task } from './tasks.js';
import type { AddonSeeded } from './weights.js';

/** The addon's report about itself and the machine. */
export interface NativeInfo {
  /** Version of the native package. */
  readonly version: string;
  /** Instruction set chosen for this CPU. */
  readonly isa: Isa;
  /** All instruction sets that this build has and this CPU runs, best first. */
  readonly availableIsas: readonly Isa[];
  /** Single-precision lanes of the chosen instruction set. */
  readonly lanes: number;
  readonly hardwareThreads: number;
  readonly compiler: string;
  /** `wasm`: the WebAssembly build, one thread and no CUDA, with the results of the kernels `generic`. */
  readonly build: 'native' | 'wasm';
  /** Whether CUDA can be used and, if not, why. */
  readonly cuda: {
    readonly available: boolean;
    /** Why not; empty if available. */
    readonly reason: string;
    /** Name, compute capability and memory of the device; empty if there is none. */
    readonly device: string;
  };
}

/** Kernel sets: AVX-512 (16 lanes), AVX2 with FMA (8), NEON on arm64 (4), the plain build (4), and double precision for tests. */
export type Isa = 'avx512' | 'avx2' | 'neon' | 'generic' | 'double';

/** `auto`: a CUDA device if there is one, else the CPU; `cuda` fails where there is none. */
export type Device = 'auto' | 'cpu' | 'cuda';

/** A repeat as the addon takes it: explicit weights, or the numbers that generate them. */
export interface AddonRepeat {
  readonly inputs: Float32Array;
  readonly labels?: Int32Array | undefined;
  readonly weights: Float32Array | AddonSeeded;
}

/** The one plain struct that an evaluation passes to the addon. */
export interface AddonRequest<T extends readonly Task[]> {
  readonly tasks: T;
  readonly batchSize: number;
  readonly threads: number;
  readonly reference: boolean;
  /** '' for the best available. */
  readonly isa: string;
  readonly device: Device;
  readonly repeats: readonly AddonRepeat[];
  readonly candidateCount: number;
  /** [candidateCount][slots] */
  readonly candidates: Float64Array;
}

/** The answers of an evaluation. */
export interface AddonResponse<T extends readonly Task[]> {
  readonly device: 'cpu' | 'cuda';
  readonly notes: readonly string[];
  /** [candidate * repeats + repeat] */
  readonly evaluations: readonly AnswersOf<T>[];
}

/** An evaluation in flight. */
export interface AddonJob<T extends readonly Task[]> {
  /** Settles when it has ended; rejects with `code` CANCELLED after {@link cancel}. */
  readonly result: Promise<AddonResponse<T>>;
  /** Evaluations finished so far. */
  finished(): number;
  /** Stops it soon. */
  cancel(): void;
}

export interface Addon extends TrainerFunctions {
  info(): NativeInfo;
  compile(encoded: Int32Array): {
    program: ProgramHandle;
    parameterValues: number;
    slots: number;
    inputValues: number;
    outputValues: number;
  };
  /** Starts an evaluation. Where the environment (a worker, the process) ends first, it is cancelled. */
  evaluate<T extends readonly Task[]>(program: ProgramHandle, request: AddonRequest<T>): AddonJob<T>;
  seededWeights(program: ProgramHandle, options: AddonSeeded): Float32Array;
  symmetricEigenvalues(matrix: Float64Array, n: number): Float64Array;
  rowCorrelations(rows: Float32Array, n: number): Float64Array | null;
  dispose(program: ProgramHandle): void;
  lockFile(fd: number): boolean;
  /** @returns its place, for {@link unmarkCrashes}; -1: there is none left */
  markCrashes(path: string): number;
  unmarkCrashes(place: number): void;
}
