import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  compilesAddon,
  hasPrebuilt,
  sourceHash,
  takePrebuilt,
  thisPlatform,
} from '../native/scripts/sources.mjs';
import {
  type BuildTask,
  buildFingerprint,
  buildNeeded,
  builtPackages,
  installNeeded,
  isBuilt,
  recordBuild,
  scriptsToRun,
  taskForRunning,
} from '../scripts/build-state.mjs';
import { entriesOf, licencesOf } from '../scripts/bundle.mjs';
import { codeBlockAfter } from '../scripts/code-block.mjs';
import { nodeIsNewEnough } from '../scripts/setup.mjs';
import { repositoryRoot } from '../scripts/steps.mjs';
import { installCommands } from '../scripts/system-packages.mjs';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folderWith(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'tenas-scripts-'));
  folders.push(root);
  for (const [name, content] of Object.entries(files)) write(root, name, content);
  return root;
}

function write(root: string, name: string, content: string): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), content);
}

const requirement = (apt: string, brew: string | null) => ({ what: apt, present: () => false, apt, brew });

describe('system packages', () => {
  it('are asked of apt, with sudo unless root', () => {
    const missing = [requirement('cmake', 'cmake'), requirement('libeigen3-dev', 'eigen')];
    expect(installCommands(missing, { platform: 'linux', apt: true, root: true })).toEqual([
      ['apt-get', 'update'],
      ['apt-get', 'install', '-y', '--no-install-recommends', 'cmake', 'libeigen3-dev'],
    ]);
    expect(installCommands(missing, { platform: 'linux', apt: true, root: false })?.[1]?.[0]).toBe('sudo');
  });

  it('are asked of Homebrew and of Apple on macOS, and of the reader elsewhere', () => {
    const missing = [requirement('g++', null), requirement('libeigen3-dev', 'eigen')];
    expect(installCommands(missing, { platform: 'darwin', apt: false, root: false })).toEqual([
      ['xcode-select', '--install'],
      ['brew', 'install', 'eigen'],
    ]);
    expect(installCommands(missing, { platform: 'linux', apt: false, root: true })).toBeNull();
  });
});

describe('install state', () => {
  const entry = { version: '1.0.0', integrity: 'sha512-a' };
  const lock = (packages: object) => JSON.stringify({ packages: { '': {}, ...packages } });

  function repository(wanted: object, installed: object | null): string {
    const root = folderWith({ 'package-lock.json': lock(wanted), 'node_modules/a/package.json': '{}' });
    if (installed !== null) write(root, 'node_modules/.package-lock.json', lock(installed));
    return root;
  }

  it('is up to date where npm installed what the lock file says', () => {
    const other = { 'node_modules/other-platform': { ...entry, optional: true } };
    expect(
      installNeeded(repository({ 'node_modules/a': entry, ...other }, { 'node_modules/a': entry })),
    ).toBeNull();
  });

  it('says why an installation is needed', () => {
    expect(installNeeded(repository({}, null))).toBe('no packages are installed yet');
    expect(installNeeded(repository({ 'node_modules/b': entry }, {}))).toBe('b is not installed');
    const newer = { ...entry, version: '2.0.0' };
    expect(installNeeded(repository({ 'node_modules/a': newer }, { 'node_modules/a': entry }))).toContain(
      'version',
    );
  });
});

it('install scripts are to run where one is allowed and its addon is absent', () => {
  const allowScripts = { 'some-sqlite': true, '@a/images': true, esbuild: false };
  const root = folderWith({
    'package.json': JSON.stringify({ allowScripts }),
    // What a script leaves that was ended too early.
    'node_modules/some-sqlite/build/Release/test_extension.node': '',
    'node_modules/esbuild/package.json': '{}',
  });
  expect(scriptsToRun(root)).toEqual(['some-sqlite', '@a/images']);
  write(root, 'node_modules/some-sqlite/build/Release/some_sqlite.node', '');
  expect(scriptsToRun(root)).toEqual(['@a/images']);
  write(root, 'node_modules/@a/images/build/Release/images.node', '');
  expect(scriptsToRun(root)).toEqual([]);
  expect(scriptsToRun(folderWith({ 'package.json': '{}' }))).toEqual([]);
});

