import { describeValue, isRecord, nearWords, TenasError } from '@tenas/base';
import { type SettingKey, settingsShape } from '@tenas/base/settings';
import { Help } from 'commander';
import { z } from 'zod';
import { repeatedFlag } from './flags.js';

/** Whose settings they are, e.g. a strategy's, or a metric's under its name. */
export interface SettingsOwner<T extends z.ZodType = z.ZodType> {
  /** For people: `evolution`. */
  readonly title: string;
  /** An object: every field with a default and a description. */
  readonly schema: T;
  /** The prefix of its keys: under `ntk` the field `batchSize` is `ntk.batchSize`. */
  readonly under?: string | undefined;
}

/** One `--set`: a key and the text of its value. */
export interface GivenSetting {
  readonly key: string;
  readonly text: string;
  /** The separate flag that gave it instead, for messages: `--ntk-batch`. */
  readonly flag?: string | undefined;
}

/** A setting of `--set`, read from its text. */
const settingPair = z.string().transform((pair, context): GivenSetting => {
  const equals = pair.indexOf('=');
  if (equals > 0) return { key: pair.slice(0, equals).trim(), text: pair.slice(equals + 1).trim() };
  context.addIssue({ code: 'custom', message: 'KEY=VALUE, as population=25' });
  return z.NEVER;
});

/** `--set KEY=VALUE`; its values go to {@link readSettings}. */
export function settingsFlag(help: string) {
  return repeatedFlag('<key=value>', help, settingPair);
}

/** A section of help for each owner: its keys with what they mean, what they take and their defaults. */
export function settingsHelp(owners: readonly SettingsOwner[], width: number): string {
  const help = new Help();
  help.helpWidth = width;
  const known = owners.map((owner) => ({ owner, keys: keysOf(owner) }));
  const longest = Math.max(0, ...known.flatMap(({ keys }) => keys.map(({ key }) => key.length)));
  return known
    .map(({ owner, keys }) => {
      if (keys.length === 0) return `Settings of ${owner.title}: none`;
      const lines = keys.map((setting) => help.formatItem(setting.key, longest, explanation(setting), help));
      return [`Settings of ${owner.title} (--set KEY=VALUE):`, ...lines].join('\n');
    })
    .join('\n\n');
}

