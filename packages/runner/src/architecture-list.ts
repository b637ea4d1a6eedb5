import { closeSync, readFileSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { decodedText, openInputSync, TenasError, withPath } from '@tenas/base';
import { ARCHITECTURE_COLUMNS, columnOf, readCsv } from '@tenas/records';
import type { Enumeration, Space } from '@tenas/spaces';
import { architecturesOfBatch } from './batch-architectures.js';
import { inSpec } from './spec/in-spec.js';
import type { ReadSpec, SpecPath } from './spec/read-spec.js';
import type { SpecArchitectures } from './spec/schema.js';

/** The architectures of a section. */
export interface Listed {
  /** As the spec counts them. */
  readonly count: number;
  architectures(): Iterable<object>;
}

/**
 * The architectures that a section names.
 * @param path of the section
 * @throws TenasError `SPEC_INVALID` naming the field, or the line of a file
 */
export function listed(
  read: ReadSpec,
  space: Space,
  { architectures: given }: { readonly architectures: SpecArchitectures },
  path: SpecPath,
): Listed {
  const field = [...path, 'architectures'];
  if (given === 'all') {
    const { enumeration } = space;
    if (enumeration === undefined) {
      const problem = `got "all"; ${space.name} has too many architectures, give {sample: COUNT}`;
      throw read.fieldError(field, problem);
    }
    return { count: enumeration.size, architectures: () => allOf(enumeration) };
  }
  if (Array.isArray(given)) {
    const parsed = given.map((text, index) =>
      inSpec({ read, path: [...field, index] }, () => space.parse(text)),
    );
    return { count: parsed.length, architectures: () => parsed };
  }
  if ('sample' in given) {
    const sample = inSpec({ read, path: [...field, 'sample'] }, () =>
      space.sample({ count: given.sample, seed: given.seed }),
    );
    return { count: sample.length, architectures: () => sample };
  }
  if ('batch' in given) {
    const folder = resolve(read.folder, given.batch);
    const { metric, best: count } = given;
    const best = metric === undefined || count === undefined ? null : { metric, best: count };
    const within = ([part]: SpecPath): SpecPath => (part === 'metric' ? ['metric'] : ['batch']);
    const found = inSpec({ read, path: field, within }, () => architecturesOfBatch(folder, space, best));
    return { count: found.length, architectures: () => found };
  }
  const file = resolve(read.folder, given.file);
  function* parsed(): Generator<object> {
    for (const { text, line } of isTable(file) ? textsOfTable(file) : textsOfList(file)) {
      try {
        yield space.parse(text);
      } catch (error) {
        if (!(error instanceof TenasError)) throw error;
        throw new TenasError('SPEC_INVALID', `${file}:${line}: ${error.message}`, { cause: error });
      }
    }
  }
  // Read once to find mistakes before anything is stored.
  const count = inSpec({ read, path: [...field, 'file'] }, () => {
    let lines = 0;
    for (const _ of parsed()) lines++;
    return lines;
  });
  return { count, architectures: parsed };
}

function* allOf(enumeration: Enumeration): Generator<object> {
  for (let index = 0; index < enumeration.size; index++) yield enumeration.at(index);
}

/** The text of an architecture with its line. */
interface ListedText {
  readonly text: string;
  readonly line: number;
}

function isTable(file: string): boolean {
  return /\.(csv|tsv)$/i.test(file);
}

/** The architectures of a table, such as `tenas data table` writes, in a column of a usual name. */
function textsOfTable(file: string): ListedText[] {
  const table = readCsv(decodedText(bytesOf(file)), file);
  const column = columnOf(table, ARCHITECTURE_COLUMNS.slice(0, 3), 'the architectures');
  return table.rows.map(({ cells, line }) => ({ text: cells[column] ?? '', line }));
}

function bytesOf(path: string): Buffer {
  const file = openInputSync(path);
  try {
    return readFileSync(file);
  } catch (error) {
    throw withPath(error, path);
  } finally {
    closeSync(file);
  }
}

/** The lines of a list without those that are empty or comments. */
function* textsOfList(file: string): Generator<ListedText> {
  let line = 0;
  for (const given of linesOf(file)) {
    line++;
    const text = given.trim();
    if (text !== '' && !text.startsWith('#')) yield { text, line };
  }
}

/** Longest line of a list that is read: the text of a cell is some hundred characters. */
const LONGEST_LINE = 1 << 20;

/** Lines of a file of any length. */
function* linesOf(path: string): Generator<string> {
  const file = openInputSync(path);
  try {
    const decoder = new TextDecoder();
    const block = Buffer.alloc(1 << 16);
    let rest = '';
    for (;;) {
      const size = readSync(file, block);
      rest += decoder.decode(block.subarray(0, size), { stream: size > 0 });
      const lines = rest.split('\n');
      rest = lines.pop()!;
      yield* lines;
      if (rest.length > LONGEST_LINE) {
        throw new TenasError('INPUT_INVALID', `${path} has a line of more than ${LONGEST_LINE} characters`, {
          field: path,
        });
      }
      if (size === 0) break;
    }
    if (rest !== '') yield rest;
  } catch (error) {
    throw withPath(error, path);
  } finally {
    closeSync(file);
  }
}
