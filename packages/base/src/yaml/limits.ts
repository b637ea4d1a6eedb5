import { Lexer } from 'yaml';

/** Room for every architecture of NAS-Bench-201 by name, three times over; parsing takes a second per 100,000 tokens. */
export const MAX_YAML_BYTES = 1 << 22;
const MAX_TOKENS = 300_000;
/**
 * The parser looks for an alias in the whole document, writes a message about each tag of a node that has one, and compares
 * each key of a map with all others.
 */
const MAX_ALIASES = 100;
const MAX_KEYS = 10_000;
const MAX_DEPTH = 32;

/**
 * Counts what a YAML text would make, in one pass, before it is parsed; parsing takes time that grows with the square of
 * anchors and keys, and a stack that grows with the depth.
 * @returns what there is too much of, or null
 */
export function yamlProblem(text: string): string | null {
  if (text.length > MAX_YAML_BYTES)
    return `it has ${text.length} characters; at most ${MAX_YAML_BYTES} are read`;
  let tokens = 0;
  let aliases = 0;
  let keys = 0;
  let brackets = 0;
  let dashes = 0;
  for (const token of new Lexer().lex(text)) {
    if (++tokens > MAX_TOKENS) return `it has more than ${MAX_TOKENS} words and marks`;
    const first = token[0];
    if (first === '&' || first === '*' || first === '!') aliases++;
    else if (token === ':' || token === '?') keys++;
    else if (token === '[' || token === '{') brackets++;
    else if (token === ']' || token === '}') brackets--;
    else if (token === '-') dashes++;
    else if (token.includes('\n') || token.trim() !== '') dashes = 0;
    if (aliases > MAX_ALIASES) return `it has more than ${MAX_ALIASES} anchors, aliases and tags`;
    if (keys > MAX_KEYS) return `it has more than ${MAX_KEYS} keys`;
    if (Math.max(brackets, dashes) > MAX_DEPTH) return `it is nested deeper than ${MAX_DEPTH} levels`;
  }
  return null;
}
