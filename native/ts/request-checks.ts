import { NativeError } from './errors.js';

// Requests from JavaScript may have any shape: the types of TypeScript are promises.

function refused(name: string, value: unknown, right: string): NativeError {
  const got = value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value;
  return new NativeError('REQUEST_INVALID', `${name} is ${got}; it must be ${right}`);
}

/** A list of a request. @throws NativeError REQUEST_INVALID */
export function requestList<T>(name: string, value: readonly T[]): readonly T[] {
  if (!Array.isArray(value)) throw refused(name, value, 'a list');
  return value;
}

/** An object of a request. @throws NativeError REQUEST_INVALID */
export function requestObject<T extends object>(name: string, value: T): T {
  if (typeof value !== 'object' || value === null) throw refused(name, value, 'an object');
  return value;
}
