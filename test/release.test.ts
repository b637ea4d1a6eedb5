import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { dynamicSymbols, isNewer, writeGlibcStubs } from '../native/scripts/glibc-stubs.mjs';
import { thisPlatform } from '../native/scripts/sources.mjs';
import { archiveProblem, publishedManifest } from '../scripts/archives.mjs';
import { builtPackages } from '../scripts/build-state.mjs';
import { repositoryRoot } from '../scripts/steps.mjs';
import { isAllowed, productionPackages, readSupply, supplyProblems } from '../scripts/supply-chain.mjs';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe('what comes from others', () => {
  const sound = { version: '1.0.0', license: 'MIT', integrity: `sha512-${'a'.repeat(86)}==` };

  it('is sound in this repository', () => {
    const { entries, knownScripts } = readSupply(repositoryRoot);
    expect(supplyProblems(entries, knownScripts)).toEqual([]);
    expect(productionPackages(entries).map(({ name }) => name)).toContain('zod');
    expect(productionPackages(entries).map(({ name }) => name)).not.toContain('vitest');
  });

  it.each([
    ['MIT', true],
    ['(MIT OR GPL-3.0-only)', true],
    ['MIT AND GPL-3.0-only', false],
    ['Apache-2.0 AND (GPL-2.0-only OR ISC)', true],
    ['MIT OR GPL-3.0-only AND AGPL-3.0-only', true],
    ['(MIT', false],
    ['MIT ISC', false],
    ['SEE LICENSE IN LICENSE.txt', false],
    ['', false],
  ])('licence %s: %s', (expression, allowed) => {
    expect(isAllowed(expression)).toBe(allowed);
  });

  it('is refused without a sum, with another licence, or with a script that nobody decided on', () => {
    const { integrity: _sum, ...without } = sound;
    const problems = supplyProblems(
      {
        '': {},
        'node_modules/fine': sound,
        'node_modules/bare': without,
        'node_modules/weak': { ...sound, integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' },
        'node_modules/a/node_modules/strict': { ...sound, license: 'GPL-3.0-only' },
        'node_modules/tool': { ...sound, license: 'GPL-3.0-only', dev: true },
        'node_modules/runs': { ...sound, hasInstallScript: true },
        'node_modules/known': { ...sound, hasInstallScript: true },
        'packages/ours': { hasInstallScript: true },
      },
      ['known'],
    );
    expect(problems).toEqual([
      expect.stringMatching(/^bare: .*SHA-512/),
      expect.stringMatching(/^weak: .*SHA-512/),
      expect.stringMatching(/^strict: the licence GPL-3\.0-only/),
      expect.stringMatching(/^runs has an install script/),
      expect.stringMatching(/^packages\/ours: our own/),
    ]);
  });
});

describe('manifests', () => {
  const manifests = builtPackages(repositoryRoot).map((folder) => ({
    folder,
    manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')),
  }));

  it.each(manifests)('of $manifest.name are complete', ({ folder, manifest }) => {
    expect(manifest).toMatchObject({
      description: expect.any(String),
      license: 'MIT',
      keywords: expect.arrayContaining(['neural-architecture-search']),
      publishConfig: { access: 'public' },
      exports: { './package.json': './package.json' },
      files: expect.any(Array),
    });
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toMatch(`# ${manifest.name}\n`);
    expect(Object.keys(manifest.scripts ?? {})).not.toContain('install');
    const { version } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8'));
    expect(manifest.version).toBe(version);
  });

  it('are published without what only the repository has, and say where the sources are', () => {
    const manifest = {
      name: '@tenas/a',
      scripts: { build: 'tsc' },
      devDependencies: { typescript: '5.9.3' },
      exports: { '.': { 'tenas-source': './src/a.ts', default: './dist/a.js' }, './x': './x.js' },
    };
    expect(publishedManifest(manifest, 'packages/a', {})).toEqual({
      name: '@tenas/a',
      exports: { '.': { default: './dist/a.js' }, './x': './x.js' },
    });
    expect(publishedManifest(manifest, 'packages/a', { repository: 'https://example.org/a' })).toMatchObject({
      repository: { type: 'git', url: 'git+https://example.org/a.git', directory: 'packages/a' },
      homepage: 'https://example.org/a#readme',
      bugs: 'https://example.org/a/issues',
    });
  });
});

describe('archives', () => {
  const manifest = { name: '@tenas/a', exports: { '.': './dist/index.js', './schemas/*': './schemas/*' } };
  const files = ['package.json', 'README.md', 'LICENSE', 'dist/index.js'];

  it('are fine with what they promise', () => {
    expect(archiveProblem(manifest, files)).toBeNull();
  });

  it.each([
    ['a file that is missing', manifest, files.slice(0, -1), './dist/index.js is promised'],
    ['no licence', manifest, files.filter((file) => file !== 'LICENSE'), 'LICENSE is promised'],
    ['a source map', manifest, [...files, 'dist/index.js.map'], 'dist/index.js.map should not'],
    ['tests', manifest, [...files, 'test/a.test.ts'], 'test/a.test.ts should not'],
    ['an install script', { ...manifest, scripts: { postinstall: 'x' } }, files, 'a script postinstall'],
    ['binding.gyp', manifest, [...files, 'binding.gyp'], 'npm would compile'],
    ['no engine', { ...manifest, name: '@tenas/native' }, files, `no prebuilt addon for ${thisPlatform()}`],
    [
      'no engine as WebAssembly',
      { ...manifest, name: '@tenas/native' },
      [...files, `prebuilds/${thisPlatform()}/tenas_native.node`],
      'no prebuilds/wasm32/tenas_engine.wasm',
    ],
  ])('are refused for %s', (_what, given, paths, problem) => {
    expect(archiveProblem(given, paths)).toContain(problem);
  });
});

describe('stubs of an older glibc', () => {
  it('compares versions by number', () => {
    expect(isNewer('2.28', '2.9')).toBe(true);
    expect(isNewer('2.2.5', '2.28')).toBe(false);
    expect(isNewer('2.28', '2.28')).toBe(false);
  });

  it.runIf(process.platform === 'linux' && !thisPlatform().endsWith('-musl'))(
    'have the names of this machine’s, in no newer version',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'tenas-stubs-'));
      folders.push(folder);
      writeGlibcStubs({ prefix: '', floor: '2.17', folder });
      const symbols = ['libc.so.6', 'libm.so.6'].flatMap((name) =>
        dynamicSymbols('readelf', join(folder, name)),
      );
      const names = symbols.filter(({ defined }) => defined).map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(['malloc', 'pthread_create', 'dlopen', 'exp']));
      // Of glibc 2.25 and 2.36.
      expect(names).not.toContain('getrandom');
      expect(names).not.toContain('arc4random');
      const newer = symbols.filter(({ version }) => isNewer(version.replace('GLIBC_', ''), '2.17'));
      expect(newer).toEqual([]);
    },
  );
});
