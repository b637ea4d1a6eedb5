import { readdirSync, readFileSync } from 'node:fs';
import { RandomStream, TenasError } from '@tenas/base';
import { expectBounded } from '@tenas/base/testing';
import { describe, expect, it } from 'vitest';
import { parseSpaceFile } from '../src/file/index.js';

const folder = new URL('files/', import.meta.url);
const texts = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8'));
/** Pieces of the language, and of what a file should not hold. */
const pieces = [
  ...texts.flatMap((text) => text.match(/[\w.<-]+|[{}[\]:,]|\n +/g) ?? []),
  ...[
    '1000000000',
    '-1',
    '0',
    '1e99',
    '.nan',
    'null',
    'true',
    '__proto__',
    'constructor',
    '&a',
    '*a',
    '<<',
    '!!map',
    '"',
  ],
];

/** A file with some pieces replaced, left out or repeated. */
function mutated(random: RandomStream): string {
  let text = texts[random.below(texts.length)]!;
  for (let edits = 1 + random.below(4); edits > 0; edits--) {
    const words = [...text.matchAll(/[\w.<-]+|[^\s\w]|\n *(?:- )?/g)];
    const { index, 0: word } = words[random.below(words.length)]!;
    const piece = pieces[random.below(pieces.length)]!;
    const instead = [piece, '', `${word}${word}`, `[${word}, ${piece}]`, `${word}${piece}`][random.below(5)]!;
    text = text.slice(0, index) + instead + text.slice(index + word.length);
  }
  return text;
}

/** Uses whatever a file describes; says whether it was refused. */
function use(text: string): boolean {
  let space: ReturnType<typeof parseSpaceFile>;
  try {
    space = parseSpaceFile(text, 'own.yaml');
  } catch (error) {
    expect(error, text).toBeInstanceOf(TenasError);
    expect((error as TenasError).code).toBe('SPACE_FILE_INVALID');
    expect((error as TenasError).message).toMatch(/^own\.yaml/);
    expect((error as TenasError).message.length).toBeLessThan(20_000);
    return true;
  }
  for (const architecture of space.sample({ count: 1, seed: 2 })) {
    const written = space.format(architecture);
    expect(space.format(space.parse(written))).toBe(written);
    const size = space.sizes.proxy({ classes: 10, height: 32, width: 32 });
    expect(space.network(architecture, size).nodes.length, text).toBeGreaterThan(0);
    expect(Object.keys(space.drawing!(architecture)).length).toBeGreaterThan(0);
    space.supernet?.build(space.supernet.sizes.proxy({ classes: 10, height: 32, width: 32 }));
  }
  return false;
}

describe('a file of a space with mistakes', () => {
  it('is refused with its name and a code, or is a space whose networks are built', () => {
    const runs = 400;
    const refused = expectBounded({ seconds: 60, mebibytes: 1000 }, () => {
      const random = new RandomStream('mutated files of spaces', 1);
      return Array.from({ length: runs }, () => use(mutated(random))).filter(Boolean).length;
    });
    expect(refused).toBeGreaterThan(runs / 4);
    expect(refused).toBeLessThan(runs);
  });
});
