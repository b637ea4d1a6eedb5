import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, writeFileAtomically, writeUnderFreshName } from '@tenas/base';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';

const folder = temporaryFolder();

describe('makeFolder', () => {
  it('makes all that is missing, and says so where it cannot', () => {
    makeFolder(join(folder, 'x', 'y', 'z'));
    makeFolder(join(folder, 'x', 'y', 'z'));
    expect(readdirSync(join(folder, 'x', 'y'))).toEqual(['z']);
    writeFileSync(join(folder, 'x', 'file'), '');
    expect(() => makeFolder(join(folder, 'x', 'file'))).toThrow(/EEXIST/);
    expect(() => makeFolder(join(folder, 'x', 'file', 'below'))).toThrow(/ENOTDIR/);
  });

  it.skipIf(!existsSync('/proc/self'))('ends where the file system refuses (skipped without /proc)', () => {
    expect(() => makeFolder('/proc/tenas/runs')).toThrow(/ENOENT|EACCES/);
  });
});

describe('writeUnderFreshName', () => {
  it('replaces nothing and counts up', () => {
    const inside = join(folder, 'fresh');
    const paths = ['a', 'b', 'c'].map((content) => writeUnderFreshName(inside, 'r', '.json', content));
    expect(paths).toEqual(['r.json', 'r-2.json', 'r-3.json'].map((name) => join(inside, name)));
    expect(paths.map((path) => readFileSync(path, 'utf8'))).toEqual(['a', 'b', 'c']);
    expect(readdirSync(inside)).toHaveLength(3);
  });
});

describe('writeFileAtomically', () => {
  it('replaces the whole content and leaves no temporary file', () => {
    const path = join(folder, 'atomic', 'file.json');
    writeFileAtomically(path, 'old');
    writeFileAtomically(path, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readdirSync(join(folder, 'atomic'))).toEqual(['file.json']);
  });

  it('keeps what was there when it cannot write', () => {
    const path = join(folder, 'kept', 'target');
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'inside'), 'kept');
    expect(() => writeFileAtomically(path, 'new')).toThrow();
    expect(readdirSync(join(folder, 'kept'))).toEqual(['target']);
    expect(readFileSync(join(path, 'inside'), 'utf8')).toBe('kept');
  });
});
