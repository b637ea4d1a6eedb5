/** A word of this many letters per mistake is still taken for a mistyped one. */
const LETTERS_PER_MISTAKE = 3;

/**
 * The known words that a mistyped word may stand for, the nearest first: those that so few letters added, left out,
 * replaced or swapped with their neighbour turn it into (one per three letters, at least one). Upper and lower case are
 * the same.
 */
export function nearWords(word: string, known: readonly string[]): string[] {
  const given = word.toLowerCase();
  return known
    .map((candidate) => ({ candidate, mistakes: mistakesBetween(given, candidate.toLowerCase()) }))
    .filter(
      ({ candidate, mistakes }) =>
        mistakes <= Math.max(1, Math.floor(Math.max(word.length, candidate.length) / LETTERS_PER_MISTAKE)),
    )
    .sort((a, b) => a.mistakes - b.mistakes)
    .map(({ candidate }) => candidate);
}

/** Optimal string alignment distance: Levenshtein's, with neighbours swapped as one mistake. */
function mistakesBetween(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let least = Math.min(above[column]! + 1, current[column - 1]! + 1, above[column - 1]! + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) least = Math.min(least, before[column - 2]! + 1);
      current.push(least);
    }
    before = above;
    above = current;
  }
  return above[b.length]!;
}
