import { isDeepStrictEqual } from 'node:util';
import { TenasError } from '@tenas/base';

/** @throws TenasError `METRIC_INVALID` unless the condition holds */
export function ensure(condition: boolean, problem: string, value?: unknown): asserts condition {
  if (!condition) throw new TenasError('METRIC_INVALID', problem, { value });
}

/** @throws TenasError `METRIC_INVALID` if JSON would lose something of the value */
export function ensurePlain(value: unknown, what: string): void {
  const text = JSON.stringify(value);
  ensure(
    text !== undefined && isDeepStrictEqual(JSON.parse(text), value),
    `${what} must be plain data`,
    value,
  );
}

/** @throws TenasError `METRIC_INVALID` unless both values are the same */
export function ensureSame(one: unknown, other: unknown, problem: string): void {
  ensure(isDeepStrictEqual(one, other), `${problem}: ${JSON.stringify(one)} and ${JSON.stringify(other)}`);
}
