#!/usr/bin/env node
// Imports point one way, and packages declare what they import, no less and no more. `node scripts/check-layering.mjs [ROOT]`
import { builtinModules } from 'node:module';
import { dirname, relative, resolve, sep } from 'node:path';
import { isMain, repositoryRoot, runMain, StepError, say } from './steps.mjs';
import { circlesOf, fileGraph, packageOf, readPackages, rootTools, scope } from './workspace.mjs';

/** @typedef {import('./workspace.mjs').Package} Package */

/**
 * The layers from the lowest. Sources may depend on packages of lower layers, tests on those of their own layer as
 * well. Which of them a package uses is for its package.json to say.
 */
const layers = [
  ['base'],
  ['graph'],
  ['native', 'data', 'spaces'],
  ['train'],
  ['metrics', 'onnx', 'pytorch', 'records'],
  ['search', 'evaluation', 'report'],
  ['runner', 'latency'],
  ['cli'],
  ['tenas'],
  ['benchmarks'],
];

/**
 * Packages that are used without an import: cmake-js builds the addon and puts node-addon-api on its include path, the
 * WebAssembly build has Node-API by emnapi, and `tenas export --web` copies files of onnxruntime-web.
 */
const usedOtherwise = /** @type {Record<string, readonly string[]>} */ ({
  native: ['cmake-js', 'node-addon-api', 'emnapi'],
  cli: ['onnxruntime-web'],
});

/** @param {string} name @returns {number} -1 for a package that has no place */
function heightOf(name) {
  return layers.findIndex((layer) => layer.includes(name));
}

/** The packages of the workspace among some dependencies, without the scope. @param {readonly string[]} names */
function ownAmong(names) {
  return names.filter((name) => name.startsWith(scope)).map((name) => name.slice(scope.length));
}

/**
 * @param {string} root
 * @returns {{ files: number, violations: string[] }} each violation names the file, the import and the rule
 */
export function checkLayering(root) {
  const packages = readPackages(root);
  const tools = rootTools(root);
  const placed = packages.filter(({ name }) => heightOf(name) >= 0);
  return {
    files: placed.reduce((sum, { files }) => sum + files.length, 0),
    violations: [
      ...packages
        .filter(({ name }) => heightOf(name) < 0)
        .map(
          ({ manifest, name }) =>
            `${manifest}: package ${name} has no place in the layers of scripts/check-layering.mjs`,
        ),
      ...placed.flatMap((one) => [
        ...arrowsUp(one),
        ...unusedDependencies(one),
        ...wrongImports(one, packages, tools, root),
        ...circlesOf(fileGraph(one)).map(
          (circle) =>
            `circle of files: ${circle.map((file) => relative(root, file).replaceAll(sep, '/')).join(' > ')}`,
        ),
      ]),
      ...packageCircles(placed),
    ],
  };
}

/** Dependencies that are not below. @param {Package} one @returns {string[]} */
function arrowsUp({ name, manifest, dependencies, devDependencies }) {
  const own = heightOf(name);
  const up = [
    ...ownAmong(dependencies).filter((target) => heightOf(target) >= own),
    ...ownAmong(devDependencies).filter((target) => heightOf(target) > own),
  ];
  return up.map(
    (target) => `${manifest}: ${name} may not depend on ${target}, which does not stand below it`,
  );
}

/** @param {readonly Package[]} packages @returns {string[]} */
function packageCircles(packages) {
  const graph = new Map(
    packages.map(({ name, dependencies, devDependencies }) => [
      name,
      ownAmong([...dependencies, ...devDependencies]),
    ]),
  );
  return circlesOf(graph).map((circle) => `circle of packages: ${circle.join(' > ')}`);
}

/** Dependencies that no source imports, devDependencies that no test imports. @param {Package} one @returns {string[]} */
function unusedDependencies({ name, manifest, dependencies, devDependencies, imports }) {
  const bySources = new Set(
    imports.filter(({ isTest }) => !isTest).map(({ specifier }) => packageOf(specifier)),
  );
  const byTests = new Set(
    imports.filter(({ isTest }) => isTest).map(({ specifier }) => packageOf(specifier)),
  );
  /** Types of a package serve the importers of the package. @param {string} dependency */
  const typed = (dependency) =>
    dependency.replace(/^@types\/(?:(.+)__)?/, (_all, owner) => (owner ? `@${owner}/` : ''));
  const unused = dependencies.filter(
    (dependency) => !bySources.has(typed(dependency)) && !usedOtherwise[name]?.includes(dependency),
  );
  const unusedInTests = devDependencies.filter((dependency) => {
    const types = dependency.startsWith('@types/') && bySources.has(typed(dependency));
    return !byTests.has(typed(dependency)) && !types && !usedOtherwise[name]?.includes(dependency);
  });
  return [
    ...unused.map((dependency) =>
      byTests.has(dependency)
        ? `${manifest}: only tests import ${dependency}; it belongs into devDependencies`
        : `${manifest}: nothing imports ${dependency}; take it out`,
    ),
    ...unusedInTests.map((dependency) => `${manifest}: no test imports ${dependency}; take it out`),
  ];
}

/**
 * @param {Package} one @param {readonly Package[]} packages @param {readonly string[]} tools @param {string} root
 * @returns {string[]}
 */
function wrongImports(one, packages, tools, root) {
  return one.imports.flatMap(({ specifier, file, isTest }) => {
    const problem = specifier.startsWith('.')
      ? relativeProblem(resolve(dirname(file), specifier), isTest, one, packages)
      : packageProblem(specifier, isTest, one, tools);
    return problem === null ? [] : [`${relative(root, file)}: import '${specifier}': ${problem}`];
  });
}

/**
 * @param {string} target absolute path @param {boolean} isTest @param {Package} one @param {readonly Package[]} packages
 * @returns {string | null}
 */
function relativeProblem(target, isTest, { folder }, packages) {
  if (target === folder || target.startsWith(folder + sep)) return null;
  const inOther = packages.some((other) => target.startsWith(other.folder + sep));
  // Tests share what stands in the repository's own test folder.
  return isTest && !inOther ? null : 'leaves the package; import it by its package name';
}

/**
 * @param {string} specifier @param {boolean} isTest @param {Package} one @param {readonly string[]} tools
 * @returns {string | null}
 */
function packageProblem(specifier, isTest, { name, manifest, dependencies, devDependencies }, tools) {
  if (specifier.startsWith('node:')) return null;
  if (builtinModules.includes(specifier)) return `write node:${specifier}`;
  const wanted = packageOf(specifier);
  if (wanted === scope + name) return isTest ? null : 'a package imports its own files by relative path';
  const declared = isTest ? [...dependencies, ...devDependencies, ...tools] : dependencies;
  if (declared.includes(wanted)) return null;
  const where = isTest ? 'dependencies or devDependencies' : 'dependencies';
  return `${wanted} is not declared in ${manifest} (${where})`;
}

if (isMain(import.meta.url)) {
  await runMain(async () => {
    const { files, violations } = checkLayering(resolve(process.argv[2] ?? repositoryRoot));
    for (const violation of violations) say(violation);
    if (files === 0) throw new StepError('no source files found: wrong folder?', 2);
    const found = `${violations.length} violation${violations.length === 1 ? '' : 's'} in ${files} files`;
    say(`layering: ${violations.length === 0 ? `${files} files, every import points the right way` : found}`);
    return violations.length === 0 ? 0 : 1;
  });
}
