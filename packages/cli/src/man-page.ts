import { Command, type Help } from 'commander';
import { commandList } from './command-list.js';
import { type CommandEntry, type CommandTree, commandPaths } from './command-tree.js';
import { exitCodesHelp } from './exit-codes.js';
import { exampleLines } from './help-text.js';
import { DESCRIPTION, declare, programHelp } from './program.js';
import { version } from './version.js';

/** Columns of text that is shown as it is. */
const WIDTH = 72;

/** The manual page of `tenas` in the macros of man(7): the help of all commands, one after the other. */
export async function tenasManPage(): Promise<string> {
  const tree = commandList;
  const parts: string[] = [];
  for (const path of commandPaths(tree)) parts.push(await commandPart(path, entryOf(tree, path)));
  return `${[
    `.TH TENAS 1 "" "tenas ${version()}" "User Commands"`,
    '.SH NAME',
    `tenas \\- ${roff(DESCRIPTION)}`,
    '.SH SYNOPSIS',
    '.B tenas',
    '.I COMMAND',
    '[options]',
    '.SH DESCRIPTION',
    verbatim(programHelp(WIDTH)),
    '.SH COMMANDS',
    ...parts,
    '.SH EXIT STATUS',
    verbatim(exitCodesHelp.split('\n').slice(1).join('\n')),
  ].join('\n')}\n`;
}

function entryOf(tree: CommandTree, path: string): CommandEntry {
  const [first, second] = path.split(' ');
  const node = tree.find(({ name }) => name === first);
  const entry =
    node?.kind === 'command'
      ? node
      : second === undefined
        ? node?.own
        : node?.commands.find(({ name }) => name === second);
  if (entry === undefined) throw new Error(`${path} is no command`);
  return entry;
}

async function commandPart(path: string, entry: CommandEntry): Promise<string> {
  const { usage } = await entry.load();
  const command = new Command(path).description(entry.summary);
  declare(command, usage, usage.hidden?.({}) ?? []);
  const help = command.createHelp();
  const items = [
    ...help
      .visibleArguments(command)
      .map((one) => item(help.argumentTerm(one), help.argumentDescription(one))),
    ...optionItems(command, help),
  ];
  const details = usage.details === undefined ? [] : [verbatim((await usage.details({}, WIDTH)).trim())];
  const notes = usage.notes === undefined ? [] : [verbatim(usage.notes)];
  return [
    `.SS "${roff(`tenas ${command.name()} ${command.usage()}`)}"`,
    roff(entry.summary),
    ...items,
    ...details,
    '.PP',
    'Examples:',
    verbatim(exampleLines(usage.examples, WIDTH).join('\n')),
    ...notes,
  ].join('\n');
}

/** The options of a command; `--help` needs no page. */
function optionItems(command: Command, help: Help): string[] {
  return help
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help')
    .map((option) => item(help.optionTerm(option), help.optionDescription(option)));
}

function item(term: string, text: string): string {
  return `.TP\n.B "${roff(term)}"\n${roff(text)}`;
}

/** Text whose lines stay as they are. */
function verbatim(text: string): string {
  return `.PP\n.nf\n${text.split('\n').map(roff).join('\n')}\n.fi`;
}

/** Text that roff prints as it stands: also hyphens, quotes, and lines that begin as a request. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('"', '\\(dq')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('-', '\\-')
    .replace(/^\./gm, '\\&.')
    .replace(
      /[^\n\x20-\x7e]/gu,
      (character) => `\\[u${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`,
    );
}
