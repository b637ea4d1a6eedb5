import { TenasError, wholeNumberText } from '@tenas/base';
import { z } from 'zod';

/** A whole number in a range, given as text. */
export function integer(minimum: number, maximum: number = Number.MAX_SAFE_INTEGER) {
  const wanted = wholeNumberText(minimum, maximum);
  return z.string().transform((text, context) => {
    const value = Number(text);
    if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(value) && value >= minimum && value <= maximum) {
      return value;
    }
    context.addIssue({ code: 'custom', message: wanted });
    return z.NEVER;
  });
}

/** One of a few words. */
export function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words, { error: () => `one of ${words.join(', ')}` });
}

/** Text that is not empty. */
export function text(wanted: string) {
  return z.string({ error: () => wanted }).refine((value) => value.trim() !== '', { error: () => wanted });
}

/** Seeds are whole numbers that fit 53 bits. */
export const seedOption = integer(0).default(0);

/** Number of worker threads; all of the machine's when not given. */
export const threadsOption = integer(1, 1024).optional();

/** Where the engine evaluates; left to the engine when not given. */
export const deviceOption = oneOf(['auto', 'cpu', 'cuda']).optional();

/** The flag of an option's key: `ntkMode` is `--ntk-mode`; single capitals are flags as they are. */
function flagOf(key: string): string {
  return /^[A-Z]$/.test(key)
    ? `--${key}`
    : `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/**
 * Checks what the command line gave. Flags that were not given are undefined, and stay so where optional.
 * @throws TenasError OPTION_INVALID naming the flag, the value and what would be right
 */
export function parseOptions<T extends z.ZodType>(
  schema: T,
  given: Readonly<Record<string, unknown>>,
): z.output<T> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const key = String(issue?.path[0] ?? '');
  const value = given[key];
  const got = value === undefined ? 'is missing' : `got ${JSON.stringify(value)}`;
  throw new TenasError(
    'OPTION_INVALID',
    `${flagOf(key)}: ${got}; give ${issue?.message ?? 'another value'}`,
    {
      field: flagOf(key),
      value,
    },
  );
}