function explanation({ description, wanted, fallback }: SettingKey): string {
  const text = description === null ? wanted : `${description}; ${wanted}`;
  return fallback === undefined ? text : `${text} (default: ${valueText(fallback)})`;
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'empty' : value.map(valueText).join(',');
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

function keysOf({ schema, under }: SettingsOwner): SettingKey[] {
  const prefix = under === undefined ? '' : `${under}.`;
  return settingsShape(schema)
    .keys()
    .map((setting) => ({ ...setting, key: prefix + setting.key }));
}

/**
 * Reads the settings that were given, and fills in all others.
 *
 * @returns what the schemas make of them, in the order of the owners
 * @throws TenasError SETTING_INVALID naming the key, the value and what would be right, or the keys that are near
 */
export function readSettings<const O extends readonly SettingsOwner[]>(
  owners: O,
  given: readonly GivenSetting[],
): { readonly [I in keyof O]: z.output<O[I]['schema']> };
export function readSettings(owners: readonly SettingsOwner[], given: readonly GivenSetting[]): unknown[] {
  try {
    return readAll(owners, given);
  } catch (error) {
    throw namingFlag(error, given);
  }
}

/** The error of a setting that came by a separate flag names the flag. */
function namingFlag(error: unknown, given: readonly GivenSetting[]): unknown {
  if (!(error instanceof TenasError)) return error;
  const flag = given.find(({ key }) => key === error.field)?.flag;
  if (flag === undefined) return error;
  const message = error.message.replace(`--set ${error.field}`, flag);
  return new TenasError('OPTION_INVALID', message, { field: flag, value: error.value, cause: error });
}

function readAll(owners: readonly SettingsOwner[], given: readonly GivenSetting[]): unknown[] {
  const known = owners.map((owner) => ({ owner, keys: keysOf(owner) }));
  const left = new Set(given);
  const results = known.map(({ owner, keys }) => {
    const own = [...left].filter(({ key }) => keys.some((setting) => setting.key === key));
    for (const setting of own) left.delete(setting);
    return valuesOf(owner, keys, own);
  });
  const [unknown] = left;
  if (unknown !== undefined)
    throw unknownKey(
      unknown,
      known.flatMap(({ keys }) => keys),
      owners,
    );
  return results;
}

function valuesOf(
  owner: SettingsOwner,
  keys: readonly SettingKey[],
  given: readonly GivenSetting[],
): unknown {
  const tree: Record<string, unknown> = {};
  for (const { key, text } of given) {
    const setting = keys.find((one) => one.key === key)!;
    const read = readText(setting, text);
    if (read === null) throw wrongValue(setting, text, keys);
    place(tree, key, pathIn(owner, key), read.value);
  }
  const result = owner.schema.safeParse(settingsShape(owner.schema).completed(tree));
  if (result.success) return result.data;
  throw refused(owner, keys, given, result.error.issues[0]);
}

/** @throws TenasError SETTING_INVALID for JSON that names a key twice, or is too much */
function readText({ key, read }: SettingKey, text: string): ReturnType<SettingKey['read']> {
  try {
    return read(text);
  } catch (cause) {
    if (!(cause instanceof TenasError)) throw cause;
    throw settingInvalid(key, `got ${describeValue(text)}: ${cause.message}`, text);
  }
}

/** The names of a key's fields within its owner's settings. */
function pathIn({ under }: SettingsOwner, key: string): string[] {
  return (under === undefined ? key : key.slice(under.length + 1)).split('.');
}

function place(tree: Record<string, unknown>, key: string, path: readonly string[], value: unknown): void {
  const [name = '', ...inner] = path;
  if (inner.length === 0) {
    if (Object.hasOwn(tree, name)) throw clash(key);
    tree[name] = value;
    return;
  }
  const next = Object.hasOwn(tree, name) ? tree[name] : {};
  if (!isRecord(next)) throw clash(key);
  const copy: Record<string, unknown> = { ...next };
  place(copy, key, inner, value);
  tree[name] = copy;
}

function clash(key: string): TenasError {
  return settingInvalid(key, 'is given twice, or beside a setting that it is a part of; give it once');
}

/** The error of a value that does not fit. A value whose fields are separate settings is given by these. */
function wrongValue({ key, wanted }: SettingKey, text: string, keys: readonly SettingKey[]): TenasError {
  const inner = keys.map((setting) => setting.key).filter((other) => other.startsWith(`${key}.`));
  const others = inner.length === 0 ? '' : `, or set ${inner.join(', ')}`;
  return settingInvalid(key, `got ${describeValue(text)}; give ${wanted}${others}`, text);
}

/** The error of a value that has the right form but that the schema refuses. */
function refused(
  owner: SettingsOwner,
  keys: readonly SettingKey[],
  given: readonly GivenSetting[],
  issue: z.core.$ZodIssue | undefined,
): TenasError {
  const prefix = owner.under === undefined ? [] : [owner.under];
  const path = [...prefix, ...(issue?.path ?? [])].map(String);
  // An item of a list has no key: the setting is the longest part of the path that has one.
  const lengths = path.map((_, index) => path.length - index);
  const named = lengths
    .map((length) => path.slice(0, length).join('.'))
    .find((key) => keys.some((setting) => setting.key === key));
  const setting = keys.find(({ key }) => key === named);
  if (setting === undefined || issue === undefined) {
    return settingInvalid(path.join('.') || owner.title, issue?.message ?? 'not as expected');
  }
  const text = given.find(({ key }) => key === named)?.text;
  if (text === undefined) return settingInvalid(setting.key, `is missing; give ${setting.wanted}`);
  if (issue.code !== 'custom') return wrongValue(setting, text, keys);
  const within = withinText(path.slice(setting.key.split('.').length));
  return settingInvalid(setting.key, `got ${describeValue(text)}; ${within}${issue.message}`, text);
}

/** A place within the value of a setting: `[0].keep must be `; empty where it is all of the value. */
function withinText(path: readonly string[]): string {
  if (path.length === 0) return '';
  const place = path.map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`)).join('');
  return `${place} must be `;
}

/** The error of an unknown key: names those that it may stand for. */
function unknownKey(
  { key }: GivenSetting,
  keys: readonly SettingKey[],
  owners: readonly SettingsOwner[],
): TenasError {
  const known = keys.map((setting) => setting.key);
  const near = nearWords(key, known);
  // `batchSize` for `ntk.batchSize`, or `ntk` for what is in it.
  const related = known.filter((one) => one.endsWith(`.${key}`) || one.startsWith(`${key}.`));
  const likely = [...new Set([...related, ...near])];
  const of = owners.map(({ title }) => title).join(', ');
  const list = known.length === 0 ? `${of} has no settings` : `known are ${known.join(', ')}`;
  const hint = likely.length === 0 ? list : `did you mean ${likely.join(' or ')}?`;
  return settingInvalid(key, `no such setting of ${of}; ${hint}`);
}

function settingInvalid(key: string, problem: string, value?: string): TenasError {
  return new TenasError('SETTING_INVALID', `--set ${key}: ${problem}`, { field: key, value });
}
