import { errnoOf, readInput, readInputText, TenasError } from '@tenas/base';
import type { PickleValue } from './pickle-numpy.js';
import { unpickle } from './unpickle.js';

/** Largest file of class names; CIFAR-100's has a kilobyte. */
const MOST_BYTES = 1 << 16;

/**
 * Class names in a text file, one per line; undefined where there is no such file. Throws TenasError DATA_INVALID for a file that
 * does not hold exactly `classes` names.
 */
export async function readClassNames(path: string, classes: number): Promise<readonly string[] | undefined> {
  const invalid = (problem: string, cause?: unknown) =>
    new TenasError(
      'DATA_INVALID',
      `${path} ${problem}; it must hold the names of the ${classes} classes, one per line`,
      { field: path, cause },
    );
  let text: string;
  try {
    text = await readInputText(path, { maxBytes: MOST_BYTES });
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return undefined;
    throw invalid(
      cause instanceof TenasError ? cause.message.slice(path.length + 1) : 'cannot be read',
      cause,
    );
  }
  const names = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (names.length !== classes) throw invalid(`has ${names.length} names`);
  return names;
}

/**
 * Class names in a pickled dict, as the Python versions of CIFAR have them; undefined where there is no such file.
 * @param field of the dict
 * @throws TenasError DATA_INVALID
 */
export async function pickledClassNames(
  path: string,
  field: string,
  classes: number,
): Promise<readonly string[] | undefined> {
  const invalid = (problem: string, cause?: unknown) =>
    new TenasError(
      'DATA_INVALID',
      `${path}: ${problem}; '${field}' must be the names of the ${classes} classes`,
      {
        field: path,
        cause,
      },
    );
  let dict: PickleValue;
  try {
    dict = unpickle(await readInput(path, { maxBytes: MOST_BYTES }));
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return undefined;
    throw invalid(cause instanceof Error ? cause.message : 'it cannot be read', cause);
  }
  const names = dict instanceof Map ? dict.get(field) : undefined;
  if (!Array.isArray(names) || names.length !== classes || !names.every((name) => typeof name === 'string'))
    throw invalid(`'${field}' is missing or no list of ${classes} texts`);
  return names as readonly string[];
}