describe('build state', () => {
  function repository(): string {
    return folderWith({
      'package-lock.json': '{}',
      'tsconfig.base.json': '{}',
      'turbo.json': '{}',
      'scripts/bundle.mjs': '',
      'scripts/browser-bundle.mjs': '',
      'native/package.json': '{"version":"1.0.0","scripts":{"build":"tsc","bundle":"esbuild"}}',
      'native/CMakeLists.txt': '',
      'native/cmake/engine.cmake': '',
      'native/src/engine.cpp': 'int x;',
      'packages/graph/package.json':
        '{"scripts":{"build":"tsc","bundle":"esbuild"},"types":"./dist/index.d.ts"}',
      'packages/manual/package.json': '{"scripts":{"build":"node"},"man":"./dist/manual.1"}',
      'packages/command/package.json': '{}',
      'packages/graph/src/index.ts': 'export const a = 1;',
    });
  }

  function bundle(root: string): void {
    write(root, 'native/dist/index.js', '');
    write(root, 'native/build/Release/tenas.node', '');
    write(root, 'packages/graph/dist/index.js', '');
    recordBuild(root, buildFingerprint(root), 'bundle');
  }

  function build(root: string): void {
    bundle(root);
    write(root, 'packages/graph/dist/index.d.ts', '');
    write(root, 'packages/manual/dist/manual.1', '');
    recordBuild(root, buildFingerprint(root), 'build');
  }

  const needed = (root: string, task: BuildTask = 'build') => buildNeeded(root, buildFingerprint(root), task);

  it('wants a build first, none after it, and one again when a source changes', () => {
    const root = repository();
    expect(needed(root)).toContain('not built yet');
    build(root);
    expect(needed(root)).toBeNull();
    write(root, 'packages/graph/src/index.ts', 'export const a = 2;');
    expect(needed(root)).toContain('changed');
  });

  it('tells the command alone, without declarations, from a whole build', () => {
    const root = repository();
    const graph = join(root, 'packages/graph');
    expect(taskForRunning(root)).toBe('bundle');
    expect(needed(root, 'bundle')).toContain('not built yet');
    bundle(root);
    expect(needed(root, 'bundle')).toBeNull();
    expect(needed(root)).toContain('packages/graph is not built yet');
    expect([isBuilt(graph, 'bundle'), isBuilt(graph)]).toEqual([true, false]);
    write(root, 'packages/graph/src/index.ts', 'export const a = 2;');
    expect(needed(root, 'bundle')).toContain('changed');
  });

  it('does not take declarations of an earlier build for those of the sources of a bundle', () => {
    const root = repository();
    build(root);
    expect(needed(root, 'bundle')).toBeNull();
    // Declarations that are there are kept up to date by those who only run the command, too.
    expect(taskForRunning(root)).toBe('build');
    recordBuild(root, buildFingerprint(root), 'bundle');
    expect(needed(root, 'bundle')).toBeNull();
    expect(needed(root)).toBe('only the command was built');
    rmSync(join(root, 'packages/manual/dist'), { recursive: true });
    expect(taskForRunning(root)).toBe('bundle');
  });

  it('takes a prebuilt addon in place of a compiled one where it is of these sources and for this machine', () => {
    const root = repository();
    build(root);
    rmSync(join(root, 'native/build'), { recursive: true });
    const state = () => needed(root);
    expect(state()).toContain('addon is not built');
    const native = join(root, 'native');
    write(root, `native/prebuilds/${thisPlatform()}/tenas_native.node`, '');
    const describe = (sources: string) =>
      write(root, `native/prebuilds/${thisPlatform()}/build.json`, JSON.stringify({ sources }));
    describe(sourceHash(native));
    expect(state()).toBeNull();
    write(root, 'native/cmake/engine.cmake', 'set(flags -O3)');
    recordBuild(root, buildFingerprint(root), 'build');
    expect(state()).toContain('addon is not built');
    describe(sourceHash(native));
    expect(state()).toBeNull();
  });

  it('copies a prebuilt addon out of a folder only where its description and its sum are right', () => {
    const root = repository();
    const native = join(root, 'native');
    const prebuilds = join(root, 'elsewhere');
    const folder = `elsewhere/${thisPlatform()}`;
    expect(takePrebuilt(native, prebuilds)).toBe('it has none for this machine');
    write(root, `${folder}/tenas_native.node`, 'addon');
    const sha256 = createHash('sha256').update('addon').digest('hex');
    write(root, `${folder}/build.json`, JSON.stringify({ sources: 'others', sha256 }));
    expect(takePrebuilt(native, prebuilds)).toContain('other sources');
    write(root, `${folder}/build.json`, JSON.stringify({ sources: sourceHash(native), sha256: '0' }));
    expect(takePrebuilt(native, prebuilds)).toContain('SHA-256');
    expect(hasPrebuilt(native)).toBe(false);
    write(root, `${folder}/build.json`, JSON.stringify({ sources: sourceHash(native), sha256 }));
    expect(takePrebuilt(native, prebuilds)).toBeNull();
    // The build names the folder with a slash behind it, and must find the same addon.
    expect(sourceHash(`${native}/`)).toBe(sourceHash(native));
    for (const same of [native, `${native}/`]) expect(compilesAddon(same)).toBe(false);
    expect(hasPrebuilt(native)).toBe(true);
  });

  it('sees new files and C++ sources, and looks past tests and outputs', () => {
    const root = repository();
    build(root);
    const before = buildFingerprint(root);
    write(root, 'packages/graph/test/a.test.ts', '');
    write(root, 'packages/graph/dist/other.js', '');
    expect(buildFingerprint(root)).toBe(before);
    write(root, 'native/src/new.hpp', '');
    expect(buildFingerprint(root)).not.toBe(before);
  });
});

