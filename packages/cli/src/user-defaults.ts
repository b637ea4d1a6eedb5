import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord, nearWords, readInputText, TenasError } from '@tenas/base';
import { z } from 'zod';
import { type Found, optionInvalid } from './flag-reading.js';
import { type Flags, flagKey, flagName } from './flags.js';
import { cacheFolder, configFiles } from './user-folders.js';

/** Names of settings that hold for every command that has such a flag, with their environment variables. */
const GENERAL = {
  threads: 'TENAS_THREADS',
  device: 'TENAS_DEVICE',
  data: 'TENAS_DATA',
  quiet: 'TENAS_QUIET',
} as const;

type General = keyof typeof GENERAL;

const GENERAL_NAMES = Object.keys(GENERAL) as General[];

/** Largest file of settings that is read. */
const LARGEST = 2 ** 20;

type Environment = Readonly<Record<string, string | undefined>>;

/** A value that stands for a flag, and what named it, for messages. */
interface Default {
  readonly value: unknown;
  readonly from: string;
}

/** What is known of the command that runs. */
export interface CommandInUse {
  /** Its words: `batch run`. */
  readonly path: string;
  /** The words of every command. */
  readonly known: readonly string[];
  readonly flags: Flags;
}

/**
 * What a command line found, with what the environment and the user's file of settings say of flags that it leaves out.
 * @throws TenasError CONFIG_INVALID naming the file and the setting
 */
export async function withDefaults(
  command: CommandInUse,
  found: Found,
  env: Environment,
): Promise<Found & { readonly quiet: boolean }> {
  const { general, own } = await configured(command, env);
  const options: Record<string, unknown> = { ...found.options };
  const named: Record<string, string> = {};
  const take = (key: string, { value, from }: Default): void => {
    if (options[key] !== undefined) return;
    options[key] = value;
    named[key] = from;
  };
  const fromEnvironment = (name: General): Default | undefined => {
    const variable = GENERAL[name];
    const value = env[variable];
    return value === undefined || value === '' ? undefined : { value, from: variable };
  };
  for (const [key, declared] of Object.entries(command.flags)) {
    const setting = declared.kind === 'value' ? declared.setting : undefined;
    const value = setting === undefined ? undefined : fromEnvironment(setting);
    const mine = own.get(key);
    const usual = setting === undefined ? undefined : general.get(setting);
    if (setting === 'data') {
      // A folder of datasets means nothing without a dataset that is in it.
      if (mine !== undefined) take(key, mine);
      const folder = value ?? usual ?? cached(env);
      if (options.dataset === 'synthetic' || options.dataset === 'folder' || folder === undefined) continue;
      if (typeof options.dataset !== 'string' || options[key] !== undefined) continue;
      if (!existsSync(String(folder.value)))
        throw optionInvalid(folder.from, folder.value, 'a folder that is there, with the datasets in it');
      take(key, within(folder, options.dataset));
      continue;
    }
    const chosen = value ?? mine ?? usual;
    if (chosen !== undefined) take(key, chosen);
  }
  for (const [key, declared] of Object.entries(command.flags)) {
    if (named[key] === undefined || declared.kind !== 'value' || declared.settingHolds === undefined)
      continue;
    if (!declared.settingHolds(options)) delete options[key];
  }
  const quiet = options.quiet ?? switchOf(fromEnvironment('quiet') ?? general.get('quiet'));
  return { ...found, options, named, quiet: quiet === true };
}

const SWITCH_TEXTS = new Map<unknown, boolean>([
  ...([true, '1', 'true'] as const).map((value) => [value, true] as const),
  ...([false, '0', 'false'] as const).map((value) => [value, false] as const),
]);

function switchOf(given: Default | undefined): boolean {
  if (given === undefined) return false;
  const { value, from } = given;
  const on = SWITCH_TEXTS.get(value);
  if (on === undefined) throw optionInvalid(from, value, '1 or 0');
  return on;
}

/**
 * The folder of datasets that a download goes to: `$TENAS_DATA`, the setting `data`, or the user's cache.
 * @throws as {@link withDefaults}
 */
