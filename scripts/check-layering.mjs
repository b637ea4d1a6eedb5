#!/usr/bin/env node
// Imports point one way, and only to what a package declares. `node scripts/check-layering.mjs [ROOT]`
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';
import { isMain, repositoryRoot, runMain, StepError, say } from './steps.mjs';

/** What the sources of each package may import; a package that is not named here may not exist. */
const mayImport = /** @type {Record<string, readonly string[]>} */ ({
  base: [],
  native: ['base', 'graph'],
  graph: ['base'],
  data: ['base'],
  records: ['base'],
  spaces: ['base', 'graph'],
  onnx: ['base', 'graph', 'native'],
  metrics: ['base', 'native', 'graph', 'data'],
  search: ['base', 'native', 'spaces', 'data', 'metrics'],
  evaluation: ['base', 'spaces', 'data', 'metrics', 'records'],
  runner: ['base', 'native', 'spaces', 'data', 'metrics', 'search', 'onnx'],
  report: ['base'],
  cli: [
    'base',
    'native',
    'graph',
    'spaces',
    'data',
    'metrics',
    'search',
    'evaluation',
    'onnx',
    'runner',
    'records',
    'report',
  ],
  benchmarks: [
    'base',
    'native',
    'graph',
    'spaces',
    'data',
    'metrics',
    'search',
    'evaluation',
    'onnx',
    'runner',
    'records',
    'report',
    'cli',
  ],
});

/** Tests may use every package of their own height or below, e.g. build a network of `spaces` to test `metrics`. */
const height = /** @type {Record<string, number>} */ ({
  base: 0,
  graph: 1,
  native: 2,
  data: 2,
  spaces: 2,
  onnx: 3,
  metrics: 3,
  records: 3,
  search: 4,
  evaluation: 4,
  runner: 5,
  report: 5,
  cli: 6,
  benchmarks: 7,
});

const scope = '@tenas/';

/**
 * @typedef {object} Manifest
 * @property {string} name
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [devDependencies]
 * @property {Record<string, string>} [optionalDependencies]
 * @property {Record<string, string>} [peerDependencies]
 */

/** @param {string} path @returns {Manifest} */
function readManifest(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** @param {string} folder @returns {string[]} */
function typescriptFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return ['node_modules', 'dist', 'build'].includes(entry.name) ? [] : typescriptFiles(path);
    }
    return /\.(ts|mts|mjs|js)$/.test(entry.name) ? [path] : [];
  });
}

/** @param {string} specifier e.g. `@tenas/graph/x` @returns {string} the package, `@tenas/graph` */
function packageOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** @param {string} root @returns {string[]} */
function packageFolders(root) {
  const listed = existsSync(join(root, 'packages')) ? readdirSync(join(root, 'packages')) : [];
  const folders = ['native', 'benchmarks', ...listed.map((name) => join('packages', name))];
  return folders.map((name) => join(root, name)).filter((path) => existsSync(join(path, 'package.json')));
}

/**
 * @param {string} root
 * @returns {{ files: number, violations: string[] }} each violation names the file, the import and the rule
 */
export function checkLayering(root) {
  const rootDependencies = Object.keys(readManifest(join(root, 'package.json')).devDependencies ?? {});
  /** @type {string[]} */
  const violations = [];
  let files = 0;
  for (const folder of packageFolders(root)) {
    const manifest = readManifest(join(folder, 'package.json'));
    const name = manifest.name.startsWith(scope) ? manifest.name.slice(scope.length) : manifest.name;
    const manifestPath = relative(root, join(folder, 'package.json'));
    const allowed = mayImport[name];
    if (allowed === undefined) {
      violations.push(
        `${manifestPath}: package ${manifest.name} has no place in the layers of scripts/check-layering.mjs`,
      );
      continue;
    }
    const forSources = Object.keys({
      ...manifest.dependencies,
      ...manifest.optionalDependencies,
      ...manifest.peerDependencies,
    });
    for (const dependency of forSources) {
      const target = dependency.slice(scope.length);
      if (dependency.startsWith(scope) && !allowed.includes(target)) {
        violations.push(`${manifestPath}: ${name} may not depend on ${target} (${rule(name, allowed)})`);
      }
    }
    const forTests = [...forSources, ...Object.keys(manifest.devDependencies ?? {}), ...rootDependencies];
    for (const file of typescriptFiles(folder)) {
      files++;
      const inPackage = relative(folder, file);
      const isTest = name === 'benchmarks' || /^test[\\/]/.test(inPackage);
      const found = ts.preProcessFile(readFileSync(file, 'utf8'), true, true).importedFiles;
      for (const specifier of new Set(found.map(({ fileName }) => fileName))) {
        const problem = importProblem({
          specifier,
          file,
          folder,
          root,
          name,
          allowed,
          isTest,
          forSources,
          forTests,
        });
        if (problem !== null) violations.push(`${relative(root, file)}: import '${specifier}': ${problem}`);
      }
    }
  }
  return { files, violations };
}

/** @param {string} name @param {readonly string[]} allowed */
function rule(name, allowed) {
  return allowed.length === 0
    ? `${name} imports no other package`
    : `${name} may import ${allowed.join(', ')}`;
}

/**
 * @param {{ specifier: string, file: string, folder: string, root: string, name: string, allowed: readonly string[],
 *   isTest: boolean, forSources: readonly string[], forTests: readonly string[] }} use
 * @returns {string | null}
 */
function importProblem(use) {
  const { specifier, file, folder, root, name, allowed, isTest } = use;
  if (specifier.startsWith('.')) {
    const target = resolve(dirname(file), specifier);
    if (target === folder || target.startsWith(folder + sep)) return null;
    const inPackage = packageFolders(root).some((other) => target.startsWith(other + sep));
    if (isTest && !inPackage) return null;
    return 'leaves the package; import it by its package name';
  }
  if (specifier.startsWith('node:')) return null;
  if (builtinModules.includes(specifier)) return `write node:${specifier}`;
  const wanted = packageOf(specifier);
  if (wanted.startsWith(scope)) {
    const target = wanted.slice(scope.length);
    if (target === name) return isTest ? null : 'a package imports its own files by relative path';
    if (!(target in height)) return 'no such package';
    const fits = isTest ? (height[target] ?? 0) <= (height[name] ?? 0) : allowed.includes(target);
    if (!fits)
      return isTest
        ? `tests of ${name} may not import ${target}, which stands above it`
        : rule(name, allowed);
  }
  const declared = isTest ? use.forTests : use.forSources;
  if (declared.includes(wanted)) return null;
  return `${wanted} is not declared in ${relative(root, join(folder, 'package.json'))} (${isTest ? 'dependencies or devDependencies' : 'dependencies'})`;
}

if (isMain(import.meta.url)) {
  await runMain(async () => {
    const { files, violations } = checkLayering(resolve(process.argv[2] ?? repositoryRoot));
    for (const violation of violations) say(violation);
    if (files === 0) throw new StepError('no source files found: wrong folder?', 2);
    say(
      violations.length === 0
        ? `layering: ${files} files, every import points the right way`
        : `layering: ${violations.length} wrong import${violations.length === 1 ? '' : 's'} in ${files} files`,
    );
    return violations.length === 0 ? 0 : 1;
  });
}
