import { describeValue, TenasError } from '@tenas/base';
import type { DatasetShape } from '../dataset-shape.js';
import type { Space } from '../space.js';

/** A space under test and how thoroughly it is tested. */
export interface Subject {
  readonly space: Space;
  /** Architectures drawn for each check. */
  readonly samples: number;
  /** Images that sizes are asked for. */
  readonly images: readonly DatasetShape[];
}

/**
 * The error of a broken contract.
 *
 * @throws TenasError `SPACE_INVALID` unless the condition holds
 */
export function demand(condition: boolean, field: string, message: string): asserts condition {
  if (!condition) throw new TenasError('SPACE_INVALID', `${field}: ${message}`, { field });
}

/** Demands that two values are the same to JSON. */
export function demandSame(got: unknown, wanted: unknown, field: string, message: string): void {
  const same = JSON.stringify(got) === JSON.stringify(wanted);
  demand(same, field, `${message}: got ${describeValue(got)}, expected ${describeValue(wanted)}`);
}

/** Demands that an action throws an error with a code, and not by accident. */
export function demandRefusal(action: () => unknown, field: string, given: unknown): void {
  const problem = `with ${describeValue(given)}`;
  let result: unknown;
  try {
    result = action();
  } catch (error) {
    const coded = error instanceof Error && 'code' in error && typeof error.code === 'string';
    const shown = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    demand(coded, field, `${problem} throws ${shown}, which has no code; throw TenasError of @tenas/base`);
    return;
  }
  demand(false, field, `${problem} returns ${describeValue(result)}; it must throw an error with a code`);
}

/** Some architectures of the space. */
export function samplesOf({ space, samples }: Subject, seed = 7): object[] {
  const drawn = space.sample({ count: Math.min(samples, space.enumeration?.size ?? samples), seed });
  demand(Array.isArray(drawn) && drawn.length > 0, 'sample', 'must return a list of architectures');
  return drawn;
}
