import { clip, TenasError } from '@tenas/base';
import { type FoundArchitecture, findArchitecture, namedIndex, type Space } from '@tenas/spaces';
import { optionInvalid } from './flag-reading.js';
import { givenIndexTable } from './given-index-table.js';
import { inputText } from './input-text.js';

/** What `--arch` reads at most: the longest architecture of a built-in space is a thousandth of it. */
const LARGEST = 2 ** 20;

/** The text that `--arch` says, or that the file in `@file` or standard input (`-`) holds. */
async function architectureText(given: string, signal: AbortSignal): Promise<string> {
  if (given !== '-' && !given.startsWith('@')) return given;
  if (given === '@') throw optionInvalid('--arch', given, 'the name of a file behind it, as @cell.txt');
  const text = await inputText('--arch', given === '-' ? '/dev/stdin' : given.slice(1), signal, LARGEST);
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.trim().startsWith('#'));
  if (lines.length > 0) return lines.join('\n').trim();
  throw new TenasError('OPTION_INVALID', `--arch: ${clip(given)} is empty; give an architecture`, {
    field: '--arch',
    value: given,
  });
}

/**
 * The architecture that `--arch` says: a text, a known name, or `index:1234`, a number that `--index-table` reads,
 * or `@file` and `-` that hold one.
 * @param space that `--space` names; undefined: the one that can read the text. Numbers need it
 * @throws TenasError OPTION_INVALID for a table without a number, INDEX_OUT_OF_RANGE, those of reading the table and of
 *   `findArchitecture`
 */
export async function namedArchitecture(
  given: { readonly arch: string; readonly indexTable?: string | undefined },
  space: Space | undefined,
  signal: AbortSignal,
): Promise<FoundArchitecture> {
  const { indexTable } = given;
  const arch = await architectureText(given.arch, signal);
  if (indexTable === undefined) return findArchitecture(arch, space?.name);
  const index = namedIndex(arch);
  if (index === null) {
    throw new TenasError(
      'OPTION_INVALID',
      `--index-table: goes with a number, as --arch index:1234; --arch is ${clip(JSON.stringify(arch))}`,
      { field: '--index-table', value: indexTable },
    );
  }
  if (space === undefined) return findArchitecture(arch);
  const table = await givenIndexTable(indexTable, space, signal);
  return findArchitecture(table?.textOf(index) ?? arch, space.name);
}
