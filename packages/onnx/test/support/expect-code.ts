import { TenasError } from '@tenas/base';
import { expect } from 'vitest';

/** Expects work to throw a TenasError of a code whose message matches. */
export function expectCode(work: () => unknown, code: string, message: RegExp): void {
  let thrown: unknown;
  try {
    work();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(TenasError);
  expect(thrown).toMatchObject({ code, message: expect.stringMatching(message) });
}
