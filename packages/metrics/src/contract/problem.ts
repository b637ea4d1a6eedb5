import { isDeepStrictEqual } from 'node:util';
import { isRecord, TenasError } from '@tenas/base';

/** @throws TenasError `METRIC_INVALID` unless the condition holds */
export function ensure(condition: boolean, problem: string, value?: unknown): asserts condition {
  if (!condition) throw new TenasError('METRIC_INVALID', problem, { value });
}

/**
 * @param may what is plain data besides. Default: nothing
 * @throws TenasError `METRIC_INVALID` if JSON would lose something of the value
 */
export function ensurePlain(value: unknown, what: string, may: { readonly hold?: 'numbers' } = {}): void {
  const plain = may.hold === 'numbers' ? numbersAsLists(value) : value;
  const text = JSON.stringify(plain);
  ensure(
    text !== undefined && isDeepStrictEqual(JSON.parse(text), plain),
    `${what} must be plain data`,
    value,
  );
}

/** The value with the typed arrays in it, at any depth, as lists. */
function numbersAsLists(value: unknown): unknown {
  if (value instanceof Float32Array) return Array.from(value);
  if (Array.isArray(value)) return value.map(numbersAsLists);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([field, one]) => [field, numbersAsLists(one)]));
}

/** @throws TenasError `METRIC_INVALID` unless both values are the same */
export function ensureSame(one: unknown, other: unknown, problem: string): void {
  ensure(isDeepStrictEqual(one, other), `${problem}: ${JSON.stringify(one)} and ${JSON.stringify(other)}`);
}
