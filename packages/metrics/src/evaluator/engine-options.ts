import type { Device, Isa } from '@tenas/native';

/** Where and how the engine evaluates; results of one device do not depend on the number of threads. */
export interface EngineOptions {
  /** Default: all of the machine's. */
  readonly threads?: number | undefined;
  /** `fast` (default) or the plain loops in double that it is checked against. */
  readonly engine?: 'fast' | 'reference' | undefined;
  /** Default `auto`: a CUDA device if there is one, else the CPU. */
  readonly device?: Device | undefined;
  /** Forces a kernel set of the CPU; default: the best that it has. Sets differ by rounding. */
  readonly isa?: Isa | undefined;
  /** Hears what the engine has to tell people, e.g. why `auto` did not use the CUDA device that there is; each note once. */
  readonly onNote?: ((note: string) => void) | undefined;
}
