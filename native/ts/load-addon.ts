import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { addonFile, wasmFile, waysToBuild } from './addon-file.js';
import type { Addon } from './addon-functions.js';
import { NativeError } from './errors.js';
import { type Emnapi, wasmAddon } from './wasm-addon.js';

/** The folder of this package. */
const packageFolder = () => fileURLToPath(new URL('..', import.meta.url));

/**
 * The path of the engine as WebAssembly, for pages that bring it to a browser: `useWasmEngine` of `@tenas/native/wasm` takes
 * its bytes. In a clone of the repository the file is there after `npm run build:wasm`.
 */
export function wasmEngineFile(): string {
  return wasmFile(packageFolder());
}

/**
 * Loads the build that TENAS_ADDON names, else the native addon, else the WebAssembly build.
 * @throws NativeError ADDON_MISSING
 */
export function loadAddon(): Addon {
  const root = packageFolder();
  const path = addonFile(root, process.env.TENAS_ADDON);
  if (path.endsWith('.wasm')) return loadWasm(path);
  try {
    const found = createRequire(import.meta.url)(path) as Partial<Addon>;
    // An empty file is a module without anything.
    if (typeof found.evaluate !== 'function') throw new Error('it is no addon of this project');
    return found as Addon;
  } catch (error) {
    const [cause] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new NativeError(
      'ADDON_MISSING',
      `The native addon could not be loaded from ${path}: ${cause}. ${waysToBuild(root)}`,
      { cause: error },
    );
  }
}

function loadWasm(path: string): Addon {
  const require = createRequire(import.meta.url);
  try {
    // Loaded here alone: native addons do without.
    const { instantiateNapiModuleSync } = require('@emnapi/core') as Emnapi;
    const { createContext } = require('@emnapi/runtime') as Emnapi;
    return wasmAddon(readFileSync(path), { instantiateNapiModuleSync, createContext });
  } catch (error) {
    const [cause] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new NativeError(
      'ADDON_MISSING',
      `The WebAssembly build of the engine could not be loaded from ${path}. Build it with "npm run build:wasm" in the ` +
        `repository (needs CMake, Emscripten and Eigen 3.4). Cause: ${cause}`,
      { cause: error },
    );
  }
}
