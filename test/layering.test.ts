import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkLayering } from '../scripts/check-layering.mjs';
import { repositoryRoot } from '../scripts/steps.mjs';
import { readPackages, scope } from '../scripts/workspace.mjs';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const versions = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, '1.0.0']));

function manifest(
  name: string,
  dependencies: readonly string[] = [],
  devDependencies: readonly string[] = [],
) {
  return JSON.stringify({
    name: `@tenas/${name}`,
    dependencies: versions(dependencies),
    devDependencies: versions(devDependencies),
  });
}

/** A small repository with the layers base, graph and metrics, and the given files on top. */
function repository(files: Record<string, string> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'tenas-layering-'));
  folders.push(root);
  const layers = {
    'package.json': '{"name":"root","devDependencies":{"vitest":"1.0.0"}}',
    'packages/base/package.json': manifest('base'),
    'packages/base/src/index.ts': 'export const base = 1;',
    'packages/graph/package.json': manifest('graph', ['@tenas/base']),
    'packages/graph/src/index.ts': "import { base } from '@tenas/base';\nexport const graph = base;",
    'packages/metrics/package.json': manifest('metrics', ['@tenas/graph']),
    'packages/metrics/src/index.ts': "export { graph } from '@tenas/graph';",
  };
  for (const [name, content] of Object.entries({ ...layers, ...files })) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  return root;
}

describe('layering check', () => {
  it('accepts imports that point down', () => {
    expect(checkLayering(repository())).toEqual({ files: 3, violations: [] });
  });

  it('accepts this repository', () => {
    expect(checkLayering(repositoryRoot).violations).toEqual([]);
  });

  it.each([
    ['a static import', "import { metrics } from '@tenas/metrics';"],
    ['a type import', "import type { Metric } from '@tenas/metrics';"],
    ['an export', "export * from '@tenas/metrics';"],
    ['a dynamic import', "export const load = () => import('@tenas/metrics');"],
    ['a path inside the package', "import { metrics } from '@tenas/metrics/dist/index.js';"],
  ])('refuses %s that points up', (_, source) => {
    const { violations } = checkLayering(repository({ 'packages/graph/src/wrong.ts': source }));
    expect(violations).toHaveLength(1);
    expect(violations[0]).toMatch(
      /packages.graph.src.wrong\.ts: import '@tenas\/metrics.*': @tenas\/metrics is not declared/,
    );
  });

  it('refuses a dependency that points up even where nothing imports it', () => {
    const { violations } = checkLayering(
      repository({ 'packages/graph/package.json': manifest('graph', ['@tenas/base', '@tenas/metrics']) }),
    );
    expect(violations).toEqual([
      expect.stringContaining('graph may not depend on metrics, which does not stand below it'),
      expect.stringContaining('nothing imports @tenas/metrics'),
      'circle of packages: graph > metrics > graph',
    ]);
  });

  it('refuses a relative import into another package', () => {
    const source = "import { base } from '../../base/src/index.js';";
    const { violations } = checkLayering(repository({ 'packages/graph/src/wrong.ts': source }));
    expect(violations).toEqual([expect.stringContaining('leaves the package')]);
  });

  it('refuses an allowed import that package.json does not declare', () => {
    const source = "import { base } from '@tenas/base';";
    const { violations } = checkLayering(repository({ 'packages/metrics/src/wrong.ts': source }));
    expect(violations).toEqual([expect.stringContaining('@tenas/base is not declared')]);
  });

  it('refuses packages of the registry that are not declared, and builtins without node:', () => {
    const source = "import { z } from 'zod';\nimport { readFileSync } from 'fs';";
    const { violations } = checkLayering(repository({ 'packages/graph/src/wrong.ts': source }));
    expect(violations).toEqual([
      expect.stringContaining('zod is not declared'),
      expect.stringContaining('write node:fs'),
    ]);
  });

  it('lets tests use what stands below and what the root declares, and nothing above', () => {
    const below = "import { it } from 'vitest';\nimport { graph } from '@tenas/graph';";
    expect(checkLayering(repository({ 'packages/metrics/test/a.test.ts': below })).violations).toEqual([]);
    const { violations } = checkLayering(
      repository({
        'packages/graph/test/a.test.ts': "import { metrics } from '@tenas/metrics';",
        'packages/graph/package.json': manifest('graph', ['@tenas/base'], ['@tenas/metrics']),
      }),
    );
    expect(violations).toEqual([
      expect.stringContaining('graph may not depend on metrics'),
      'circle of packages: graph > metrics > graph',
    ]);
  });

  it('refuses a package that has no place in the layers', () => {
    const { violations } = checkLayering(
      repository({ 'packages/extra/package.json': '{"name":"@tenas/extra"}' }),
    );
    expect(violations).toEqual([expect.stringContaining('has no place in the layers')]);
  });

  it('does not read imports out of comments and strings', () => {
    const source = "// import '@tenas/metrics'\nexport const text = \"import '@tenas/metrics'\";";
    expect(checkLayering(repository({ 'packages/graph/src/fine.ts': source })).violations).toEqual([]);
  });
});

