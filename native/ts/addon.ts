import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { addonFile, waysToBuild } from './addon-file.js';
import type { TrainerFunctions } from './addon-trainer.js';
import { NativeError } from './errors.js';
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
  dispose(program: ProgramHandle): void;
  lockFile(fd: number): boolean;
}

const require = createRequire(import.meta.url);
let loaded: Addon | undefined;

/**
 * Loads the addon on first use; TENAS_ADDON in the environment is the path of another build of it. Throws NativeError
 * ADDON_MISSING with the way to build it.
 */
export function addon(): Addon {
  if (loaded) return loaded;
  const root = fileURLToPath(new URL('..', import.meta.url));
  const path = addonFile(root, process.env.TENAS_ADDON);
  try {
    const found = require(path) as Partial<Addon>;
    // An empty file is a module without anything.
    if (typeof found.evaluate !== 'function') throw new Error('it is no addon of this project');
    loaded = found as Addon;
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new NativeError(
      'ADDON_MISSING',
      `The native addon could not be loaded from ${path}: ${cause}. ${waysToBuild(root)}`,
      { cause: error },
    );
  }
  return loaded;
}

/** Facts about the addon and the machine it runs on. */
export function nativeInfo(): NativeInfo {
  return addon().info();
}
