#!/usr/bin/env node
// A newcomer's path: the archives of all packages in an empty folder, without a compiler and without install scripts;
// then search, training, ONNX, a page for the browser, a report and a batch.
// `node scripts/pack-test.mjs [--archives DIR] [--batch-node VERSION] [--keep]`
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hasPrebuilt, thisPlatform } from '../native/scripts/sources.mjs';
import { packAll } from './archives.mjs';
import { codeBlockAfter } from './code-block.mjs';
import { elapsed, repositoryRoot, run, runMain, runOrFail, StepError, say } from './steps.mjs';
import { onPath } from './system-packages.mjs';

/** All that a newcomer's PATH has. */
const COMMANDS = ['node', 'npm', 'npx', 'sh'];
/** What must not be needed. */
const COMPILERS = ['cmake', 'g++', 'c++', 'cc', 'make', 'ninja', 'python3', 'python'];

/** The first Node for which the store's library brings its compiled part. */
const STORE_SINCE = 22;

/** A folder with links to the newcomer's commands. @param {string} folder @param {string} [node] */
function narrowPath(folder, node = process.execPath) {
  mkdirSync(folder);
  for (const name of COMMANDS) {
    const found = (process.env.PATH ?? '').split(':').map((place) => join(place, name));
    const target = name === 'node' ? node : found.find((path) => existsSync(path));
    if (target === undefined) throw new StepError(`${name} is not in PATH`);
    symlinkSync(realpathSync(target), join(folder, name));
  }
  const stray = COMPILERS.find((name) => onPath(name, { PATH: folder }));
  if (stray !== undefined) throw new StepError(`${stray} is still in PATH`);
  return folder;
}

/** @template T @param {string} what @param {() => Promise<T>} work @returns {Promise<T>} */
async function timed(what, work) {
  const start = performance.now();
  const result = await work();
  say(`  ${what}: ${elapsed(start)}`);
  return result;
}

/** The archives to install. @param {string | undefined} given folder @param {string} fresh folder to pack into */
async function archivesOf(given, fresh) {
  if (given !== undefined) {
    const names = readdirSync(given).filter((name) => name.endsWith('.tgz'));
    return names.map((name) => join(given, name));
  }
  if (!hasPrebuilt(join(repositoryRoot, 'native'))) {
    say(`making the prebuilt addon for ${thisPlatform()}`);
    const script = join(repositoryRoot, 'native/scripts/prebuild.mjs');
    await runOrFail(process.execPath, [script, thisPlatform()]);
  }
  if (!existsSync(join(repositoryRoot, 'native/prebuilds/wasm32/tenas_engine.wasm'))) {
    say('making the engine as WebAssembly');
    await runOrFail(process.execPath, [join(repositoryRoot, 'native/scripts/build-wasm.mjs')]);
  }
  const packed = await packAll(repositoryRoot, fresh);
  for (const { name, files, size, unpackedSize } of packed) {
    say(
      `  ${name}: ${files} files, ${Math.ceil(size / 1e3)} kB, unpacked ${Math.ceil(unpackedSize / 1e3)} kB`,
    );
  }
  return packed.map(({ path }) => path);
}

/** Another version of Node, from its npm package. @param {string} version @param {string} folder */
async function otherNode(version, folder) {
  const name = `node-${process.platform}-${process.arch}`;
  await runOrFail('npm', ['pack', '--silent', '--pack-destination', folder, `${name}@${version}`], {
    capture: true,
  });
  await runOrFail('tar', ['xzf', join(folder, `${name}-${version}.tgz`), '-C', folder, 'package/bin/node']);
  return join(folder, 'package/bin/node');
}

