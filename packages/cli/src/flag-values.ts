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

/** A number in a range, given as text, as `0.5`. */
export function decimal(minimum: number, maximum: number) {
  const wanted = `a number from ${minimum} to ${maximum}`;
  return z.string().transform((text, context) => {
    const value = Number(text);
    if (/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) && value >= minimum && value <= maximum) return value;
    context.addIssue({ code: 'custom', message: wanted });
    return z.NEVER;
  });
}

/** The value of a flag that may stand alone, as `--serve` beside `--serve 8080`; alone it is `true`. */
export function orAlone<S extends z.ZodType>(schema: S) {
  return z.union([z.literal(true), schema], {
    // Says what the value should be, and not that it fits neither.
    error: ({ code, errors }) =>
      code === 'invalid_union' ? (errors as z.core.$ZodIssue[][]).at(-1)?.[0]?.message : undefined,
  });
}

/** Whole numbers between commas, as `1,2,4`. */
export function integerList(minimum: number, maximum: number) {
  const each = integer(minimum, maximum);
  return z.string().transform((list, context) => {
    const words = itemsOf(list, ',');
    const parsed = words.map((word) => each.safeParse(word));
    const values = parsed.flatMap(({ data }) => (data === undefined ? [] : [data]));
    if (values.length === parsed.length) return values;
    const wanted = `whole numbers from ${minimum} to ${maximum}, as 1,2,4`;
    context.addIssue({ code: 'custom', message: withoutGaps(wanted, words) });
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

/** Words between separators, as `a,b`. An item that is empty is refused. */
export function wordList(wanted: string, separator: ',' | '+') {
  return text(wanted).transform((list, context) => {
    const words = itemsOf(list, separator);
    if (!words.includes('')) return words;
    context.addIssue({ code: 'custom', message: withoutGaps(wanted, words) });
    return z.NEVER;
  });
}

function itemsOf(list: string, separator: string): string[] {
  return list.split(separator).map((word) => word.trim());
}

/** Says of a list what is wrong with it where one of its items is empty. */
function withoutGaps(wanted: string, words: readonly string[]): string {
  return words.length > 1 && words.includes('')
    ? `${wanted}; item ${words.indexOf('') + 1} is empty`
    : wanted;
}
