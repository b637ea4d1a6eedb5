import { type ParseArgsConfig, parseArgs } from 'node:util';

/** A flag of a command of test/. */
type Flag = NonNullable<ParseArgsConfig['options']>[string] & {
  /** What stands for its value in the help; absent for a switch. */
  readonly value?: string;
  readonly help: string;
};

/** A command of test/, as its help shows it. */
interface Described<F> {
  /** The script of npm. */
  readonly name: string;
  readonly summary: string;
  readonly flags: F;
}

/** Ends a command of test/ that was called in a wrong way. */
export function refuse(message: string): never {
  console.error(`error: ${message}`);
  process.exit(2);
}

/** Reads the flags of this process. Ends it with the help if that is asked for, and with exit code 2 if one is wrong. */
export function readFlags<const F extends Record<string, Flag>>(
  command: Described<F>,
): ReturnType<typeof parseArgs<{ options: F }>>['values'] {
  if (process.argv.slice(2).some((word) => word === '--help' || word === '-h')) {
    console.log(helpOf(command));
    process.exit(0);
  }
  try {
    return parseArgs({ options: command.flags }).values;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_')))
      throw error;
    const [problem = ''] = error.message.split(/\.? (?:To specify|This command)|\n/);
    return refuse(`${problem}; see \`npm run ${command.name} -- --help\``);
  }
}

function helpOf({ name, summary, flags }: Described<Readonly<Record<string, Flag>>>): string {
  const lines = Object.entries(flags).map(([flag, { value, help, multiple, default: usual }]) => {
    const notes = [
      ...(multiple ? ['repeatable'] : []),
      ...(typeof usual === 'string' ? [`default ${usual}`] : []),
    ];
    const text = notes.length === 0 ? help : `${help} (${notes.join(', ')})`;
    return [`  --${flag}${value === undefined ? '' : ` ${value}`}`, text] as const;
  });
  lines.push(['  --help', 'print this help']);
  const width = Math.max(...lines.map(([flag]) => flag.length)) + 2;
  const options = lines.map(([flag, text]) => flag.padEnd(width) + text);
  return [`Usage: npm run ${name} -- [options]`, '', summary, '', 'Options:', ...options].join('\n');
}

/** Reads the value of a flag. @param least smallest value that is right */
export function wholeNumber(flag: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least) return value;
  return refuse(`--${flag}: got ${JSON.stringify(text)}; give a whole number from ${least}`);
}
