import { readFileSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readPackages } from '../../../scripts/workspace.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const source = resolve(root, 'packages/cli/src');

/** The source file of each way into a package: of `@tenas/metrics` and of `@tenas/metrics/definitions`. */
const entries = new Map<string, string>(
  readPackages(root).flatMap(({ folder, manifest }) => {
    const { name, exports = {} } = JSON.parse(readFileSync(resolve(root, manifest), 'utf8'));
    return Object.entries<{ 'tenas-source'?: string } | string>(exports).flatMap(([path, target]) =>
      typeof target === 'object' && target['tenas-source'] !== undefined
        ? [[name + path.slice(1), resolve(folder, target['tenas-source'])] as const]
        : [],
    );
  }),
);

/** What a module loads before it does anything: its static imports, without those of types alone. */
function loadedBy(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)';/gms)]
    .filter(([statement]) => !/^(?:import|export) \{\s*(?:type \w+,?\s*)+\}/.test(statement))
    .map(([, specifier]) => specifier!);
}

/** All files of this repository that a module of the command loads, and the packages that are not of it. */
function closureOf(start: string): { readonly files: string[]; readonly packages: string[] } {
  const packages = new Set<string>();
  const files = new Set<string>();
  const visit = (path: string): void => {
    if (files.has(path)) return;
    files.add(path);
    for (const specifier of loadedBy(path)) {
      const own = entries.get(specifier);
      if (own !== undefined) visit(own);
      else if (specifier.startsWith('.')) visit(resolve(dirname(path), specifier.replace(/\.js$/, '.ts')));
      else if (!specifier.startsWith('node:')) packages.add(specifier);
    }
  };
  visit(resolve(source, start));
  const shown = [...files].map((path) => path.slice(root.length).replaceAll(sep, '/'));
  return { files: shown, packages: [...packages].sort() };
}

describe('start-up', () => {
  it('loads little but commander before it knows the command, so that help and version come at once', () => {
    const { files, packages } = closureOf('main.ts');
    expect(files.length).toBeGreaterThan(6);
    expect(packages).toEqual(['commander']);
    const others = files.filter(
      (path) => !path.startsWith('packages/cli/src/') || path.includes('/commands/'),
    );
    expect(others.sort()).toEqual([
      'packages/base/src/errors.ts',
      'packages/base/src/json-value.ts',
      'packages/base/src/output-error.ts',
    ]);
  });

  it.each(['search', 'score', 'bench'])(
    'tenas %s --help loads what strategies and metrics say of themselves, not what runs them',
    (command) => {
      const { files, packages } = closureOf(`commands/${command}/options.ts`);
      expect(files).toContain('packages/metrics/src/list/zico.ts');
      expect(packages).toEqual(['commander', 'zod']);
      const heavy =
        /spaces\/src\/registry|graph\/src\/(?!blocks|cost|definitions|liveness|peak-activations|types)|data\/src\/open|metrics\/src\/evaluator\/|packages\/records\/|run-search|pruning-run|engine-evaluator/;
      expect(files.filter((path) => heavy.test(path))).toEqual([]);
    },
  );

  it('tenas train --help loads recipes, not what trains', () => {
    const { files, packages } = closureOf('commands/train/options.ts');
    expect(files).toContain('packages/spaces/src/training-recipe.ts');
    expect(packages).toEqual(['commander', 'zod']);
    const heavy =
      /spaces\/src\/registry|graph\/src\/|data\/src\/open|native\/|train\/src\/(?!definitions|recipe-settings)|packages\/(records|onnx)\//;
    expect(files.filter((path) => heavy.test(path))).toEqual([]);
  });
});
