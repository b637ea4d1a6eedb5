// The packages of a repository: what they declare, which files they have, what those import.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

export const scope = '@tenas/';

/**
 * @typedef {object} Import
 * @property {string} specifier as it is written
 * @property {string} file absolute path of the importing file
 * @property {boolean} isTest
 */

/**
 * @typedef {object} Package
 * @property {string} name without the scope
 * @property {string} folder absolute path
 * @property {string} manifest path of package.json from the root
 * @property {readonly string[]} dependencies what the sources may import: all but devDependencies
 * @property {readonly string[]} devDependencies what only the tests may import
 * @property {readonly string[]} files absolute paths
 * @property {readonly Import[]} imports one for each file and specifier
 */

/** @param {string} path @returns {Record<string, Record<string, string> | undefined> & { name: string }} */
function readManifest(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Names of the root's devDependencies, which every test may use. @param {string} root @returns {string[]} */
export function rootTools(root) {
  return Object.keys(readManifest(join(root, 'package.json')).devDependencies ?? {});
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

/**
 * The imports of a file, each once; types count, comments and strings do not. @param {string} file @returns {string[]}
 */
function specifiersOf(file) {
  const found = ts.preProcessFile(readFileSync(file, 'utf8'), true, true).importedFiles;
  return [...new Set(found.map(({ fileName }) => fileName))];
}

/** The packages: native, benchmarks and packages/*. @param {string} root @returns {Package[]} */
export function readPackages(root) {
  const listed = existsSync(join(root, 'packages')) ? readdirSync(join(root, 'packages')) : [];
  return ['native', 'benchmarks', ...listed.map((name) => join('packages', name))]
    .map((name) => join(root, name))
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map((folder) => {
      const manifest = readManifest(join(folder, 'package.json'));
      const { dependencies, optionalDependencies, peerDependencies, devDependencies = {} } = manifest;
      const files = typescriptFiles(folder);
      return {
        name: manifest.name.startsWith(scope) ? manifest.name.slice(scope.length) : manifest.name,
        folder,
        manifest: relative(root, join(folder, 'package.json')),
        dependencies: Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }),
        devDependencies: Object.keys(devDependencies),
        files,
        imports: files.flatMap((file) => {
          const isTest = /^test[\\/]/.test(relative(folder, file));
          return specifiersOf(file).map((specifier) => ({ specifier, file, isTest }));
        }),
      };
    });
}

/** @param {string} specifier e.g. `@tenas/graph/x` @returns {string} the package, `@tenas/graph` */
export function packageOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Which of a package's files import which. @param {Package} one @returns {Map<string, string[]>} */
export function fileGraph({ files, imports }) {
  const known = new Set(files);
  /** @type {Map<string, string[]>} */
  const graph = new Map(files.map((file) => [file, []]));
  for (const { specifier, file } of imports) {
    if (!specifier.startsWith('.')) continue;
    const target = resolve(dirname(file), specifier);
    const source = [target, target.replace(/\.(m?)js$/, '.$1ts')].find((path) => known.has(path));
    if (source !== undefined) graph.get(file)?.push(source);
  }
  return graph;
}

/**
 * Circles of a directed graph, one for each set of nodes that reach one another.
 * @param {ReadonlyMap<string, readonly string[]>} graph
 * @returns {string[][]} each a shortest circle, its first node repeated at its end
 */
export function circlesOf(graph) {
  /** @type {string[][]} */
  const circles = [];
  const explained = new Set();
  for (const start of graph.keys()) {
    if (explained.has(start)) continue;
    const circle = shortestCircle(graph, start);
    if (circle === null) continue;
    circles.push(circle);
    const ahead = reachedFrom(graph, start);
    for (const node of ahead) if (reachedFrom(graph, node).has(start)) explained.add(node);
  }
  return circles;
}

/** @param {ReadonlyMap<string, readonly string[]>} graph @param {string} start @returns {Set<string>} */
function reachedFrom(graph, start) {
  const reached = new Set(graph.get(start));
  for (const node of reached) for (const next of graph.get(node) ?? []) reached.add(next);
  return reached;
}

/** @param {ReadonlyMap<string, readonly string[]>} graph @param {string} start @returns {string[] | null} */
function shortestCircle(graph, start) {
  /** @type {Map<string, string>} */
  const from = new Map();
  const queue = [start];
  for (const node of queue) {
    for (const next of graph.get(node) ?? []) {
      if (next === start) {
        const back = [node];
        while (back.at(-1) !== start) back.push(from.get(/** @type {string} */ (back.at(-1))) ?? start);
        return [...back.reverse(), start];
      }
      if (!from.has(next)) {
        from.set(next, node);
        queue.push(next);
      }
    }
  }
  return null;
}
