#!/usr/bin/env node
// Bundles a module for a worker of a browser, with all that it imports of the packages' sources, as one classic script:
// `node scripts/browser-bundle.mjs ENTRY OUT`, paths from the root of the repository. The licences of the packages of others in it
// go into a file beside it, whose name ends in `.licences.txt`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { licencesOf } from './bundle.mjs';
import { isMain, repositoryRoot, runMain, StepError } from './steps.mjs';

/**
 * What searches use of Node's modules, in the form that browsers have it. All else throws when it is called.
 * @type {Readonly<Record<string, string>>}
 */
const REPLACED = {
  // WebAssembly addresses 4 GiB.
  'node:os': "{ availableParallelism: () => 1, endianness: () => 'LE', totalmem: () => 2 ** 32 }",
  'node:timers/promises': '{ setImmediate: () => new Promise((resolve) => setTimeout(resolve, 0)) }',
  'node:crypto': "require('./browser-crypto.mjs')",
  // These are called when a module is loaded.
  'node:module': `{ createRequire: () => (name) => {
      if (name === 'node:crypto') return require('./browser-crypto.mjs');
      throw new Error('this needs Node and is not done in a browser: use the command');
    } }`,
  'node:util': '{ promisify: (work) => work }',
};

/** Packages for files and the network, which a search in a browser does without. */
const UNUSED =
  /^(node:.*|sharp|tar|undici|csv-(parse|stringify)(\/.*)?|detect-libc|onnxruntime-node|better-sqlite3|canvas)$/;

/**
 * Packages that bring no file with their licence: its name, and who holds the copyright by their sources or package.json. The text
 * of either licence stands with other packages of the bundle.
 * @type {Readonly<Record<string, string>>}
 */
const WITHOUT_LICENCE_FILE = {
  '@bufbuild/protobuf':
    'Licence: Apache-2.0 AND BSD-3-Clause. Copyright 2021-2025 Buf Technologies, Inc. Parts: Copyright 2008 Google Inc. All rights reserved.',
  'onnx-buf': 'Licence: MIT. Copyright Eric Zhang.',
};

/** @type {import('esbuild').Plugin} */
const withoutNode = {
  name: 'without-node',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: UNUSED }, ({ path }) => ({ path, namespace: 'without-node' }));
    onLoad({ filter: /.*/, namespace: 'without-node' }, ({ path }) => ({
      contents: `const absent = (_, name) => name === '__esModule' ? false : function () { throw new Error('${path}: ' + String(name) + ' is not in a browser'); };
        module.exports = Object.assign(Object.create(new Proxy({}, { get: absent })), ${REPLACED[path] ?? '{}'});`,
      resolveDir: join(repositoryRoot, 'scripts'),
    }));
    // The command reads its version from its package.json.
    onLoad({ filter: /[\\/]packages[\\/]cli[\\/]src[\\/]version\.ts$/ }, () => {
      const { version } = JSON.parse(readFileSync(join(repositoryRoot, 'packages/cli/package.json'), 'utf8'));
      return { contents: `export const version = () => ${JSON.stringify(version)};` };
    });
  },
};

/**
 * @param {string} entry path from the root of the repository
 * @returns {Promise<{ script: string, licences: string }>}
 */
export async function browserBundle(entry) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: repositoryRoot,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    conditions: ['tenas-source'],
    define: { 'import.meta.url': '"file:///"' },
    banner: { js: 'globalThis.setImmediate ??= (work) => setTimeout(work, 0);' },
    plugins: [withoutNode],
    legalComments: 'none',
    logLevel: 'warning',
  });
  const inputs = Object.values(metafile.outputs).flatMap((output) =>
    Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  return {
    script: /** @type {{ text: string }} */ (outputFiles[0]).text,
    licences: allLicences(inputs.map((path) => join(repositoryRoot, path))),
  };
}

/** @param {readonly string[]} inputs files of a bundle */
function allLicences(inputs) {
  const stated = Object.entries(WITHOUT_LICENCE_FILE).flatMap(([name, statement]) => {
    const folder = `node_modules/${name}/`;
    return inputs.some((path) => path.includes(folder)) ? [`${name}\n\n${statement}\n`] : [];
  });
  const others = inputs.filter(
    (path) => !Object.keys(WITHOUT_LICENCE_FILE).some((name) => path.includes(`node_modules/${name}/`)),
  );
  return [...licencesOf(others), ...stated].join('\n\n');
}

if (isMain(import.meta.url)) {
  await runMain(async () => {
    const [entry, out] = process.argv.slice(2);
    if (entry === undefined || out === undefined)
      throw new StepError('usage: browser-bundle.mjs ENTRY OUT', 2);
    const { script, licences } = await browserBundle(entry);
    writeFileSync(join(repositoryRoot, out), script);
    writeFileSync(join(repositoryRoot, out.replace(/\.js$/, '.licences.txt')), licences);
    return 0;
  });
}
