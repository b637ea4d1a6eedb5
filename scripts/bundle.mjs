#!/usr/bin/env node
// Bundles the package of the current folder: `node ../../scripts/bundle.mjs [--inline PACKAGE] [src/MORE.ts]`. Each way into the
// package (`exports` of package.json, files that are named here) becomes one file of dist/, with what several of them
// share in chunks beside it: Node takes as long to find a small module as to run it, and the command loads 150 of them.
// Other packages stay apart, so that spaces, metrics and strategies from files share their registries, except those that
// are named by `--inline`: their licences go into dist/THIRD-PARTY-LICENSES.txt.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { isMain, runMain, StepError } from './steps.mjs';

/** The package that has zod without what nobody uses here: 95 modules and all languages take 60 ms to load. */
const ZOD = '@tenas/base/zod';

/**
 * The files to begin with: source by name of the built file without its ending.
 * @param {Record<string, { 'tenas-source'?: string, default?: string } | string>} exports
 * @param {readonly string[]} more
 */
export function entriesOf(exports, more) {
  const declared = Object.values(exports).flatMap((target) => {
    if (typeof target === 'string' || target['tenas-source'] === undefined) return [];
    return [[String(target.default).replace(/^\.\/dist\/|\.js$/g, ''), target['tenas-source']]];
  });
  const named = more.map((path) => [path.replace(/^.*\/|\.ts$/g, ''), path]);
  return /** @type {Record<string, string>} */ (Object.fromEntries([...declared, ...named]));
}

/** The texts of the licences of the packages that were inlined. @param {readonly string[]} inputs files of the bundle */
export function licencesOf(inputs) {
  const folders = new Set(
    inputs.flatMap((path) => path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? []),
  );
  return [...folders].map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new StepError(`${name} has no licence file, so it cannot be inlined`);
    return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
}

/** Takes the JavaScript of an earlier build away; the types are the compiler's. @param {string} folder */
function clear(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (/\.js(\.map)?$/.test(entry)) rmSync(join(folder, entry));
  }
}

/**
 * @param {readonly string[]} inlined names of packages
 * @param {readonly string[]} more sources beside those of `exports`
 */
async function bundle(inlined, more) {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  const { name, exports, dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = manifest;
  const others = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
  clear('dist');
  const { metafile } = await build({
    entryPoints: entriesOf(exports, more),
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.17',
    external: others.filter((other) => !inlined.includes(other)),
    // Types come from zod itself, so sources and the packages' types name it.
    alias: ZOD.startsWith(`${name}/`) ? {} : { zod: ZOD },
    // Side by side, so that `../assets` is the same folder for all of them.
    chunkNames: '[name]-[hash]',
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const licences = licencesOf(Object.keys(metafile.inputs));
  mkdirSync('dist', { recursive: true });
  if (licences.length > 0) {
    const head = 'Parts of these packages are in the files of this folder.';
    writeFileSync('dist/THIRD-PARTY-LICENSES.txt', [head, ...licences].join('\n\n'));
  }
}

if (isMain(import.meta.url)) {
  await runMain(async () => {
    const words = process.argv.slice(2);
    const inlined = words.filter((_, place) => words[place - 1] === '--inline');
    const more = words.filter((word, place) => word !== '--inline' && words[place - 1] !== '--inline');
    await bundle(inlined, more);
    return 0;
  });
}