describe('small parts', () => {
  it('compares Node versions by number', () => {
    expect(nodeIsNewEnough('20.17.0', '>=20.17')).toBe(true);
    expect(nodeIsNewEnough('20.9.0', '>=20.17')).toBe(false);
    expect(nodeIsNewEnough('22.0.0', '>=20.17')).toBe(true);
  });

  it('finds the code block after a comment', () => {
    const markdown = '```ts\nno\n```\n<!-- here -->\ntext\n```ts\nyes;\n```\n';
    expect(codeBlockAfter(markdown, 'here')).toBe('yes;\n');
    expect(() => codeBlockAfter(markdown, 'there')).toThrow('there');
  });
});

it('what failed in a run of vitest is counted and named', async () => {
  const root = folderWith({
    'broken.test.js': "throw new Error('cannot be loaded');",
    'mixed.test.js': `
      describe('set up wrongly', () => {
        beforeAll(() => { throw new Error('before'); });
        it('never runs', () => {});
      });
      describe('torn down wrongly', () => {
        afterAll(() => { throw new Error('after'); });
        it('passes', () => {});
      });
      describe('sums', () => {
        describe('of two', () => it('are\\nright', () => expect(1 + 1).toBe(3)));
        it('of none', () => {});
        it.skip('of many', () => {});
      });`,
    'late.test.js': `it('passes', async () => {
      Promise.reject(new Error('too late'));
      await new Promise((resolve) => setTimeout(resolve, 50));
    });`,
    'whole.test.js': "beforeAll(() => { throw new Error('at once'); }); it('never runs either', () => {});",
  });
  const path = join(root, 'summary.txt');
  const argv = [
    'run',
    '--root',
    root,
    '--globals',
    '--reporter',
    join(repositoryRoot, 'scripts/test-summary.mjs'),
  ];
  const vitest = join(repositoryRoot, 'node_modules/vitest/vitest.mjs');
  const env = { ...process.env, TENAS_TEST_SUMMARY: path };
  const { status } = spawnSync(process.execPath, [vitest, ...argv], { env, encoding: 'utf8' });
  expect(status).toBe(1);
  const [counts, ...failures] = readFileSync(path, 'utf8').trimEnd().split('\n');
  expect(counts).toBe('3 6 3');
  expect(failures.sort()).toEqual([
    'an error outside of tests: too late',
    'broken.test.js',
    'mixed.test.js > set up wrongly',
    'mixed.test.js > sums > of two > are right',
    'mixed.test.js > torn down wrongly',
    'whole.test.js',
  ]);
});

describe('the bundle of a package', () => {
  const libraries = builtPackages(repositoryRoot).flatMap((folder) => {
    const { name, types, scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return types === undefined ? [] : [{ name, scripts }];
  });

  // `npm run demo` runs the script alone in a fresh clone, and would pass over a package without it.
  it.each(libraries)('is made by a script of its own, also in its build: $name', ({ scripts }) => {
    expect(scripts.bundle).toMatch(/^node (\.\.\/){1,2}scripts\/bundle\.mjs/);
    expect(scripts.build).toBe('tsc -p tsconfig.build.json && npm run bundle');
  });

  it('has a file for each way into the package, and for each file that is named', () => {
    const exports = {
      '.': { 'tenas-source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' },
      './settings': { 'tenas-source': './src/settings/index.ts', default: './dist/settings/index.js' },
      './schemas/*': './schemas/*',
    };
    expect(entriesOf(exports, ['src/main.ts'])).toEqual({
      index: './src/index.ts',
      'settings/index': './src/settings/index.ts',
      main: 'src/main.ts',
    });
  });

  it('comes with the licences of the packages in it, each once', () => {
    const root = folderWith({
      'node_modules/@a/b/package.json': '{"name": "@a/b", "version": "1.2.3"}',
      'node_modules/@a/b/LICENCE.md': 'Do as you like.\n',
      'node_modules/bare/package.json': '{"name": "bare", "version": "1.0.0"}',
    });
    const inputs = ['src/index.ts', `${root}/node_modules/@a/b/x.js`, `${root}/node_modules/@a/b/y/z.js`];
    expect(licencesOf(inputs)).toEqual(['@a/b 1.2.3\n\nDo as you like.\n']);
    expect(() => licencesOf([`${root}/node_modules/bare/x.js`])).toThrow('bare has no licence file');
  });
});

describe.each(['chaos', 'fuzz', 'soak'])('npm run %s', (name) => {
  const run = (...words: string[]) =>
    spawnSync(process.execPath, [`scripts/${name}.mjs`, ...words], { cwd: repositoryRoot, encoding: 'utf8' });

  it('explains its flags', () => {
    const { status, stdout, stderr } = run('--seed', '1', '--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: npm run ${name} -- `));
    expect(stdout).toMatch(/^ {2}--seed N +.* \(default 0\)$/m);
  });

  it.each([
    [['--sed', '1'], "Unknown option '--sed'"],
    [['more'], "Unexpected argument 'more'"],
    [['--seed'], "Option '--seed <value>' argument missing"],
  ])('refuses %j in one line', (words, problem) => {
    const { status, stdout, stderr } = run(...words);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toBe(`error: ${problem}; see \`npm run ${name} -- --help\`\n`);
  });
});
