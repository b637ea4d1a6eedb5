/** What may stand before a genotype in a line of a log or of Python: text that ends in a sign or a word for it. */
const BEFORE = /(?:^|[:=(>"'`]|\bwith|\bgenotype|\barch(?:itecture)?)\s*$/i;
/** What may follow it: closing signs and a comment. */
const AFTER = /^[\s"'`,;.)]*(?:#[^\n]*)?$/;
/** Lines before it that are comments or empty. */
const COMMENTS = /^(?:[ \t]*(?:#[^\n]*)?\n)*/;

/**
 * A text with blanks in place of what surrounds the one genotype in it: a line of a log, a comment, quotes. Positions stay
 * as they are.
 *
 * @param genotype matches a whole genotype; a text with several, or with other words behind it, is returned as it is
 */
export function withoutSurroundings(text: string, genotype: RegExp): string {
  const found = [...text.matchAll(genotype)];
  const [match] = found;
  if (match === undefined || found.length > 1) return text;
  const end = match.index + match[0].length;
  const before = text.slice(0, match.index);
  const after = text.slice(end);
  const line = before.replace(COMMENTS, '');
  if (line.includes('\n') || !BEFORE.test(line) || !AFTER.test(after.trimEnd())) return text;
  return ' '.repeat(before.length) + match[0] + ' '.repeat(after.length);
}
