/**
 * Characters that a reader does not see or that change how others are seen: controls, separators of lines, marks of
 * direction, zero-width and private ones, halves of surrogate pairs.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;

/** Writes unseen characters as `\uXXXX`: JSON text stays JSON text of the same value. */
export function escapeUnseen(json: string): string {
  return json.replace(UNSEEN, (character) =>
    // By code units: JSON writes a character beyond the first plane as two.
    Array.from(
      { length: character.length },
      (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

/** Text for one line: unseen characters as `\uXXXX`, at most `longest` characters. */
export function oneLine(text: string, longest: number): string {
  const characters = [...text];
  const shown = characters.length > longest ? [...characters.slice(0, longest - 1), '…'] : characters;
  return escapeUnseen(shown.join(''));
}
