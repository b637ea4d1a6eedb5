import type { Choices, Decision } from './domain.js';
import { GenotypeSyntaxError } from './genotype-syntax-error.js';
import { checkLength } from './literal.js';

/** How choices are written one after the other, e.g. `64:32:8`. */
export interface ChoicesText {
  /** Name of the space, for messages. */
  readonly title: string;
  readonly decisions: readonly Decision[];
  readonly separator: string;
}

/** Writes choices in the order of the decisions. */
export function formatChoices(choices: Choices, { decisions, separator }: ChoicesText): string {
  return decisions.map(({ name }) => choices[name]).join(separator);
}

/** Reads choices that stand one after the other. @throws GenotypeSyntaxError at the first that is wrong */
export function parseChoices(text: string, options: ChoicesText): Choices {
  const { title, decisions, separator } = options;
  const what = `${title} architecture`;
  checkLength(text, what);
  const entries: [string, string][] = [];
  let position = 0;
  const fail = (token: string, expected: string): never => {
    throw new GenotypeSyntaxError({ text, position, token, expected, what });
  };
  for (const [place, { name, choices }] of decisions.entries()) {
    const last = place === decisions.length - 1;
    const end = text.indexOf(separator, position);
    const part = text.slice(position, end < 0 ? text.length : end);
    const choice = choices.find((known) => known === part.trim());
    if (choice === undefined) return fail(part, `${name}: one of ${choices.join(', ')}`);
    entries.push([name, choice]);
    position += part.length;
    if (last && end >= 0) fail(separator, `the end: there are ${decisions.length} choices`);
    if (!last && end < 0) fail('', `'${separator}' and ${decisions[place + 1]!.name}`);
    position += separator.length;
  }
  return Object.fromEntries(entries);
}
