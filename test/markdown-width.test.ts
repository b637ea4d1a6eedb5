import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../scripts/steps.mjs';

const WIDTH = 120;

/** Lines of prose over the width, as `number: length`. Tables, code, and lines that are one word may be longer. */
function wideLines(text: string): string[] {
  const prose = text.replaceAll(/^```.*?^```$/gms, (block) => block.replaceAll(/[^\n]/g, ''));
  return prose
    .split('\n')
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.length > WIDTH && !/^(\||#| {4,})/.test(line) && /\S\s+\S/.test(words(line)))
    .map(({ line, number }) => `${number}: ${line.length}`);
}

/** A line in which a code span, an image or a link is one word, as none of these can be broken; without a list's mark. */
function words(line: string): string {
  return line
    .replace(/^\s*([-*]|\d+\.) /, '')
    .replaceAll(/`[^`]*`|!?\[[^\]]*\]\([^)]*\)/g, (span) => 'x'.repeat(span.length));
}

describe('prose in markdown', () => {
  const pages = ['', 'docs/', 'benchmarks/'].flatMap((folder) =>
    readdirSync(join(repositoryRoot, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => folder + name),
  );

  it.each(pages)(`%s is wrapped at ${WIDTH} columns`, (name) => {
    expect(wideLines(readFileSync(join(repositoryRoot, name), 'utf8'))).toEqual([]);
  });

  it('is not confused with tables, code, and lines that cannot be broken', () => {
    const long = 'word '.repeat(30);
    const rest = [
      `| ${long} |`,
      `    ${long}`,
      `\`\`\`\n${long}\n\`\`\``,
      `- [${long}](${long})`,
      'x'.repeat(130),
    ];
    expect(wideLines(rest.join('\n'))).toEqual([]);
    expect(wideLines(`short\n${long}`)).toEqual(['2: 150']);
  });
});
