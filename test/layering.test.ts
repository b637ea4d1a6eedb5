import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkLayering } from '../scripts/check-layering.mjs';
import { repositoryRoot } from '../scripts/steps.mjs';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A small repository with the layers base, graph and metrics, and the given files on top. */
function repository(files: Record<string, string> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'tenas-layering-'));
  folders.push(root);
  const layers = {
    'package.json': '{"name":"root","devDependencies":{"vitest":"1.0.0"}}',
    'packages/base/package.json': '{"name":"@tenas/base"}',
    'packages/base/src/index.ts': 'export const base = 1;',
    'packages/graph/package.json': '{"name":"@tenas/graph","dependencies":{"@tenas/base":"1.0.0"}}',
    'packages/graph/src/index.ts': "import { base } from '@tenas/base';\nexport const graph = base;",
    'packages/metrics/package.json': '{"name":"@tenas/metrics","dependencies":{"@tenas/graph":"1.0.0"}}',
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
      /packages.graph.src.wrong\.ts: import '@tenas\/metrics.*': graph may import base/,
    );
  });

  it('refuses a dependency that points up even where nothing imports it', () => {
    const manifest =
      '{"name":"@tenas/graph","dependencies":{"@tenas/base":"1.0.0","@tenas/metrics":"1.0.0"}}';
    const { violations } = checkLayering(repository({ 'packages/graph/package.json': manifest }));
    expect(violations).toEqual([expect.stringContaining('graph may not depend on metrics')]);
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
    const above = "import { metrics } from '@tenas/metrics';";
    const { violations } = checkLayering(repository({ 'packages/graph/test/a.test.ts': above }));
    expect(violations).toEqual([expect.stringContaining('tests of graph may not import metrics')]);
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
