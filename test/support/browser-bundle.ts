import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a search uses of Node's modules, in the form that browsers have it. All else throws when it is called. */
const REPLACED: Readonly<Record<string, string>> = {
  // WebAssembly addresses 4 GiB.
  'node:os': "{ availableParallelism: () => 1, endianness: () => 'LE', totalmem: () => 2 ** 32 }",
  'node:timers/promises': '{ setImmediate: () => new Promise((resolve) => setTimeout(resolve, 0)) }',
  // These are called when a module is loaded.
  'node:module': "{ createRequire: () => () => { throw new Error('require: not in a browser'); } }",
  'node:util': '{ promisify: (work) => work }',
};

/** Packages for files and the network, which a search in a browser does without. */
const UNUSED =
  /^(node:.*|sharp|tar|undici|csv-(parse|stringify)(\/.*)?|detect-libc|onnxruntime-node|better-sqlite3)$/;

const withoutNode: Plugin = {
  name: 'without-node',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: UNUSED }, ({ path }) => ({ path, namespace: 'without-node' }));
    onLoad({ filter: /.*/, namespace: 'without-node' }, ({ path }) => ({
      contents: `const absent = (_, name) => name === '__esModule' ? false : function () { throw new Error('${path}: ' + String(name) + ' is not in a browser'); };
        module.exports = Object.assign(Object.create(new Proxy({}, { get: absent })), ${REPLACED[path] ?? '{}'});`,
    }));
  },
};

/** A module with all that it imports, as one script for browsers. @param entry path from the root of the repository */
export async function browserBundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    conditions: ['tenas-source'],
    banner: { js: 'globalThis.setImmediate ??= (work) => setTimeout(work, 0);' },
    plugins: [withoutNode],
    logLevel: 'warning',
  });
  return outputFiles[0]!.text;
}
