import type { z } from 'zod';
import type { CommandTree } from '../../command-tree.js';
import { type Flags, flagName, type Positionals, type ValueFlag } from '../../flags.js';
import { schemaWords } from '../../schema-words.js';

/** What can be completed in the place of a value. */
export type Completed =
  | {
      readonly kind: 'words';
      readonly words: readonly string[];
      /** Whether several may stand behind each other, with commas. */
      readonly list: boolean;
      /** Endings of files that may stand in the place of a word. */
      readonly endings: readonly string[];
    }
  | { readonly kind: 'files' | 'folders' | 'nothing' };

/** A flag of a command. */
export interface CompletedFlag {
  /** With dashes. */
  readonly name: string;
  readonly help: string;
  /** null: it takes no value. */
  readonly value: Completed | null;
}

/** A command, or the words before one: `batch`, and empty for `tenas` itself. */
export interface CompletedCommand {
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly help: string }[];
  readonly flags: readonly CompletedFlag[];
  /** What its arguments are. */
  readonly argument: Completed;
}

const HELP: CompletedFlag = { name: '--help', help: 'print this help', value: null };
const OF_ALL: readonly CompletedFlag[] = [
  HELP,
  { name: '--json', help: 'print one JSON document', value: null },
  { name: '--quiet', help: 'no progress', value: null },
];
const OF_TENAS: readonly CompletedFlag[] = [
  HELP,
  { name: '--version', help: 'print the version', value: null },
];
const NOTHING: Completed = { kind: 'nothing' };

/**
 * Everything that the shell completes: the commands with their flags and the words that those take. They are declared
 * here anyway, so the scripts are made of them: `@bomb.sh/tab` would start Node at every key, and reads commander's tree,
 * in which the flags of a command are only once it is used.
 */
export async function completedCommands(tree: CommandTree): Promise<CompletedCommand[]> {
  const nodes = tree.map(({ name, summary }) => ({ name, help: summary }));
  const found: CompletedCommand[] = [{ path: '', commands: nodes, flags: OF_TENAS, argument: NOTHING }];
  for (const node of tree) {
    const below = node.kind === 'command' ? [] : node.commands;
    const own = node.kind === 'command' ? node : node.own;
    found.push({
      path: node.name,
      commands: below.map(({ name, summary }) => ({ name, help: summary })),
      ...(own === undefined ? { flags: [HELP], argument: NOTHING } : usageOf((await own.load()).usage)),
    });
    for (const entry of below) {
      found.push({
        path: `${node.name} ${entry.name}`,
        commands: [],
        ...usageOf((await entry.load()).usage),
      });
    }
  }
  return found;
}

function usageOf(usage: {
  readonly flags: Flags;
  readonly positionals: Positionals;
}): Pick<CompletedCommand, 'flags' | 'argument'> {
  const flags = Object.entries(usage.flags).map(([key, declared]): CompletedFlag => {
    const { help } = declared;
    const value = declared.kind === 'switch' ? null : completedFor(declared.takes, declared.schema, declared);
    return { name: flagName(key), help, value };
  });
  const [argument] = Object.values(usage.positionals);
  return {
    flags: [...flags, ...OF_ALL],
    argument: argument === undefined ? NOTHING : completedFor('<path>', argument.schema),
  };
}

function completedFor(
  takes: string,
  schema: z.ZodType,
  given: Pick<ValueFlag, 'words' | 'endings'> = {},
): Completed {
  const { words = schemaWords(schema), endings = [] } = given;
  if (words !== undefined) return { kind: 'words', words, list: takes === '<list>', endings };
  if (takes === '<dir>') return { kind: 'folders' };
  return { kind: /^<(file|path|csv)>$/.test(takes) ? 'files' : 'nothing' };
}
