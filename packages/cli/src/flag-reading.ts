import { describeValue, TenasError } from '@tenas/base';
import type { z } from 'zod';
import {
  type Flags,
  type FlagValues,
  flagName,
  type Positionals,
  type PositionalValues,
  type ValueFlag,
} from './flags.js';

/** The flags and arguments that commander found. */
export interface Found {
  readonly options: Readonly<Record<string, unknown>>;
  /** As {@link Positionals} order them; the texts of {@link restArguments} are one array. */
  readonly args: readonly unknown[];
  /** What named the value of an option in place of its flag, by key: `TENAS_THREADS`. */
  readonly named?: Readonly<Record<string, string>> | undefined;
}

/**
 * Reads the values that the command line gave.
 * @throws TenasError OPTION_INVALID naming the flag or the argument, the value and what would be right
 */
export function readValues<F extends Flags, P extends Positionals>(
  flags: F,
  positionals: P,
  found: Found,
): FlagValues<F> & PositionalValues<P> {
  const values: Record<string, unknown> = {};
  for (const [key, declared] of Object.entries(flags)) {
    const given = found.options[key];
    const name = found.named?.[key] ?? flagName(key);
    if (declared.kind === 'switch') values[key] = given === true;
    else if (declared.kind === 'value') values[key] = readFlag(key, declared, found);
    else values[key] = listOf(given).map((text) => readValue(name, declared.schema, text));
  }
  for (const [index, [name, { schema, many }]] of Object.entries(positionals).entries()) {
    const given = found.args[index];
    values[name] = many
      ? listOf(given).map((text) => readValue(name, schema, text))
      : readValue(name, schema, given);
  }
  return values as FlagValues<F> & PositionalValues<P>;
}

/** A flag by its name, or by the one that it had in an earlier version. */
function readFlag(key: string, { schema, formerly }: ValueFlag, { options, named }: Found): unknown {
  const former = formerly === undefined ? undefined : options[formerly];
  if (formerly === undefined || former === undefined) {
    return readValue(named?.[key] ?? flagName(key), schema, options[key]);
  }
  const [name, old] = [flagName(key), flagName(formerly)];
  if (options[key] === undefined) return readValue(old, schema, former);
  throw optionInvalid(old, former, `${name} alone: both are the same`);
}

function listOf(given: unknown): readonly unknown[] {
  return Array.isArray(given) ? given : [];
}

function readValue(name: string, schema: z.ZodType, given: unknown): unknown {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw optionInvalid(name, given, result.error.issues[0]?.message ?? 'another value');
}

/**
 * The error of a wrong value on the command line.
 * @param name of the flag or argument, e.g. `--seed`
 * @param wanted completes "give ..."
 */
export function optionInvalid(name: string, value: unknown, wanted: string): TenasError {
  const got = value === undefined ? 'is missing' : `got ${describeValue(value)}`;
  return new TenasError('OPTION_INVALID', `${name}: ${got}; give ${wanted}`, { field: name, value });
}

/**
 * Does work whose fields come from flags, and names the flag in what is wrong with a field.
 *
 * @param flagOf the flag of each field, as `{ inputShape: '--input-size' }`; `inputShape[1]` counts as `inputShape`
 * @throws TenasError of the work, with the flag as its field and in front of its message
 */
export function namingFlags<T>(flagOf: Readonly<Record<string, string>>, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TenasError)) throw error;
    const { code, message, value, field = '' } = error;
    const flag = flagOf[/^\w*/.exec(field)?.[0] ?? ''];
    if (flag === undefined) throw error;
    throw new TenasError(code, `${flag}: ${message}`, { field: flag, value, cause: error });
  }
}
