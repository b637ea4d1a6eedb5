import { Command, CommanderError } from 'commander';
import { commandList } from './command-list.js';
import {
  type CommandEntry,
  type CommandTree,
  commandPaths,
  type LoadedCommand,
  type NamedCommand,
  namedCommand,
} from './command-tree.js';
import { type ExitCode, exitCodes, exitCodesHelp } from './exit-codes.js';
import { report } from './failures.js';
import { addToCommand } from './flags.js';
import { examplesText } from './help-text.js';
import { type Io, withShownErrors } from './io.js';
import { version } from './version.js';

/** What `tenas` is, in a sentence. */
export const DESCRIPTION =
  'Training-free neural architecture search (TE-NAS): finds, scores and exports networks.';

/** The end of the help of `tenas` itself. */
export function programHelp(width: number): string {
  const examples = [
    '# search on synthetic images, a few seconds',
    'tenas search',
    '# search on CIFAR-10',
    'tenas search --dataset cifar10 --data DIR --seed 1',
    "tenas export --arch '|...|+|...|...|+|...|...|...|' --out net.onnx --check",
  ];
  return `${examplesText(examples, width)}

\`tenas COMMAND --help\` explains a command. TENAS_DEBUG=1 adds stack traces to
errors. docs/cli.md describes documents, files, settings and exit codes.`;
}

/** Where a terminal does not say how wide it is. */
const DEFAULT_COLUMNS = 80;

/**
 * Runs the command line in this process.
 * @param argv arguments without the program's name
 * @returns the exit code; errors are reported through `io` and not thrown
 */
export async function runCli(argv: readonly string[], io: Io): Promise<ExitCode> {
  return await runCommandLine(commandList, argv, io);
}

