import { TenasError } from '@tenas/base';

/** Codes that the native engine's errors carry. */
export type NativeErrorCode =
  | 'GRAPH_INVALID'
  | 'GRAPH_TOO_LARGE'
  | 'REQUEST_INVALID'
  | 'OUT_OF_MEMORY'
  | 'CANCELLED'
  | 'DISPOSED'
  | 'NO_CONVERGENCE'
  | 'NOT_FINITE'
  | 'SNAPSHOT_INVALID'
  | 'ISA_UNAVAILABLE'
  | 'CUDA_UNAVAILABLE'
  | 'CUDA_FAILED'
  | 'ADDON_MISSING'
  | 'LOCK_FAILED'
  | 'INTERNAL';

/** An error of the native engine. `code` says what kind; the message names the field and what would be right. */
export class NativeError extends TenasError {
  declare readonly code: NativeErrorCode;

  constructor(code: NativeErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(code, message, options);
    this.name = 'NativeError';
  }
}

/** Turns an error that the addon threw into a NativeError with a stack of the caller. */
export function nativeError(error: unknown): NativeError {
  if (error instanceof NativeError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'INTERNAL';
  const message = error instanceof Error ? error.message : String(error);
  return new NativeError(code as NativeErrorCode, message, { cause: error });
}