await runMain(async () => {
  const { values: given } = parseArgs({
    options: { archives: { type: 'string' }, 'batch-node': { type: 'string' }, keep: { type: 'boolean' } },
  });
  const base = mkdtempSync(join(tmpdir(), 'tenas-pack-'));
  const project = join(base, 'project');
  mkdirSync(project);
  const start = performance.now();
  try {
    const archives = await timed('packing', () => archivesOf(given.archives, join(base, 'packages')));
    const PATH = narrowPath(join(base, 'bin'));
    const npm = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
    const web = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')).devDependencies;
    writeFileSync(join(project, 'package.json'), '{"name":"newcomer","private":true,"type":"module"}\n');
    await timed(`npm install --ignore-scripts of ${archives.length} archives`, () =>
      runOrFail('npm', ['install', ...npm, ...archives, `onnxruntime-web@${web['onnxruntime-web']}`], {
        cwd: project,
        env: { PATH },
      }),
    );
    const inside = join(project, 'node_modules/@tenas');
    const linked = readdirSync(inside).filter((name) => existsSync(join(inside, name, 'tsconfig.json')));
    if (linked.length > 0) throw new StepError(`not the packed form of ${linked.join(', ')} was installed`);

    /** @param {string[]} args */
    const tenas = async (...args) => {
      const { stdout } = await runOrFail('npx', ['--no-install', 'tenas', ...args, '--json'], {
        cwd: project,
        env: { PATH },
        capture: true,
      });
      return JSON.parse(stdout);
    };
    const { record } = await timed('npx tenas search', () => tenas('search', '--seed', '1', '--out', 'runs'));
    const small = ['--channels', '4', '--cells', '1', '--images', '256', '--epochs', '1', '--batch', '32'];
    await timed('npx tenas train', () => tenas('train', '--record', record, ...small, '--out', 'net'));
    await timed('npx tenas export', () =>
      tenas('export', '--record', 'net/train.json', '--out', 'net.onnx', '--check', '--web', 'page'),
    );
    await timed('npx tenas report', () => tenas('report', record, 'net/train.json', '--out', 'report.html'));
    await timed('npx tenas page', () => tenas('page', '--out', 'search.html'));
    for (const file of ['search.html', 'net.onnx', 'page/index.html', 'page/model.onnx', 'report.html']) {
      if (!existsSync(join(project, file))) throw new StepError(`${file} was not written`);
    }
    const again = ['--no-install', 'tenas', 'export', '--record', record, '--out', 'net.onnx'];
    const refused = await run('npx', again, { cwd: project, env: { PATH } });
    if (refused.code !== 2)
      throw new StepError(`export over a file ended with exit code ${refused.code}, not 2`);

    const page = readFileSync(join(repositoryRoot, 'docs/library.md'), 'utf8');
    writeFileSync(join(project, 'example.mjs'), codeBlockAfter(page, 'library-example'));
    await timed('the library example of the documentation', () =>
      runOrFail(process.execPath, ['example.mjs'], { cwd: project, env: { PATH }, capture: true }),
    );

    writeFileSync(join(project, 'batch.yaml'), 'score: {architectures: {sample: 20, seed: 1}, repeats: 1}\n');
    const command = join(project, 'node_modules/@tenas/cli/bin/tenas.js');
    /** @param {string} node @param {string[]} args */
    const batch = (node, ...args) =>
      run(node, [command, 'batch', ...args], { cwd: project, env: { PATH }, capture: 'all' });
    if (Number.parseInt(process.versions.node, 10) < STORE_SINCE) {
      const { code, stdout } = await batch(process.execPath, 'run', 'batch.yaml', '--out', 'none');
      if (code !== 3 || !stdout.includes('npm install better-sqlite3@')) {
        throw new StepError(
          `a batch on Node ${process.versions.node} ended with exit code ${code}:\n${stdout}`,
        );
      }
      say(`  a batch on Node ${process.versions.node} says what is missing`);
    }
    const version = given['batch-node'];
    if (version !== undefined || Number.parseInt(process.versions.node, 10) >= STORE_SINCE) {
      const node = version === undefined ? process.execPath : await otherNode(version, base);
      if (version !== undefined) {
        // npm takes the version of better-sqlite3 that suits its Node: 12 was installed above.
        await runOrFail('npm', ['install', ...npm, 'better-sqlite3@13.2.0'], {
          cwd: project,
          env: { PATH: narrowPath(join(base, 'other-bin'), node) },
        });
      }
      await timed(`a batch on Node ${version ?? process.versions.node}`, async () => {
        const done = await batch(node, 'run', 'batch.yaml', '--out', 'batch');
        const { stdout: csv } = await batch(node, 'export', 'batch');
        if (done.code !== 0 || csv.trim().split('\n').length !== 21) {
          throw new StepError(`the batch ended with exit code ${done.code}:\n${done.stdout}\n${csv}`);
        }
      });
    }
    say(`from the archives to a network in a page in ${elapsed(start)}`);
    return 0;
  } finally {
    if (given.keep) say(`left in ${base}`);
    else rmSync(base, { recursive: true, force: true });
  }
});
