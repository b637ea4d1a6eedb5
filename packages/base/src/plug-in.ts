import { spawnSync } from 'node:child_process';
import { basename, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isRecord } from './argument-checks.js';
import { describeThrown } from './describe-thrown.js';
import { TenasError } from './errors.js';
import { readInput } from './input-file.js';
import { decodedText } from './input-text.js';
import { resolveAlsoFrom } from './plug-in-imports.js';

/** One thing that has to be true of a plug-in. Contracts of spaces, metrics and strategies are lists of these. */
export interface ContractCheck {
  /** A sentence about the plug-in: `refuses unknown settings by name`. */
  readonly name: string;
  /** @throws an Error that says what is wrong */
  run(): void | Promise<void>;
}

/** A space, metric or strategy that was loaded from a file. */
export interface PlugIn<T> {
  /** `space`, `metric`, `strategy`. */
  readonly kind: string;
  /** The name that the plug-in gives itself. */
  readonly name: string;
  /** Absolute path of its file. */
  readonly path: string;
  /** SHA-256 of the file's bytes, in hexadecimal; of this file alone, not of what it imports. */
  readonly sha256: string;
  /** The file's default export. */
  readonly value: T;
}

/** Settings of {@link loadPlugIn}. */
export interface LoadPlugInOptions<T> {
  readonly kind: string;
  /** Source of the path, for messages: a flag such as `--space`, or a field. */
  readonly field: string;
  /** Checks of the default export. They get any value that the file exports, so they must not trust it. */
  readonly contract: (value: T) => readonly ContractCheck[];
  /** Where a plug-in finds `zod` and `@tenas/` packages that are not installed beside it: a module's URL. */
  readonly importsFrom: string;
  /** Folder that relative paths start from; default the current one. */
  readonly folder?: string | undefined;
  /** The hash that the file has to have, from a record or a batch. */
  readonly sha256?: string | undefined;
  /** Files that describe the plug-in and are no modules. Default: all files are modules. */
  readonly described?: DescribedPlugIns<T> | undefined;
}

/** Files that describe a plug-in, such as a space in YAML. */
export interface DescribedPlugIns<T> {
  /** Whether a path is that of such a file. */
  isDescription(path: string): boolean;
  /** Makes the plug-in of a file's text. @throws TenasError naming file, line and field */
  read(text: string, path: string): T | Promise<T>;
}

/** Whether text is the path of a plug-in and not the name of something built in. */
export function isPlugInPath(text: string): boolean {
  return /^(\.{0,2}\/|file:)/.test(text) || /\.(m?js|ya?ml|json)$/i.test(text);
}

/** Largest file of a plug-in. */
const MOST_BYTES = 2 ** 26;

/**
 * Imports a space, a metric or a strategy from a file, or reads its description, and checks it.
 *
 * The same file is imported once in a process. A file that has changed since is imported again.
 *
 * @param text path or `file:` URL
 * @throws TenasError `PLUG_IN_MISSING` where there is no such file, `PLUG_IN_INVALID` where it cannot be imported, exports
 * nothing by default or breaks the contract, `PLUG_IN_CHANGED` where its hash is not the one asked for
 */
