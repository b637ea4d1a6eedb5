import { describeValue } from './describe-value.js';
import { TenasError } from './errors.js';
import { wordsText } from './words-text.js';

/**
 * The error of a wrong argument: names the field, its value and what would be right.
 *
 * @param right completes "must be ...", e.g. `a whole number from 1 to 3`
 * @param code of the error; areas with a special code pass it
 */
export function settingError(
  field: string,
  value: unknown,
  right: string,
  code = 'SETTING_INVALID',
): TenasError {
  return new TenasError(code, `${field} must be ${right}, got ${describeValue(value)}`, { field, value });
}

/** How messages name a range of whole numbers: `a whole number from 1 to 3`, or `of at least 1` where it has no end. */
export function wholeNumberText(minimum: number, maximum: number): string {
  const range =
    maximum === Number.MAX_SAFE_INTEGER ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
  return `a whole number ${range}`;
}

/**
 * A whole number from `minimum` to `maximum` (both included).
 * @throws TenasError `code` naming the field.
 */
export function checkInteger(
  field: string,
  value: unknown,
  minimum: number,
  maximum: number = Number.MAX_SAFE_INTEGER,
  code?: string,
): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= minimum && value <= maximum) {
    return value;
  }
  throw settingError(field, value, wholeNumberText(minimum, maximum), code);
}

/**
 * One of a few words.
 * @throws TenasError `code` naming the field.
 */
export function checkOneOf<const T extends string>(
  field: string,
  value: unknown,
  words: readonly T[],
  code?: string,
): T {
  const found = words.find((word) => word === value);
  if (found === undefined) throw settingError(field, value, `one of ${wordsText(words)}`, code);
  return found;
}

/** Whether a value is an object with fields: no array, not null. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Refuses what is no object, and fields that are not among the known ones.
 *
 * @param name of the whole, for the message
 * @throws TenasError `code` naming the field.
 */
export function checkFields(name: string, given: unknown, known: readonly string[], code?: string): void {
  if (!isRecord(given)) throw settingError(name, given, 'an object', code);
  for (const [field, value] of Object.entries(given)) {
    if (!known.includes(field)) {
      throw settingError(field, value, `absent; the known fields are ${known.join(', ')}`, code);
    }
  }
}

/**
 * Settings with what was given in place of the defaults; a field that is `undefined` counts as not given.
 * @throws TenasError `code` naming a field that the defaults do not have.
 */
export function withDefaults<S extends object>(
  defaults: S,
  given: { readonly [K in keyof S]?: S[K] | undefined },
  code?: string,
): S {
  const named = Object.entries(given).filter(([, value]) => value !== undefined);
  const settings = Object.fromEntries(named);
  checkFields('settings', settings, Object.keys(defaults), code);
  return { ...defaults, ...settings };
}
