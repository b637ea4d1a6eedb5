import type { ExitCode } from './exit-codes.js';
import type { Found } from './flag-reading.js';
import type { Action, Usage } from './invocation.js';
import type { Io } from './io.js';

/** A command once it is used: its flags and its work. */
export interface LoadedCommand {
  readonly usage: Usage;
  /**
   * Reads the values and does the work.
   * @throws TenasError OPTION_INVALID for a wrong value; those of the work
   */
  run(found: Found, json: boolean, io: Io): Promise<ExitCode>;
}

/** A command by name; its flags and its work are loaded only when it is used, so that help and version come at once. */
export interface CommandEntry {
  readonly kind: 'command';
  readonly name: string;
  readonly summary: string;
  load(): Promise<LoadedCommand>;
}

/** Commands under a common name, as `tenas data info`. */
export interface CommandGroup {
  readonly kind: 'group';
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly CommandEntry[];
  /** What the name does without one of the commands behind it, as `tenas latency` beside `tenas latency table`. */
  readonly own?: CommandEntry | undefined;
}

/** All that a command line may begin with. */
export type CommandTree = readonly (CommandEntry | CommandGroup)[];

/** A command: one line of help, and where its flags and its work are. */
export function command<U extends Usage>(
  name: string,
  summary: string,
  usage: () => Promise<U>,
  action: () => Promise<Action<U>>,
): CommandEntry {
  const load = async (): Promise<LoadedCommand> => {
    const declared = await usage();
    return {
      usage: declared,
      run: async (found, json, io) => {
        const { readValues } = await import('./flag-reading.js');
        const given = readValues<U['flags'], U['positionals']>(declared.flags, declared.positionals, found);
        const act = await action();
        return await act({ given, json, io });
      },
    };
  };
  return { kind: 'command', name, summary, load };
}

/** A group of commands. */
export function group(name: string, summary: string, commands: readonly CommandEntry[]): CommandGroup {
  return { kind: 'group', name, summary, commands };
}

/** A command with others behind its name, which have to come right after it. */
export function commandWith(own: CommandEntry, commands: readonly CommandEntry[]): CommandGroup {
  return { ...group(own.name, own.summary, commands), own };
}

/** The words of every command: `search`, `batch run`. */
export function commandPaths(tree: CommandTree): string[] {
  return tree.flatMap((node) => {
    if (node.kind === 'command') return [node.name];
    const below = node.commands.map(({ name }) => `${node.name} ${name}`);
    return node.own === undefined ? below : [node.name, ...below];
  });
}

/** The command that a command line names. */
export interface NamedCommand {
  /** The words that were understood: `['data', 'info']`. */
  readonly path: readonly string[];
  /** Null where the words name a group, or nothing. */
  readonly entry: CommandEntry | null;
  /** The first word that is no command. */
  readonly unknown: string | null;
  /** Whether help was asked for, by `--help`, `-h` or the word `help`. */
  readonly help: boolean;
}

/** Finds the command that a command line names, without reading its flags. */
export function namedCommand(tree: CommandTree, argv: readonly string[]): NamedCommand {
  const path: string[] = [];
  let help = argv.includes('--help') || argv.includes('-h');
  let nodes = tree;
  for (const [at, word] of argv.entries()) {
    if (word.startsWith('-')) continue;
    if (word === 'help') {
      help = true;
      continue;
    }
    const node = nodes.find(({ name }) => name === word);
    if (node === undefined) return { path, entry: null, unknown: word, help };
    path.push(word);
    if (node.kind === 'command') return { path, entry: node, unknown: null, help };
    // What follows a flag may be its value.
    const next = argv[at + 1] === 'help' ? argv[at + 2] : argv[at + 1];
    if (node.own !== undefined && !node.commands.some(({ name }) => name === next)) {
      return { path, entry: node.own, unknown: null, help: help || argv[at + 1] === 'help' };
    }
    nodes = node.commands;
  }
  return { path, entry: null, unknown: null, help };
}
