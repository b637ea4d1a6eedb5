import { RandomStream } from '@tenas/base';
import { mutatedBytes, mutatedJson, mutatedText } from './mutations.js';

/** A reader that is tried with damaged inputs. */
export interface FuzzTarget {
  readonly name: string;
  /** The bytes of an input; a function of the numbers alone. */
  readonly input: (seed: number, number: number) => Uint8Array;
  /** Reads it. A value and a coded error are both fine. */
  readonly read: (input: Uint8Array) => unknown;
}

interface Described {
  readonly name: string;
  readonly read: (input: Uint8Array) => unknown;
}

/** Every so many inputs is not damaged, so that reading is tried as well. */
const WHOLE = 16;

function withStream(
  name: string,
  make: (random: RandomStream, isWhole: boolean) => Uint8Array,
): FuzzTarget['input'] {
  return (seed, number) => make(new RandomStream('fuzz', name, seed, number), number % WHOLE === 0);
}

const one = <T>(list: readonly T[], random: RandomStream): T => list[random.below(list.length)]!;

/** A reader of bytes. @param seeds valid files, made when they are first needed */
export function byteTarget({
  name,
  read,
  seeds,
}: Described & { readonly seeds: () => readonly Uint8Array[] }): FuzzTarget {
  let made: readonly Uint8Array[] | undefined;
  return {
    name,
    read,
    input: withStream(name, (random, isWhole) => {
      made ??= seeds();
      const file = one(made, random);
      return isWhole ? file : mutatedBytes(file, made, random);
    }),
  };
}

/** A reader of text. @param tokens words and signs of its language */
export function textTarget(target: {
  readonly name: string;
  readonly read: (text: string) => unknown;
  readonly seeds: () => readonly string[];
  readonly tokens: readonly string[];
}): FuzzTarget {
  const { name, read, seeds, tokens } = target;
  let made: readonly string[] | undefined;
  return {
    name,
    read: (input) => read(Buffer.from(input).toString('utf8')),
    input: withStream(name, (random, isWhole) => {
      made ??= seeds();
      const text = one(made, random);
      return Buffer.from(isWhole ? text : mutatedText(text, { tokens, others: made, random }));
    }),
  };
}

/** A reader of JSON, or of what it holds: documents that are changed as values, and sometimes as text. */
export function jsonTarget(target: {
  readonly name: string;
  readonly read: (text: string) => unknown;
  readonly seeds: () => readonly unknown[];
}): FuzzTarget {
  const { name, read, seeds } = target;
  let made: readonly unknown[] | undefined;
  return {
    name,
    read: (input) => read(Buffer.from(input).toString('utf8')),
    input: withStream(name, (random, isWhole) => {
      made ??= seeds();
      const value = one(made, random);
      if (isWhole) return Buffer.from(JSON.stringify(value));
      const changed = JSON.stringify(mutatedJson(value, made, random)) ?? 'null';
      if (random.below(8) > 0) return Buffer.from(changed);
      return Buffer.from(mutatedText(changed, { tokens: JSON_TOKENS, others: [changed], random }));
    }),
  };
}

const JSON_TOKENS = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  'null',
  '1e999',
  '-0',
  '\\u0000',
  '\\ud800',
  '"__proto__":',
];
