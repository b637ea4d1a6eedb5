import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { NativeError } from './errors.js';

/** What the addon reports about itself and the machine. */
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

/** A compiled program inside the addon. */
export interface ProgramHandle {
  readonly __program: unique symbol;
}

/** A repeat as the addon takes it: explicit weights, or the three numbers that generate them. */
export type AddonRepeat =
  | { readonly inputs: Float32Array; readonly weights: Float32Array }
  | { readonly inputs: Float32Array; readonly seed: bigint; readonly repeat: number; readonly init: number };

/** The one plain struct that an evaluation passes to the addon. */
export interface AddonRequest {
  readonly task: 'forward' | 'ntk' | 'regions';
  /** forward: 0 batch statistics, 1 running statistics. */
  readonly statistics: number;
  /** ntk: 0 through the batch statistics, 1 with constant statistics. */
  readonly mode: number;
  readonly batches: number;
  readonly popcounts: boolean;
  readonly batchSize: number;
  readonly threads: number;
  readonly reference: boolean;
  /** '' for the best available. */
  readonly isa: string;
  /** 0 auto, 1 cpu, 2 cuda. */
  readonly device: number;
  readonly repeats: readonly AddonRepeat[];
  readonly candidateCount: number;
  /** [candidateCount][slots] */
  readonly candidates: Float64Array;
}

export interface AddonEvaluation {
  readonly logits: Float32Array;
  readonly statistics: Float32Array;
  readonly kernel: Float64Array;
  readonly eigenvalues: Float64Array;
  readonly regions: number;
  readonly neurons: number;
  readonly popcounts?: Int32Array;
}

export interface Addon {
  info(): NativeInfo;
  compile(encoded: Int32Array): {
    program: ProgramHandle;
    parameterValues: number;
    slots: number;
    inputValues: number;
    outputValues: number;
  };
  /** `control[0]` set to non-zero cancels; `control[1]` counts finished evaluations; `control[2]` becomes 1 on a CUDA device. */
  evaluate(program: ProgramHandle, request: AddonRequest, control: Int32Array): Promise<AddonEvaluation[]>;
  seededWeights(
    program: ProgramHandle,
    options: { seed: bigint; repeat: number; init: number },
  ): Float32Array;
  dispose(program: ProgramHandle): void;
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
  const path = process.env.TENAS_ADDON ?? `${root}build/Release/tenas_native.node`;
  try {
    loaded = require(path) as Addon;
  } catch (error) {
    throw new NativeError(
      'ADDON_MISSING',
      `The native addon could not be loaded from ${path}. Build it with "npm run setup" in the repository, or ` +
        `"npx cmake-js compile" in ${root} (needs cmake, a C++20 compiler and Eigen 3.4). Cause: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
  return loaded;
}

/** Facts about the addon and the machine it runs on. */
export function nativeInfo(): NativeInfo {
  return addon().info();
}
