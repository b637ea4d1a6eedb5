import { type ExitCode, exitCodes } from './exit-codes.js';
import { escapedLine, type Io, jsonText, Stopped } from './io.js';

/** An error as it is shown: with `--json` as the document on standard output, else as text on standard error. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly field?: string;
  readonly value?: unknown;
}

interface CodedError extends Error {
  readonly code: string;
  readonly field?: string;
  readonly value?: unknown;
  readonly problems?: readonly string[];
}

// By shape and not by class: the packages that define the classes are loaded only by the commands that need them.
function isCoded(error: unknown): error is CodedError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

/** Codes of failures that another command line would not have prevented. */
const unavailableCodes = new Set([
  'OUT_OF_MEMORY',
  'ISA_UNAVAILABLE',
  'CUDA_UNAVAILABLE',
  'CUDA_FAILED',
  'ADDON_MISSING',
  'DEPENDENCY_MISSING',
  'LOCK_FAILED',
  'SQLITE_UNAVAILABLE',
  'ONNXRUNTIME_UNAVAILABLE',
  'FETCH_FAILED',
  'CHECKSUM_MISMATCH',
  'OUTPUT_PERMISSION',
  'OUTPUT_NO_SPACE',
  'OUTPUT_FAILED',
  'QUEUE_UNREACHABLE',
  'STORE_BUSY',
  'STORE_DAMAGED',
  'FONTS_MISSING',
  'PAGE_PART_MISSING',
]);

/** Codes and words of errors of Node and of libraries where a part of an installation is missing or of another machine. */
const missingCodes = new Set(['ERR_DLOPEN_FAILED', 'MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND']);
const missingText =
  /^(Could not load the "\w+" module|Could not locate the bindings|No native build was found)/;

/** Codes of failures that are not the user's: shown as internal errors. */
const internalCodes = new Set(['INTERNAL', 'NO_CONVERGENCE', 'DISPOSED']);

const systemErrorCode = /^(E[A-Z0-9]+|UND_ERR_[A-Z_]+)$/;

/** Codes that Node gives for errors of the file system and the network, with what they mean to a person. */
const systemErrorAdvice: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EISDIR: 'this is a folder, a file was expected',
  ENOTDIR: 'a part of this path is not a folder',
  ENOSPC: 'no space left on the disk',
  EROFS: 'the file system is read-only',
  EMFILE: 'this process may open no more files (ulimit -n)',
  ENFILE: 'the system can open no more files',
};

/** Of fewer open files Node finds modules missing that are there. */
const FEW_FILES = 256;

/** How many files this process may open; Infinity where the system sets or tells none. */
function openFilesLimit(): number {
  const { userLimits } = process.report.getReport() as {
    readonly userLimits?: { readonly open_files?: { readonly soft: number | string } };
  };
  const soft = Number(userLimits?.open_files?.soft);
  return Number.isNaN(soft) ? Number.POSITIVE_INFINITY : soft;
}

/** Explains an error to the person who typed the command, and gives the exit code. */
export function explain(error: unknown): { failure: Failure; exitCode: ExitCode } {
  if (error instanceof Stopped) {
    return { failure: { code: 'INTERRUPTED', message: 'stopped on request' }, exitCode: error.exitCode };
  }
  if (isCoded(error) && !internalCodes.has(error.code) && !error.code.startsWith('ERR_')) {
    const details = {
      ...(error.field === undefined ? {} : { field: error.field }),
      ...(error.value === undefined ? {} : { value: error.value }),
    };
    if (systemErrorCode.test(error.code)) {
      const path = 'path' in error && typeof error.path === 'string' ? `${error.path}: ` : '';
      const name = error.field === undefined ? '' : `${error.field}: `;
      const advice = systemErrorAdvice[error.code];
      const message = name + (advice === undefined ? error.message : `${path}${advice}`);
      const wrongPath = ['ENOENT', 'EISDIR', 'ENOTDIR'].includes(error.code);
      return {
        failure: { code: error.code, message, ...details },
        exitCode: wrongPath ? exitCodes.badInput : exitCodes.unavailable,
      };
    }
    const unavailable = unavailableCodes.has(error.code);
    const unsaid = error.code === 'OUT_OF_MEMORY' && !error.message.includes('memory');
    const message = unsaid ? `out of memory: ${error.message}` : error.message;
    return {
      failure: { code: error.code, message, ...details },
      exitCode: unavailable ? exitCodes.unavailable : exitCodes.badInput,
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  if ((isCoded(error) && missingCodes.has(error.code)) || missingText.test(message)) {
    const [reason] = message.split('\n');
    const files = openFilesLimit();
    const advice =
      files < FEW_FILES
        ? `this process may open only ${files} files (ulimit -n), which is too few to load everything`
        : 'install the packages again (npm ci)';
    return {
      failure: {
        code: 'DEPENDENCY_MISSING',
        message: `a library can't be loaded on this machine: ${reason}; ${advice}`,
      },
      exitCode: exitCodes.unavailable,
    };
  }
  return {
    failure: {
      code: 'INTERNAL',
      message: `internal error: ${message} (set TENAS_DEBUG=1 for the stack trace)`,
    },
    exitCode: exitCodes.internal,
  };
}

/** Shows an error as {@link Failure} says and returns the exit code. */
export function report(io: Io, json: boolean, error: unknown): ExitCode {
  // After a stop was requested, every failure is a consequence of it.
  const cause: unknown = io.signal.aborted ? io.signal.reason : error;
  const { failure, exitCode } = explain(cause);
  if (json) io.out(`${jsonText({ error: failure })}\n`);
  // A file may have any name, also one with line breaks: only an error that tells several problems has several lines.
  const lines = (isCoded(cause) ? cause.problems : undefined) ?? [failure.message];
  io.err(`${failure.code === 'INTERRUPTED' ? 'tenas' : 'error'}: ${lines.map(escapedLine).join('\n')}\n`);
  if (io.env.TENAS_DEBUG && error instanceof Error) io.err(`${error.stack ?? ''}\n`);
  return exitCode;
}
