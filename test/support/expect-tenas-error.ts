import { TenasError } from '@tenas/base';
import { expect } from 'vitest';

/** The TenasError that the action throws; anything else fails the test. */
export function tenasErrorOf(action: () => unknown): TenasError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(TenasError);
    return error as TenasError;
  }
  throw new Error('nothing was thrown; a TenasError was expected');
}

/** Runs the action; a TenasError is fine (undefined is returned), anything else is thrown on. */
export function unlessRefused<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof TenasError) return undefined;
    throw error;
  }
}
