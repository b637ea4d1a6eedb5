import { exitCodesHelp } from './exit-codes.js';

/** How far the lines of a wrapped example stand in. */
const CONTINUED = ' '.repeat(6);

/**
 * Examples for the end of a help: one command a line, at most `width` wide where its flags allow; a line that is too
 * long goes on after a backslash, so that it can still be copied into a shell.
 *
 * @param examples command lines without `$`; those that begin with `#` are remarks on the next one
 * @param notes more to show between the examples and the exit codes
 */
export function examplesText(examples: readonly string[], width: number, notes?: string): string {
  const more = notes === undefined ? '' : `${notes}\n\n`;
  return `\nExamples:\n${exampleLines(examples, width).join('\n')}\n\n${more}${exitCodesHelp}`;
}

/** The lines of examples, as {@link examplesText} has them. */
export function exampleLines(examples: readonly string[], width: number): string[] {
  return examples.map((example) =>
    example.startsWith('#') ? `  ${example}` : wrappedCommand(`  $ ${example}`, width),
  );
}

function wrappedCommand(line: string, width: number): string {
  const [first = '', ...flags] = line.split(/ (?=--|> )/);
  const lines = [first];
  for (const flag of flags) {
    const last = lines.at(-1)!;
    // Two columns for the backslash.
    if (last.length + 1 + flag.length <= width - 2) lines[lines.length - 1] = `${last} ${flag}`;
    else lines.push(`${CONTINUED}${flag}`);
  }
  return lines.join(' \\\n');
}
