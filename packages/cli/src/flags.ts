import { type Command, Option } from 'commander';
import type { z } from 'zod';

/** A flag that takes a value: what it is called in the help, what it means, and how its text is read. */
export interface ValueFlag<T extends z.ZodType = z.ZodType> {
  readonly kind: 'value';
  /** The value's name in the help: `<n>`, or `[url]` where it may be left out (its value is then `true`). */
  readonly takes: string;
  readonly help: string;
  /** Reads the text of the command line. Accepts `undefined` unless the flag has to be given. */
  readonly schema: T;
  /** Heading in the help; default `Options:`. */
  readonly group?: string | undefined;
  /** The key that it had in an earlier version: that name still works, and is not in the help. */
  readonly formerly?: string | undefined;
  /** The setting of the user that stands for the flag where it is not given. */
  readonly setting?: 'threads' | 'device' | 'data' | undefined;
  /** Whether a setting of the user's file stands for the flag beside these options; default: always. */
  readonly settingHolds?: ((options: Readonly<Record<string, unknown>>) => boolean) | undefined;
  /** Words that a shell completes, where the schema does not have them. */
  readonly words?: readonly string[] | undefined;
  /** Endings of files that a shell completes beside the words: `yaml`. */
  readonly endings?: readonly string[] | undefined;
}

/** A flag that may be repeated; every text is read on its own. */
export interface RepeatedFlag<T extends z.ZodType = z.ZodType> {
  readonly kind: 'repeated';
  readonly takes: string;
  readonly help: string;
  readonly schema: T;
  readonly words?: undefined;
  readonly endings?: undefined;
}

/** A flag without a value. */
export interface Switch {
  readonly kind: 'switch';
  readonly help: string;
}

/** The flags of a command. The key is the flag's name: `ntkMode` is `--ntk-mode`; a single capital stays, `C` is `--C`. */
export type Flags = Readonly<Record<string, ValueFlag | RepeatedFlag | Switch>>;

/** A positional argument; `many` takes all that follow. */
export interface Positional<T extends z.ZodType = z.ZodType, M extends boolean = boolean> {
  readonly help: string;
  readonly schema: T;
  readonly many: M;
}

/** The positional arguments of a command, in their order. */
export type Positionals = Readonly<Record<string, Positional>>;

type FlagValue<F> = F extends Switch
  ? boolean
  : F extends RepeatedFlag<infer T>
    ? readonly z.output<T>[]
    : F extends ValueFlag<infer T>
      ? z.output<T>
      : never;

type PositionalValue<P> =
  P extends Positional<infer T, infer M> ? (M extends true ? readonly z.output<T>[] : z.output<T>) : never;

/** The values of flags, as their schemas read them. */
export type FlagValues<F extends Flags> = { readonly [K in keyof F]: FlagValue<F[K]> };

/** The values of positional arguments. */
export type PositionalValues<P extends Positionals> = { readonly [K in keyof P]: PositionalValue<P[K]> };

/** Declares a flag with a value. Whether it has to be given, and its default in the help, follow from the schema. */
export function flag<T extends z.ZodType>(
  takes: string,
  help: string,
  schema: T,
  options: Pick<ValueFlag, 'group' | 'formerly' | 'setting' | 'settingHolds' | 'words' | 'endings'> = {},
): ValueFlag<T> {
  return { kind: 'value', takes, help, schema, ...options };
}

/** Declares a flag that may be repeated. */
export function repeatedFlag<T extends z.ZodType>(takes: string, help: string, schema: T): RepeatedFlag<T> {
  return { kind: 'repeated', takes, help, schema };
}

/** Declares a flag without a value. */
export function toggle(help: string): Switch {
  return { kind: 'switch', help };
}

/** Declares a positional argument; it may be left out where the schema accepts `undefined`. */
export function argument<T extends z.ZodType>(help: string, schema: T): Positional<T, false> {
  return { help, schema, many: false };
}

/** Declares a last positional argument that takes one or more texts. */
export function restArguments<T extends z.ZodType>(help: string, schema: T): Positional<T, true> {
  return { help, schema, many: true };
}

/** The key of a flag without dashes: of `ntk-mode` it is `ntkMode`. */
export function flagKey(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The flag of a key: `ntkMode` is `--ntk-mode`. */
export function flagName(key: string): string {
  return /^[A-Z]$/.test(key)
    ? `--${key}`
    : `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/**
 * Tells commander of the flags and arguments, in the order in which they are declared.
 * @param hidden keys of flags that the help leaves out
 */
export function addToCommand(
  command: Command,
  flags: Flags,
  positionals: Positionals,
  hidden: readonly string[] = [],
): void {
  for (const [name, { help, schema, many }] of Object.entries(positionals)) {
    const fallback = defaultText(schema);
    const text = many ? `<${name}...>` : mayBeAbsent(schema) ? `[${name}]` : `<${name}>`;
    command.argument(text, fallback === null ? help : `${help} (default: ${fallback})`);
  }
  for (const [key, declared] of Object.entries(flags)) {
    command.addOption(optionOf(key, declared).hideHelp(hidden.includes(key)));
    if (declared.kind !== 'value' || declared.formerly === undefined) continue;
    command.addOption(new Option(`${flagName(declared.formerly)} ${declared.takes}`).hideHelp());
  }
}

function optionOf(key: string, declared: ValueFlag | RepeatedFlag | Switch): Option {
  const name = flagName(key);
  if (declared.kind === 'switch') return new Option(name, declared.help);
  const { takes, help, schema } = declared;
  if (declared.kind === 'repeated') {
    return new Option(`${name} ${takes}`, help).argParser(
      (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
    );
  }
  const fallback = defaultText(schema);
  const option = new Option(
    `${name} ${takes}`,
    fallback === null ? help : `${help} (default: ${fallback})`,
  ).makeOptionMandatory(!mayBeAbsent(schema));
  return declared.group === undefined ? option : option.helpGroup(declared.group);
}

function mayBeAbsent(schema: z.ZodType): boolean {
  return schema.safeParse(undefined).success;
}

/** The default that a schema has, for the help. */
function defaultText(schema: z.ZodType): string | null {
  const { data } = schema.safeParse(undefined);
  return data === undefined ? null : String(data);
}
