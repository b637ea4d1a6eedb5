import type { ExitCode } from './exit-codes.js';
import type { Flags, FlagValues, Positionals, PositionalValues } from './flags.js';
import type { Io } from './io.js';

/** How a command is used: its flags, its arguments, and what its help shows. */
export interface Usage<F extends Flags = Flags, P extends Positionals = Positionals> {
  readonly flags: F;
  readonly positionals: P;
  /** Command lines for the help, without `$`; a line that begins with `#` says what the next one does. */
  readonly examples: readonly string[];
  /** More to show below the examples. */
  readonly notes?: string | undefined;
  readonly details?: Details | undefined;
  /** Keys of flags that the help leaves out, given the others. */
  readonly hidden?: Hidden | undefined;
}

/**
 * Flags that mean nothing beside the flags that are given with `--help`.
 * @param options as for {@link Details}
 */
export type Hidden = (options: Readonly<Record<string, unknown>>) => readonly string[];

/**
 * Help that depends on the flags beside `--help`, e.g. the settings of the strategy that `--strategy` names.
 * @param options texts of the flags that were given, by key, not checked yet
 * @param width columns of the terminal
 */
export type Details = (options: Readonly<Record<string, unknown>>, width: number) => Promise<string>;

/** Declares how a command is used. */
export function usage<const F extends Flags, const P extends Positionals = Record<never, never>>(declared: {
  readonly flags: F;
  readonly positionals?: P | undefined;
  readonly examples: readonly string[];
  readonly notes?: string | undefined;
  readonly details?: Details | undefined;
  readonly hidden?: Hidden | undefined;
}): Usage<F, P> {
  const { positionals = {} as P, ...others } = declared;
  return { positionals, ...others };
}

/** The values that a command is given. */
export type Given<U extends Usage> = FlagValues<U['flags']> & PositionalValues<U['positionals']>;

/** The input of a command: the values of its flags and arguments, and the outside world. */
export interface Invocation<U extends Usage> {
  readonly given: Given<U>;
  /** Whether `--json` was given: one document on standard output. */
  readonly json: boolean;
  readonly io: Io;
}

/** A command. Errors are thrown; the command line reports them. */
export type Action<U extends Usage> = (invocation: Invocation<U>) => Promise<ExitCode>;
