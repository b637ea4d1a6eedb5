import { clip, TenasError } from '@tenas/base';
import { GenotypeSyntaxError } from './genotype-syntax-error.js';
import { namedIndex } from './named-index.js';
import { ownReaders } from './own-readers.js';
import { getSpace, listSpaces } from './registry.js';
import type { Space } from './space.js';

/** An architecture with the space that it belongs to. */
export interface FoundArchitecture {
  readonly space: Space;
  readonly architecture: object;
}

/**
 * Reads an architecture's text or known name. Without a space, every known one is asked whether it can read it.
 *
 * @param name of the space; default: the one that can read the text
 * @throws TenasError `UNKNOWN_SPACE`; the space's own error for text that it cannot read; `ARCHITECTURE_UNKNOWN` for a
 * number in a space without numbers; without a space `ARCHITECTURE_UNKNOWN` where none can read it, or the error of the
 * one that came furthest, and `ARCHITECTURE_AMBIGUOUS` where several can
 */
export function findArchitecture(text: string, name?: string | undefined): FoundArchitecture {
  if (name !== undefined) {
    const space = getSpace(name);
    return { space, architecture: parsed(text, space) };
  }
  if (namedIndex(text) !== null) {
    throw new TenasError(
      'ARCHITECTURE_AMBIGUOUS',
      `${clip(text)} is a number in any space; name the space (--space)`,
      { field: 'space', value: text },
    );
  }
  const read = new Map<Space, object>();
  const problems: unknown[] = [];
  for (const space of listSpaces()) {
    try {
      read.set(space, space.parse(text));
    } catch (error) {
      problems.push(error);
    }
  }
  const spaces = ownReaders([...read.keys()]);
  const [space, ...others] = spaces;
  if (space === undefined) throw furthest(problems) ?? unknown(text);
  if (others.length === 0) return { space, architecture: read.get(space)! };
  const names = spaces.map(({ name }) => name).join(', ');
  throw new TenasError(
    'ARCHITECTURE_AMBIGUOUS',
    `${clip(text)} is an architecture of ${names}; name the space`,
    { field: 'space', value: text },
  );
}

/** Most spaces cannot read numbers, and their syntax errors would not say so. */
function parsed(text: string, space: Space): object {
  try {
    return space.parse(text);
  } catch (error) {
    if (namedIndex(text) === null || !(error instanceof GenotypeSyntaxError)) throw error;
    const message = `${clip(text.trim())}: the space ${space.name} has no numbers of its own, as files may number its architectures in any order; give the architecture itself, such as ${space.example}, or the file that numbers them (--index-table)`;
    throw new TenasError('ARCHITECTURE_UNKNOWN', message, {
      field: 'architecture',
      value: text,
      cause: error,
    });
  }
}

/** The problem of the space that read most of the text, if one read the beginning. */
function furthest(problems: readonly unknown[]): GenotypeSyntaxError | undefined {
  const begun = problems.filter(
    (problem): problem is GenotypeSyntaxError =>
      problem instanceof GenotypeSyntaxError && problem.position > 0,
  );
  return begun.toSorted((a, b) => b.position - a.position)[0];
}

function unknown(text: string): TenasError {
  const examples = listSpaces().map(({ name, example, knownArchitectures }) => {
    const known = knownArchitectures.length === 0 ? '' : ` (known are ${knownArchitectures.join(', ')})`;
    return `\n  ${name}: ${example}${known}`;
  });
  return new TenasError(
    'ARCHITECTURE_UNKNOWN',
    `no space can read ${JSON.stringify(clip(text))}; architectures look like this:${examples.join('')}`,
    { field: 'architecture', value: text },
  );
}