/** What an installation of a package brings along of this repository. */
function installedWith(name: string, packages = readPackages(repositoryRoot)): Set<string> {
  const own = packages
    .find((one) => one.name === name)!
    .dependencies.filter((other) => other.startsWith(scope));
  const names = own.map((other) => other.slice(scope.length));
  return new Set([name, ...names.flatMap((other) => [...installedWith(other, packages)])]);
}

describe('installations', () => {
  it.each(['graph', 'spaces', 'data', 'records', 'report'])('of %s compile nothing', (name) => {
    expect(installedWith(name)).not.toContain('native');
  });

  it('of search bring the engine', () => {
    expect(installedWith('search')).toContain('native');
  });
});

describe('declared dependencies', () => {
  it('are refused where nothing imports them, of the workspace or not', () => {
    const { violations } = checkLayering(
      repository({
        'packages/metrics/package.json': manifest(
          'metrics',
          ['@tenas/graph', '@tenas/base', 'zod'],
          ['yaml'],
        ),
      }),
    );
    expect(violations).toEqual([
      expect.stringMatching(/metrics.package\.json: nothing imports @tenas\/base; take it out/),
      expect.stringContaining('nothing imports zod'),
      expect.stringContaining('no test imports yaml'),
    ]);
  });

  it('belong to the tests where only those use them', () => {
    const test = { 'packages/metrics/test/a.test.ts': "import { z } from 'zod';" };
    const wrong = manifest('metrics', ['@tenas/graph', 'zod']);
    expect(checkLayering(repository({ ...test, 'packages/metrics/package.json': wrong })).violations).toEqual(
      [expect.stringContaining('only tests import zod; it belongs into devDependencies')],
    );
    const right = manifest('metrics', ['@tenas/graph'], ['zod']);
    expect(checkLayering(repository({ ...test, 'packages/metrics/package.json': right })).violations).toEqual(
      [],
    );
  });

  it('of sources are not those of tests', () => {
    const { violations } = checkLayering(
      repository({
        'packages/metrics/src/wrong.ts': "import { z } from 'zod';",
        'packages/metrics/test/a.test.ts': "import { z } from 'zod';",
        'packages/metrics/package.json': manifest('metrics', ['@tenas/graph'], ['zod']),
      }),
    );
    expect(violations).toEqual([expect.stringMatching(/src.wrong\.ts: import 'zod': zod is not declared/)]);
  });

  it('may be types of what the sources import', () => {
    const files = (types: string) => ({
      'packages/metrics/src/bar.ts': "import bar from 'progress';\nimport tree from '@wood/tree';",
      'packages/metrics/package.json': manifest(
        'metrics',
        ['@tenas/graph', 'progress', '@wood/tree'],
        ['@types/wood__tree', types],
      ),
    });
    expect(checkLayering(repository(files('@types/progress'))).violations).toEqual([]);
    expect(checkLayering(repository(files('@types/other'))).violations).toEqual([
      expect.stringContaining('no test imports @types/other'),
    ]);
  });
});

describe('circles', () => {
  it('of files are refused, also those of types alone, and shown once', () => {
    const { violations } = checkLayering(
      repository({
        'packages/graph/src/a.ts': "import { b } from './b.js';\nexport const a = 1;",
        'packages/graph/src/b.ts': "export { c } from './deep/c.js';\nexport const b = 2;",
        'packages/graph/src/deep/c.ts': "import type { A } from '../a.js';\nexport const c: A = 3;",
        'packages/graph/src/d.ts': "import { a } from './a.js';\nexport const d = a;",
        'packages/graph/src/self.mjs': "export * from './self.mjs';",
      }),
    );
    expect(violations).toEqual([
      'circle of files: packages/graph/src/a.ts > packages/graph/src/b.ts > packages/graph/src/deep/c.ts > packages/graph/src/a.ts',
      'circle of files: packages/graph/src/self.mjs > packages/graph/src/self.mjs',
    ]);
  });

  it('of packages are refused, also through what only tests use', () => {
    const { violations } = checkLayering(
      repository({
        'packages/onnx/test/a.test.ts': "import '@tenas/metrics';",
        'packages/onnx/src/index.ts': 'export {};',
        'packages/onnx/package.json': manifest('onnx', [], ['@tenas/metrics']),
        'packages/metrics/test/a.test.ts': "import '@tenas/onnx';",
        'packages/metrics/package.json': manifest('metrics', ['@tenas/graph'], ['@tenas/onnx']),
      }),
    );
    expect(violations).toEqual(['circle of packages: metrics > onnx > metrics']);
  });

  it('are not made of two ways to the same file', () => {
    const { violations } = checkLayering(
      repository({
        'packages/graph/src/a.ts': "import './b.js';\nimport './c.js';",
        'packages/graph/src/b.ts': "import './d.js';",
        'packages/graph/src/c.ts': "import './d.js';",
        'packages/graph/src/d.ts': 'export {};',
      }),
    );
    expect(violations).toEqual([]);
  });
});
