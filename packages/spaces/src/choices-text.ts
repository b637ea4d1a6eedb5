import { wordsText } from '@tenas/base';
import type { Choices, Decision } from './domain.js';
import { GenotypeSyntaxError } from './genotype-syntax-error.js';
import { checkLength } from './literal.js';

/** How choices are written one after the other, e.g. `64:32:8`. */
export interface ChoicesText {
  /** Name of the space, for messages. */
  readonly title: string;
  readonly decisions: readonly Decision[];
  /** Between any two choices, or a list of what stands between each two; empty where choices are single characters. */
  readonly separator: string | readonly string[];
}

function separatorAfter(place: number, { separator }: ChoicesText): string {
  return typeof separator === 'string' ? separator : separator[place]!;
}

/** Writes choices in the order of the decisions. */
export function formatChoices(choices: Choices, text: ChoicesText): string {
  const { decisions } = text;
  const last = decisions.length - 1;
  return decisions
    .map(({ name }, place) => `${choices[name]}${place < last ? separatorAfter(place, text) : ''}`)
    .join('');
}

/** Known choices that are laid out in lines, as the text of their architecture. */
export function knownChoices(lines: string): string {
  return lines.trim().split(/\s+/).join(':');
}

/** Reads choices that stand one after the other. @throws GenotypeSyntaxError at the first that is wrong */
export function parseChoices(text: string, options: ChoicesText): Choices {
  const { title, decisions } = options;
  const what = `${title} architecture`;
  checkLength(text, what);
  const entries: [string, string][] = [];
  let position = 0;
  const fail = (token: string, expected: string): never => {
    throw new GenotypeSyntaxError({ text, position, token, expected, what });
  };
  for (const [place, { name, choices }] of decisions.entries()) {
    const last = place === decisions.length - 1;
    // After the last choice nothing may come, least of all what stood before it.
    const separator = separatorAfter(Math.min(place, decisions.length - 2), options);
    const end = endOf(text, position, separator, last);
    const part = text.slice(position, end < 0 ? text.length : end);
    const choice = choices.find((known) => known === part.trim());
    if (choice === undefined) return fail(part, `${name}: one of ${wordsText(choices)}`);
    entries.push([name, choice]);
    position += part.length;
    if (last && end >= 0) fail(text.slice(end), `the end: there are ${decisions.length} choices`);
    if (!last && end < 0) fail('', `'${separator}' and ${decisions[place + 1]!.name}`);
    position += separator.length;
  }
  return Object.fromEntries(entries);
}

/** Where a choice that begins at `position` ends, or -1 if the text does. */
function endOf(text: string, position: number, separator: string, last: boolean): number {
  if (separator !== '') return text.indexOf(separator, position);
  const rest = text.slice(position);
  const end = position + rest.length - rest.trimStart().length + 1;
  const ends = last ? text.trimEnd().length <= end : end > text.length;
  return ends ? -1 : end;
}