/** {@link runCli} with other commands. */
export async function runCommandLine(
  tree: CommandTree,
  words: readonly string[],
  outside: Io,
): Promise<ExitCode> {
  const io = withShownErrors(outside);
  // The short name that the version had first.
  const argv = words[0] === '-V' ? ['--version', ...words.slice(1)] : words;
  const named = namedCommand(tree, argv);
  const json = argv.includes('--json');
  let exitCode: ExitCode = exitCodes.ok;
  try {
    const loaded = (await named.entry?.load()) ?? null;
    if (named.help) refuseUnknownFlags(named, loaded, argv, io);
    const help = named.help && loaded !== null ? await helpFor(loaded, argv, io) : NO_HELP;
    const program = buildProgram(tree, { named, loaded, help, known: commandPaths(tree), io }, (code) => {
      exitCode = code;
    });
    if (argv.length === 0) {
      io.err(program.helpInformation({ error: true }));
      return exitCodes.badInput;
    }
    await program.parseAsync(wordsFor(named, argv), { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return report(io, json, error);
    if (error.exitCode === 0) return exitCodes.ok;
    if (error.code === 'commander.help') return exitCodes.badInput;
    return reportUsage(named.path, json, error, io);
  }
}

/** Arguments for commander: a mistyped command is an error also where help was asked for. */
function wordsFor({ path, unknown, help }: NamedCommand, argv: readonly string[]): string[] {
  if (unknown !== null) return [...path, unknown];
  return help ? [...path, '--help'] : [...argv];
}

/** A mistyped flag is an error also where help was asked for. @throws CommanderError */
function refuseUnknownFlags(
  { entry }: NamedCommand,
  loaded: LoadedCommand | null,
  argv: readonly string[],
  io: Io,
): void {
  const reader = configured(new Command(), '', io);
  declare(reader, { flags: loaded?.usage.flags ?? {}, positionals: {} }, []);
  if (entry === null) reader.option('-v, --version');
  const words = argv.filter((word) => word !== '--help' && word !== '-h');
  const unknown = unknownIn(reader, words).find((word) => /^-./.test(word) && word !== '--');
  if (unknown === undefined) return;
  throw new CommanderError(1, 'commander.unknownOption', `error: unknown option '${unknown}'`);
}

/** The words that are no flags of a command; none where a flag lacks its value, which help does without. */
function unknownIn(command: Command, words: string[]): string[] {
  try {
    return command.parseOptions(words).unknown;
  } catch (error) {
    if (error instanceof CommanderError) return [];
    throw error;
  }
}

/** The part of a help that depends on the flags beside `--help`. */
interface CommandHelp {
  readonly details: string;
  readonly hidden: readonly string[];
}

const NO_HELP: CommandHelp = { details: '', hidden: [] };

async function helpFor({ usage }: LoadedCommand, argv: readonly string[], io: Io): Promise<CommandHelp> {
  if (usage.details === undefined) return NO_HELP;
  const reader = configured(new Command(), '', io);
  addToCommand(reader, usage.flags, {});
  reader.parseOptions(argv.filter((word) => word !== '--help' && word !== '-h'));
  const options = reader.opts();
  const details = `\n${await usage.details(options, io.columns ?? DEFAULT_COLUMNS)}\n`;
  return { details, hidden: usage.hidden?.(options) ?? [] };
}

interface Use {
  readonly named: NamedCommand;
  readonly loaded: LoadedCommand | null;
  readonly help: CommandHelp;
  /** The words of every command. */
  readonly known: readonly string[];
  readonly io: Io;
}

/** Builds the command tree, as much of it as is used. The command's exit code goes to `finish`. */
function buildProgram(tree: CommandTree, use: Use, finish: (code: ExitCode) => void): Command {
  const width = use.io.columns ?? DEFAULT_COLUMNS;
  const program = configured(new Command('tenas'), DESCRIPTION, use.io)
    .version(version(), '-v, --version', 'print the version')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', programHelp(width));
  const add = (parent: Command, entry: CommandEntry): void => {
    const command = configured(parent.command(entry.name), entry.summary, use.io);
    if (use.loaded !== null && entry === use.named.entry) complete(command, use.loaded, use, finish);
  };
  // If a command is named, the others are not shown.
  const { entry: only } = use.named;
  for (const node of tree) {
    const own = node.kind === 'command' ? node : node.own;
    const wanted = own === only || (node.kind === 'group' && node.commands.some((entry) => entry === only));
    if (only !== null && !wanted) continue;
    if (own !== undefined && (only === null || own === only)) {
      add(program, own);
      continue;
    }
    if (node.kind === 'command') continue;
    const parent = configured(program.command(node.name), node.summary, use.io).addHelpText(
      'after',
      `\n\`tenas ${node.name} COMMAND --help\` shows examples.\n\n${exitCodesHelp}`,
    );
    for (const entry of node.commands) add(parent, entry);
  }
  return program;
}

/**
 * Sets up everything that all commands share: a description, help at the terminal's width, errors that are thrown,
 * output through `io`.
 */
function configured(command: Command, summary: string, io: Io): Command {
  const width = io.columns ?? DEFAULT_COLUMNS;
  return (
    command
      .description(summary)
      .helpOption('-h, --help', 'print this help')
      .exitOverride()
      // Usage errors are reported by `report`, in the same words and form as all others.
      .configureOutput({
        writeOut: io.out,
        writeErr: io.err,
        outputError: () => {},
        getOutHelpWidth: () => width,
        getErrHelpWidth: () => width,
      })
  );
}

/** Tells a command of its flags and arguments, and of the flags that all commands have. */
export function declare(
  command: Command,
  { flags, positionals }: Pick<LoadedCommand['usage'], 'flags' | 'positionals'>,
  hidden: readonly string[],
): void {
  addToCommand(command, flags, positionals, hidden);
  command
    .option('--json', 'print one JSON document on standard output, everything else on standard error')
    .option('--quiet', 'no progress on standard error; notes and errors stay');
}

/** Gives the command that is used its flags, its examples and its work. */
function complete(
  command: Command,
  loaded: LoadedCommand,
  { help: { details, hidden }, io, named, known }: Use,
  finish: (code: ExitCode) => void,
): void {
  const { flags, examples, notes } = loaded.usage;
  declare(command, loaded.usage, hidden);
  command.addHelpText('after', details + examplesText(examples, io.columns ?? DEFAULT_COLUMNS, notes));
  command.action(async () => {
    const options: Record<string, unknown> = command.opts();
    const json = options.json === true;
    try {
      // Loaded where a command runs: help does without.
      const { withDefaults } = await import('./user-defaults.js');
      const inUse = { path: named.path.join(' '), known, flags };
      const { quiet, ...found } = await withDefaults(inUse, { options, args: command.processedArgs }, io.env);
      finish(await loaded.run(found, json, quiet ? { ...io, quiet, terminal: null } : io));
    } catch (error) {
      finish(report(io, json, error));
    }
  });
}

/** Reports a usage error, with the help of the last command that was understood. */
function reportUsage(path: readonly string[], json: boolean, error: CommanderError, io: Io): ExitCode {
  const problem = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  const message = `${problem}; see \`${['tenas', ...path, '--help'].join(' ')}\``;
  return report(io, json, Object.assign(new Error(message), { code: 'USAGE' }));
}
