// Whether what is installed and built is that of the files as they are now.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { hasPrebuilt } from '../native/scripts/sources.mjs';

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean, link?: boolean, bin?: unknown }} LockEntry */

/** @param {string} path @returns {Record<string, LockEntry>} */
function lockEntries(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}

/**
 * Compares the lock file with the record that npm keeps of what it installed.
 * @param {string} root
 * @returns {string | null} why an installation is needed, or null
 */
export function installNeeded(root) {
  const installedPath = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installedPath)) return 'no packages are installed yet';
  const wanted = lockEntries(join(root, 'package-lock.json'));
  const installed = lockEntries(installedPath);
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const name = path.replace(/^.*node_modules\//, '');
    const found = installed[path];
    // Packages for other platforms are in the lock file and rightly absent here.
    if (found === undefined && (entry.optional || entry.devOptional)) continue;
    if (found === undefined || !existsSync(join(root, path))) return `${name} is not installed`;
    if (found.version !== entry.version || found.integrity !== entry.integrity) {
      return `${name} is installed in another version than the lock file's`;
    }
    if (JSON.stringify(found.bin) !== JSON.stringify(entry.bin)) return `the commands of ${name} changed`;
  }
  return null;
}

/** Whether a folder has an addon. @param {string} folder */
function hasAddon(folder) {
  return existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.node'));
}

/**
 * The packages whose install script may run (`allowScripts` of package.json) and has not made its addon yet: the one
 * that bears the package's name, as node-gyp makes others (of tests) before it.
 * @param {string} root
 * @returns {string[]}
 */
export function scriptsToRun(root) {
  const { allowScripts = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.keys(allowScripts).filter((name) => {
    const addon = `build/Release/${name.replace(/^.*\//, '').replaceAll('-', '_')}.node`;
    return allowScripts[name] === true && !existsSync(join(root, 'node_modules', name, addon));
  });
}

const ignoredFolders = new Set(['node_modules', 'dist', 'build', 'prebuilds', '.turbo', 'test', 'coverage']);

/** @param {string} folder @returns {string[]} every file below, sorted, without build outputs and tests */
function sourceFiles(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (entry.isDirectory()) {
        const skip = ignoredFolders.has(entry.name) || entry.name.startsWith('build-');
        return skip ? [] : sourceFiles(join(folder, entry.name));
      }
      return entry.isFile() ? [join(folder, entry.name)] : [];
    });
}

/** The folders of the packages that are built: native and packages/*. @param {string} root */
export function builtPackages(root) {
  const packages = readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name))
    .filter((folder) => existsSync(join(folder, 'package.json')));
  return [join(root, 'native'), ...packages];
}

/**
 * SHA-256 of everything the build reads: sources, manifests, lock file, platform, Node and compiler.
 * @param {string} root
 */
export function buildFingerprint(root) {
  const hash = createHash('sha256');
  const machine = [process.platform, process.arch, process.versions.modules, process.env.CXX ?? ''];
  hash.update(JSON.stringify(machine));
  const shared = [
    'package-lock.json',
    'tsconfig.base.json',
    'turbo.json',
    'scripts/bundle.mjs',
    'scripts/browser-bundle.mjs',
  ].map((name) => join(root, name));
  for (const path of [...shared, ...builtPackages(root).flatMap(sourceFiles)]) {
    hash.update(`\0${relative(root, path)}\0`).update(readFileSync(path));
  }
  return hash.digest('hex');
}

/** @param {string} root */
function stampPath(root) {
  return join(root, 'node_modules/.cache/tenas/build-fingerprint');
}

/**
 * The tasks of turbo that build: `bundle` makes the JavaScript, which is all that the command needs; `build` makes the
 * declarations and the manual page too.
 * @typedef {'bundle' | 'build'} BuildTask
 */

/** Whether a package has what a task makes of it. @param {string} folder @param {BuildTask} [task] */
export function isBuilt(folder, task = 'build') {
  const { scripts, man, types } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (scripts?.[task] === undefined) return true;
  const declarations = task === 'build' && types !== undefined ? [types] : [];
  const made = man === undefined ? ['dist/index.js', ...declarations] : [man];
  return made.every((path) => existsSync(join(folder, path)));
}

/**
 * The task for those who only run the command. Where the declarations were built before, they are kept up to date as well,
 * so that they are not left behind the JavaScript.
 * @param {string} root
 * @returns {BuildTask}
 */
export function taskForRunning(root) {
  return builtPackages(root).every((folder) => isBuilt(folder)) ? 'build' : 'bundle';
}

/**
 * @param {string} root
 * @param {string} fingerprint of the files as they are now
 * @param {BuildTask} task
 * @returns {string | null} why a build is needed, or null
 */
export function buildNeeded(root, fingerprint, task) {
  for (const folder of builtPackages(root)) {
    if (!isBuilt(folder, task)) return `${relative(root, folder)} is not built yet`;
  }
  const native = join(root, 'native');
  if (!hasAddon(join(native, 'build/Release')) && !hasPrebuilt(native)) {
    return 'the native addon is not built yet';
  }
  if (!existsSync(stampPath(root))) return 'it is not known which sources the build is of';
  const stamp = readFileSync(stampPath(root), 'utf8');
  if (stamp === stampOf('build', fingerprint)) return null;
  if (stamp !== stampOf('bundle', fingerprint)) return 'sources changed since the last build';
  return task === 'bundle' ? null : 'only the command was built';
}

/** What is remembered of a build. @param {BuildTask} task @param {string} fingerprint */
function stampOf(task, fingerprint) {
  return `${task} ${fingerprint}`;
}

/** Remembers that the build is of these sources. @param {string} root @param {string} fingerprint @param {BuildTask} task */
export function recordBuild(root, fingerprint, task) {
  mkdirSync(dirname(stampPath(root)), { recursive: true });
  writeFileSync(stampPath(root), stampOf(task, fingerprint));
}
