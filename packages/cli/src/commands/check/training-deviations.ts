import type { TrainingCase } from './training-fixture.js';

/** Double precision has to be this close. */
const DOUBLE = 1e-9;
/** A sound engine in single precision stays within this multiple of what the fixture measured. */
const FACTOR = 20;
/** It never has to do better than this. */
const FLOOR = 1e-5;
/** After all steps of a run. */
const FLOOR_AFTER_RUN = 1e-4;
/** Where a ReLU may be decided otherwise (steadiness below 1): what other seeds showed that to do. */
const UNSTEADY: Readonly<Record<string, number>> = { losses: 4e-4, final: 1e-3, eval_logits: 3e-2 };
const UNSTEADY_OTHERS = 1e-3;

/** How far each kind of tensor is off, and how far it may be. */
export interface Deviations {
  readonly ok: boolean;
  /** Norm of the difference over norm of the expected, over all tensors of a kind. */
  readonly deviations: Readonly<Record<string, number>>;
  readonly tolerances: Readonly<Record<string, number>>;
}

/** Collects differences by kind of tensor. */
export class DeviationSums {
  readonly #sums = new Map<string, { difference: number; norm: number }>();

  /** Adds a tensor; one of another length than expected is off. */
  add(kind: string, got: ArrayLike<number>, expected: ArrayLike<number>): void {
    const sums = this.#sums.get(kind) ?? { difference: 0, norm: 0 };
    if (got.length !== expected.length) sums.difference = Number.NaN;
    for (let i = 0; i < expected.length; i++) {
      sums.difference += (got[i]! - expected[i]!) ** 2;
      sums.norm += expected[i]! ** 2;
    }
    this.#sums.set(kind, sums);
  }

  /** What was found, against the tolerances of the fixture for an engine. */
  result(described: TrainingCase, engine: 'fast' | 'reference'): Deviations {
    const deviations: Record<string, number> = {};
    const tolerances: Record<string, number> = {};
    let ok = true;
    for (const [kind, { difference, norm }] of this.#sums) {
      const deviation = difference === 0 ? 0 : Math.sqrt(difference) / Math.sqrt(norm);
      const tolerance = engine === 'reference' ? DOUBLE : singleTolerance(kind, described);
      deviations[kind] = deviation;
      tolerances[kind] = tolerance;
      // Written so that NaN is off.
      if (!(deviation <= tolerance)) ok = false;
    }
    return { ok, deviations, tolerances };
  }
}

function singleTolerance(kind: string, { task, steadiness, f32_error: errors }: TrainingCase): number {
  const [base = kind] = kind.split('.');
  const afterRun = task !== 'gradient' && (base === 'final' || base === 'eval_logits');
  const floor = afterRun ? FLOOR_AFTER_RUN : FLOOR;
  const tolerance = Math.max(floor, FACTOR * (errors[kind] ?? 0));
  // Before a decision can have changed, nothing is off.
  if (steadiness >= 1 || base === 'after_1') return tolerance;
  return Math.max(tolerance, UNSTEADY[base] ?? UNSTEADY_OTHERS);
}