export async function datasetFolder(env: Environment): Promise<string> {
  const { general } = await configured({ path: '', known: [], flags: {} }, env);
  return env.TENAS_DATA || String(general.get('data')?.value ?? cacheFolder(env) ?? 'data');
}

function cached(env: Environment): Default | undefined {
  const folder = cacheFolder(env);
  return folder !== undefined && existsSync(folder) ? { value: folder, from: '--data' } : undefined;
}

/** The dataset's own folder where there is one of its name; readers find the folders of archives by themselves. */
function within({ value, from }: Default, dataset: string): Default {
  const own = join(String(value), dataset);
  return { value: existsSync(own) ? own : value, from };
}

interface Configured {
  /** By setting. */
  readonly general: ReadonlyMap<string, Default>;
  /** Of the command that runs, by key of the flag. */
  readonly own: ReadonlyMap<string, Default>;
}

async function configured({ path, known, flags }: CommandInUse, env: Environment): Promise<Configured> {
  const [file, other] = configFiles(env).filter((candidate) => existsSync(candidate));
  if (file === undefined && env.TENAS_CONFIG) {
    throw invalid('TENAS_CONFIG', undefined, `a file that is there; ${env.TENAS_CONFIG} is not`);
  }
  if (file === undefined) return { general: new Map(), own: new Map() };
  if (other !== undefined) throw invalid(file, undefined, `this file or ${other}, not both`);
  const text = await readInputText(file, { maxBytes: LARGEST });
  const { readYaml } = await import('@tenas/base/yaml');
  // Null: the file is empty, or holds comments alone.
  const schema = z
    .record(z.string(), z.unknown(), { error: () => 'settings by name, as threads: 4' })
    .nullable();
  const { value: settings } = readYaml(text, { name: file, schema, code: 'CONFIG_INVALID' });
  const sections = [...new Set([...known, ...known.map((words) => words.split(' ')[0]!)])];
  const general = new Map<string, Default>();
  let own = new Map<string, Default>();
  for (const [name, value] of Object.entries(settings ?? {})) {
    const from = `${file}: ${name}`;
    if ((GENERAL_NAMES as string[]).includes(name)) general.set(name, { value: optionOf(from, value), from });
    // Without the list of commands only the general settings are asked for.
    else if (known.length === 0) continue;
    else if (!sections.includes(name)) throw unknown(file, name, [...GENERAL_NAMES, ...sections]);
    else if (!isRecord(value)) throw invalid(file, name, 'flags by name, as out: runs');
    else if (name === path) own = ownOf(file, name, value, flags);
  }
  return { general, own };
}

function ownOf(file: string, path: string, section: object, flags: Flags): Map<string, Default> {
  const names = Object.keys(flags).map((key) => flagName(key).slice(2));
  const own = new Map<string, Default>();
  for (const [name, value] of Object.entries(section)) {
    if (!names.includes(name)) throw unknown(file, `${path}.${name}`, names, name);
    const key = flagKey(name);
    const from = `${file}: ${path}.${name}`;
    const kind = flags[key]!.kind;
    if (kind === 'switch' && typeof value !== 'boolean')
      throw invalid(file, `${path}.${name}`, 'true or false');
    const items = Array.isArray(value) && kind === 'repeated' ? value : [value];
    const texts = items.map((item) => optionOf(from, item));
    own.set(key, { value: kind === 'repeated' ? texts : texts[0], from });
  }
  return own;
}

/** A value as the command line would have it: text, or true. */
function optionOf(from: string, value: unknown): string | boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (Array.isArray(value) && value.every((item) => ['string', 'number'].includes(typeof item))) {
    return value.join(',');
  }
  throw invalid(from, undefined, 'a number, a text, true or false, or a list');
}

function unknown(file: string, field: string, known: readonly string[], word = field): TenasError {
  const near = nearWords(word, known);
  const hint = near.length === 0 ? `known are ${known.join(', ')}` : `did you mean ${near.join(' or ')}?`;
  return new TenasError('CONFIG_INVALID', `${file}: ${field}: no such setting; ${hint}`, { field });
}

function invalid(file: string, field: string | undefined, wanted: string): TenasError {
  const place = field === undefined ? file : `${file}: ${field}`;
  return new TenasError('CONFIG_INVALID', `${place}: give ${wanted}`, { field: field ?? file });
}