export async function loadPlugIn<T extends object>(
  text: string,
  options: LoadPlugInOptions<T>,
): Promise<PlugIn<T>> {
  const { kind, field } = options;
  const fail = (code: string, problem: string, cause?: unknown) =>
    new TenasError(code, `${field}: ${problem}`, { field, value: text, cause });
  const path = pathOf(text, options.folder);
  if (path === null) throw fail('PLUG_IN_MISSING', `${text} is no URL of a file; give a path`);
  const described = options.described?.isDescription(path) === true ? options.described : undefined;
  const bytes = await readInput(path, { maxBytes: MOST_BYTES }).catch((cause: unknown) => {
    const wanted = described === undefined ? `a module that exports a ${kind} by default` : `a ${kind}`;
    const reason =
      cause instanceof TenasError
        ? cause.message.replace(/; give a file$/, '')
        : `${path}: ${reasonOf(cause)}`;
    throw fail('PLUG_IN_MISSING', `${reason}; give the path of ${wanted}`, cause);
  });
  const { createHash } = await import('node:crypto');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (options.sha256 !== undefined && options.sha256 !== sha256) {
    throw fail(
      'PLUG_IN_CHANGED',
      `${path} has SHA-256 ${sha256}; the ${kind} asked for has ${options.sha256}; give the same file`,
    );
  }
  const value =
    described === undefined
      ? await imported<T>(path, sha256, options, fail)
      : await described.read(decodedText(bytes), text);
  const broken = (problem: string, cause: unknown) =>
    fail('PLUG_IN_INVALID', `${path} is no valid ${kind}: ${problem}: ${reasonOf(cause)}`, cause);
  for (const check of checksOf(options, value, broken)) {
    try {
      await check.run();
    } catch (cause) {
      throw broken(`"${check.name}" fails`, cause);
    }
  }
  const name = 'name' in value && typeof value.name === 'string' ? value.name : '';
  return { kind, name, path, sha256, value };
}

/** The default export of a module. */
async function imported<T extends object>(
  path: string,
  sha256: string,
  { kind, importsFrom }: LoadPlugInOptions<T>,
  fail: (code: string, problem: string, cause?: unknown) => TenasError,
): Promise<T> {
  resolveAlsoFrom(importsFrom);
  const url = pathToFileURL(path);
  // Node keeps modules by URL: with the hash in it, a changed file is another module.
  url.searchParams.set('sha256', sha256);
  const exported: unknown = await import(/* @vite-ignore */ url.href).catch((cause: unknown) => {
    throw fail('PLUG_IN_INVALID', `${path} could not be imported: ${whereAndWhy(cause, path)}`, cause);
  });
  const value = isRecord(exported) ? exported.default : undefined;
  if (typeof value !== 'object' || value === null) {
    const found = value === undefined ? 'has no default export' : `exports a ${typeof value} by default`;
    throw fail('PLUG_IN_INVALID', `${path} ${found}; write \`export default\` before the ${kind}`);
  }
  // The contract takes what it is given for a T and says where it is none.
  return value as T;
}

function checksOf<T>(
  { contract }: LoadPlugInOptions<T>,
  value: T,
  broken: (problem: string, cause: unknown) => TenasError,
): readonly ContractCheck[] {
  try {
    return contract(value);
  } catch (cause) {
    throw broken('it cannot be checked', cause);
  }
}

function pathOf(text: string, folder: string | undefined): string | null {
  if (!text.startsWith('file:')) return resolve(folder ?? '.', text);
  try {
    return fileURLToPath(text);
  } catch {
    return null;
  }
}

const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
};

function reasonOf(cause: unknown): string {
  const { code = '', message } = describeThrown(cause);
  return FILE_PROBLEMS[code] ?? message;
}

/** The message of an error, after the place in the file where it can be known. */
function whereAndWhy(cause: unknown, path: string): string {
  const why = reasonOf(cause).replace(/\?sha256=\w+/g, '');
  const line = cause instanceof SyntaxError ? checkedLine(path) : thrownLine(cause, path);
  return line === null ? why : `line ${line}: ${why}`;
}

function thrownLine(cause: unknown, path: string): string | null {
  const stack = stackOf(cause);
  const [, rest = ''] = stack.split(`/${encodeURI(basename(path))}?sha256=`);
  return /^\w+:(\d+)/.exec(rest)?.[1] ?? null;
}

function stackOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? String(thrown.stack) : '';
  } catch {
    return '';
  }
}

/** Where Node finds a syntax error in a file: the error of an import does not say it. */
function checkedLine(path: string): string | null {
  const { stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8' });
  return /^\S.*:(\d+)$/m.exec(stderr)?.[1] ?? null;
}
