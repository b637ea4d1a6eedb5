import { NativeError } from '@tenas/native';
import { expect } from 'vitest';

/** The code of the engine's error that an action ends with; `no error` if it ends well. */
export async function nativeErrorCode(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    expect(error).toBeInstanceOf(NativeError);
    return (error as NativeError).code;
  }
  return 'no error';
}
