import fc from 'fast-check';

/**
 * A valid text with one to four edits: a stretch is removed, or replaced by one of the words, or doubled.
 *
 * @param words what may be put in; choose tokens of the language so that edits stay close to valid text
 */
export function mutatedText(valid: fc.Arbitrary<string>, words: readonly string[]): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(12),
    put: fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 3 }), fc.constant(undefined)),
  });
  return fc.tuple(valid, fc.array(edit, { minLength: 1, maxLength: 4 })).map(([text, edits]) =>
    edits.reduce((current, { at, length, put }) => {
      const start = Math.floor(at * current.length);
      const stretch = current.slice(start, start + length);
      return current.slice(0, start) + (put ?? stretch + stretch) + current.slice(start + length);
    }, text),
  );
}
