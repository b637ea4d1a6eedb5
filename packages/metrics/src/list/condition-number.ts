/** Why a kernel has no condition number. */
export type NtkFailure =
  /** An eigenvalue is NaN. */
  | 'nan'
  /** An eigenvalue is infinite, or the quotient is beyond double precision. */
  | 'infinite'
  /** The smallest eigenvalue is exactly zero. */
  | 'zero'
  /** The smallest eigenvalue is below zero: rounding, as a kernel J J^T has no negative ones. */
  | 'negative';

/** All failures, for tallies. */
export const NTK_FAILURES: readonly NtkFailure[] = ['nan', 'infinite', 'zero', 'negative'];

/**
 * Condition number from the spectrum of an empirical neural tangent kernel. A kernel may have none; callers decide how
 * such a failure ranks.
 */
export type NtkOutcome =
  | { readonly kind: 'ok'; readonly conditionNumber: number }
  | {
      readonly kind: 'failed';
      readonly reason: NtkFailure;
      /** Largest over smallest eigenvalue, even so: NaN, infinite or negative. */
      readonly quotient: number;
    };

/**
 * Condition number of a kernel: largest over smallest eigenvalue (TE-NAS, arXiv 2102.11535, section 3.1).
 * @param eigenvalues ascending, at least one
 */
export function conditionOutcome(eigenvalues: ArrayLike<number>): NtkOutcome {
  const smallest = eigenvalues[0] ?? Number.NaN;
  const quotient = (eigenvalues[eigenvalues.length - 1] ?? Number.NaN) / smallest;
  for (let i = 0; i < eigenvalues.length; i++) {
    const value = eigenvalues[i]!;
    if (Number.isNaN(value)) return { kind: 'failed', reason: 'nan', quotient: Number.NaN };
    if (!Number.isFinite(value)) return { kind: 'failed', reason: 'infinite', quotient };
  }
  if (Number.isNaN(smallest)) return { kind: 'failed', reason: 'nan', quotient };
  if (smallest < 0) return { kind: 'failed', reason: 'negative', quotient };
  if (smallest === 0) return { kind: 'failed', reason: 'zero', quotient };
  if (!Number.isFinite(quotient)) return { kind: 'failed', reason: 'infinite', quotient };
  return { kind: 'ok', conditionNumber: quotient };
}
