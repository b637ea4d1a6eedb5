import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { commandList } from '../src/command-list.js';
import { namedCommand } from '../src/command-tree.js';
import { flagName } from '../src/flags.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Pages of the repository that show command lines. */
const pages = ['README.md', ...readdirSync(`${root}docs`).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);

/** Command lines in a page: those of indented lines, and those in code within a line. */
function commandLines(page: string): string[] {
  const text = readFileSync(root + page, 'utf8');
  const indented = [...text.matchAll(/^ {4,}(?:\$ )?(?:npx )?tenas (.*)$/gm)].map(([, words]) => words!);
  const inline = [...text.matchAll(/`(?:npx )?tenas ([^`]*)`/g)].map(([, words]) => words!);
  return [...indented, ...inline].map((line) => line.replace(/ {2,}#.*$| &$/, ''));
}

const lines = pages.flatMap((page) => commandLines(page).map((line) => [page, line] as const));

/** Flags of a command as people type them. */
async function flagsOf(argv: readonly string[]): Promise<string[]> {
  const { entry } = namedCommand(commandList, argv);
  const { flags } = (await entry?.load())?.usage ?? { flags: {} };
  return ['--json', '--quiet', '--help', ...Object.keys(flags).map(flagName)];
}

/** What docs/cli.md says of each command: its words, and the flags that are named below its heading. */
const sections = readFileSync(`${root}docs/cli.md`, 'utf8')
  .split(/^## /m)
  .flatMap((section) => {
    const words = /^`tenas (\w+)`\n/.exec(section)?.[1];
    const flags = [...section.matchAll(/`(--[\w-]+)/g)].map(([, flag]) => flag!);
    return words === undefined ? [] : [[words, [...new Set(flags)]] as const];
  });

describe('docs/cli.md', () => {
  it.each(sections)('tenas %s has the flags %j', async (word, flags) => {
    const node = commandList.find(({ name }) => name === word)!;
    const below = node.kind === 'command' ? [] : node.commands.map(({ name }) => [word, name]);
    const paths = [[word], ...below];
    const known = (await Promise.all(paths.map(flagsOf))).flat();
    expect(known).toEqual(expect.arrayContaining([...flags]));
  });
});

describe('command lines in the documentation', () => {
  it('are found', () => {
    expect(lines.length).toBeGreaterThan(60);
  });

  it.each(lines.filter(([, line]) => !line.startsWith('COMMAND') && !line.startsWith('-')))(
    '%s: tenas %s',
    async (_page, line) => {
      // What is quoted, and what comes after a pipe, is not the command's.
      const argv = line
        .replaceAll(/'[^']*'/g, "''")
        .split(/ [|>] /)[0]!
        .split(/\s+/);
      expect(namedCommand(commandList, argv).path).not.toEqual([]);
      const used = argv.filter((word) => word.startsWith('--'));
      expect(await flagsOf(argv)).toEqual(expect.arrayContaining(used));
    },
  );
});
