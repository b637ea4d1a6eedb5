import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const source = fileURLToPath(new URL('../src', import.meta.url));

/** What a module loads before it does anything: its static imports, without those of types alone. */
function loadedBy(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)';/gms)]
    .filter(([statement]) => !/^(?:import|export) \{\s*(?:type \w+,?\s*)+\}/.test(statement))
    .map(([, specifier]) => specifier!);
}

it('loads little but commander before it knows the command, so that help and version come at once', () => {
  const packages = new Set<string>();
  const files = new Set<string>();
  const visit = (path: string): void => {
    if (files.has(path)) return;
    files.add(path);
    for (const specifier of loadedBy(path)) {
      if (specifier.startsWith('.')) visit(resolve(dirname(path), specifier.replace(/\.js$/, '.ts')));
      else if (!specifier.startsWith('node:')) packages.add(specifier);
    }
  };
  visit(resolve(source, 'main.ts'));
  expect(files.size).toBeGreaterThan(6);
  expect([...packages].sort()).toEqual(['@tenas/base/output-error', 'commander']);
  expect([...files].filter((path) => path.includes('/commands/'))).toEqual([]);
});
