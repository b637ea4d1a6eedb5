import { TenasError } from '@tenas/graph';

/** The error of every setting: code `SETTING_INVALID`, the field, its value, and what would be right. */
export function settingError(field: string, value: unknown, right: string): TenasError {
  const shown = typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? String(value));
  return new TenasError('SETTING_INVALID', `${field} must be ${right}, got ${shown}`, { field, value });
}

/**
 * A whole number from `minimum` to `maximum` (both included).
 * @throws TenasError `SETTING_INVALID` naming the field.
 */
export function checkInteger(
  field: string,
  value: unknown,
  minimum: number,
  maximum: number = Number.MAX_SAFE_INTEGER,
): number {
  if (!Number.isSafeInteger(value) || (value as number) < minimum || (value as number) > maximum) {
    const range =
      maximum === Number.MAX_SAFE_INTEGER ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
    throw settingError(field, value, `a whole number ${range}`);
  }
  return value as number;
}

/**
 * One of a few words.
 * @throws TenasError `SETTING_INVALID` naming the field.
 */
export function checkOneOf<const T extends string>(field: string, value: unknown, words: readonly T[]): T {
  const found = words.find((word) => word === value);
  if (found === undefined) throw settingError(field, value, `one of ${words.join(', ')}`);
  return found;
}

/** Settings with what was given in place of the defaults; a field that is `undefined` counts as not given. */
export function withDefaults<S extends object>(
  defaults: S,
  given: { readonly [K in keyof S]?: S[K] | undefined },
): S {
  const named = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [field, value] of named) {
    if (!Object.hasOwn(defaults, field)) {
      throw settingError(field, value, `absent; the settings are ${Object.keys(defaults).join(', ')}`);
    }
  }
  return { ...defaults, ...Object.fromEntries(named) };
}
