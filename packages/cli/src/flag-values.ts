import { wholeNumberText } from '@tenas/base';
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

/** Whole numbers between commas, as `1,2,4`. */
export function integerList(minimum: number, maximum: number) {
  const each = integer(minimum, maximum);
  return z.string().transform((list, context) => {
    const parsed = list.split(',').map((word) => each.safeParse(word.trim()));
    const values = parsed.flatMap(({ data }) => (data === undefined ? [] : [data]));
    if (values.length === parsed.length) return values;
    context.addIssue({ code: 'custom', message: `whole numbers from ${minimum} to ${maximum}, as 1,2,4` });
    return z.NEVER;
  });
}

/** A share between 0 and 1, both excluded. */
export function share() {
  const wanted = 'a share between 0 and 1, such as 0.95';
  return z.coerce
    .number({ error: () => wanted })
    .gt(0, { error: () => wanted })
    .lt(1, { error: () => wanted });
}

/** One of a few words. */
export function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words, { error: () => `one of ${words.join(', ')}` });
}

/** Text that is not empty. */
export function text(wanted: string) {
  return z.string({ error: () => wanted }).refine((value) => value.trim() !== '', { error: () => wanted });
}

/** Words between separators, as `a,b`. */
export function wordList(wanted: string, separator: ',' | '+') {
  return text(wanted).transform((list) => list.split(separator).map((word) => word.trim()));
}
