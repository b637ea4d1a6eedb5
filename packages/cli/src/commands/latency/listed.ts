import { TenasError } from '@tenas/base';
import { ARCHITECTURE_COLUMNS, columnOf, readCsv } from '@tenas/records';
import type { Space } from '@tenas/spaces';
import { inputText } from '../../input-text.js';

/** An architecture of a list. */
export interface Listed {
  readonly architecture: object;
  /** As the space writes it. */
  readonly text: string;
}

/**
 * The architectures of `--list`: one per line (empty lines and those with `#` are skipped), or a CSV with a column of
 * them. One that stands there twice is taken once.
 * @throws TenasError OPTION_INVALID naming the line; CSV_INVALID; those of reading
 */
export async function listedArchitectures(
  path: string,
  space: Space,
  signal: AbortSignal,
): Promise<Listed[]> {
  const content = await inputText('--list', path, signal);
  const lines = /\.(csv|tsv)(\.gz)?$/i.test(path) ? tableLines(content, path) : plainLines(content);
  const found = new Map<string, Listed>();
  for (const { text, line } of lines) {
    const architecture = parsed(space, text, `--list: ${path}:${line}`);
    const written = space.format(architecture);
    found.set(written, { architecture, text: written });
  }
  if (found.size > 0) return [...found.values()];
  throw new TenasError('OPTION_INVALID', `--list: ${path} has no architectures`, {
    field: '--list',
    value: path,
  });
}

interface Line {
  readonly text: string;
  readonly line: number;
}

function tableLines(content: string, path: string): Line[] {
  const table = readCsv(content, path);
  const column = columnOf(table, ARCHITECTURE_COLUMNS, 'the architectures');
  return table.rows.map(({ cells, line }) => ({ text: cells[column] ?? '', line }));
}

function plainLines(content: string): Line[] {
  return content
    .split('\n')
    .map((text, at) => ({ text: text.trim(), line: at + 1 }))
    .filter(({ text }) => text !== '' && !text.startsWith('#'));
}

function parsed(space: Space, text: string, place: string): object {
  try {
    return space.parse(text);
  } catch (cause) {
    if (!(cause instanceof TenasError)) throw cause;
    throw new TenasError('OPTION_INVALID', `${place}: ${cause.message}`, {
      field: '--list',
      value: text,
      cause,
    });
  }
}
