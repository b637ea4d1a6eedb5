// Bundles programs of test/, which are TypeScript and use the packages' sources, for processes of their own.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** The repository's root: a bundle of this file lies elsewhere, and all that uses it is run in the root. */
const root = process.cwd();

/** What a process that runs a bundle needs in its environment. */
export const bundleEnvironment = {
  TENAS_ADDON: process.env.TENAS_ADDON ?? join(root, 'native/build/Release/tenas_native.node'),
};

/**
 * Bundles a program.
 * @param {string} file from the root, such as `test/fuzz/child.ts`
 * @param {string} name of the folder in the cache
 * @returns {Promise<string>} path of the bundle
 */
export async function bundleSource(file, name) {
  const folder = join(root, `node_modules/.cache/tenas-${name}`);
  mkdirSync(folder, { recursive: true });
  const base = file.replace(/^.*\//, '').replace(/\.ts$/, '');
  const outfile = join(folder, `${base}-${process.pid}.mjs`);
  await build({
    entryPoints: [join(root, file)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['tenas-source'],
    // With binaries of their own, or not to be bundled.
    external: [
      'sharp',
      'better-sqlite3',
      'onnxruntime-node',
      'bullmq',
      'ioredis',
      'pino',
      'vitest',
      'esbuild',
    ],
    // Packages of CommonJS need it.
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  return outfile;
}
