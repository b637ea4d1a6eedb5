/** More words help nobody. */
const MOST_WORDS = 64;

/** Words one after the other, for messages: `a, b, c`; of more than 64 the first, and how many more there are. */
export function wordsText(words: readonly string[]): string {
  if (words.length <= MOST_WORDS) return words.join(', ');
  return `${words.slice(0, MOST_WORDS).join(', ')} and ${words.length - MOST_WORDS} more`;
}
