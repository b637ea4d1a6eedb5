import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../scripts/steps.mjs';

/** The text of all files of TypeScript and C++ below a folder. */
function sourcesBelow(folder: string): string {
  return readdirSync(join(repositoryRoot, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|cpp|hpp)$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}

const page = readFileSync(join(repositoryRoot, 'docs/troubleshooting.md'), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| `'));
const codes = rows.flatMap((row) =>
  [...row.split('|')[1]!.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code!),
);

describe('docs/troubleshooting.md', () => {
  it('names errors', () => {
    expect(codes.length).toBeGreaterThan(25);
    expect(new Set(codes).size).toBe(codes.length);
  });

  it('names only errors that the code throws', () => {
    const packages = readdirSync(join(repositoryRoot, 'packages')).map((name) => `packages/${name}/src`);
    const sources = ['native/src', 'native/ts', ...packages]
      .filter((folder) => existsSync(join(repositoryRoot, folder)))
      .map(sourcesBelow)
      .join('\n');
    expect(codes.filter((code) => !sources.includes(`'${code}'`) && !sources.includes(`"${code}"`))).toEqual(
      [],
    );
  });
});
