import * as core from '@emnapi/core';
import * as runtime from '@emnapi/runtime';
import { useAddon } from './addon.js';
import { type Emnapi, wasmAddon } from './wasm-addon.js';

/**
 * Makes the engine as WebAssembly this thread's engine, where packages cannot load one by themselves, as in a browser's
 * worker. Call it before the first use of an engine.
 *
 *     const file = await fetch('tenas_engine.wasm');
 *     useWasmEngine(new Uint8Array(await file.arrayBuffer()));
 *
 * @param bytes the file prebuilds/wasm32/tenas_engine.wasm of this package
 * @throws WebAssembly.CompileError or LinkError for other bytes
 */
export function useWasmEngine(bytes: Uint8Array): void {
  const { instantiateNapiModuleSync } = core as unknown as Emnapi;
  const { createContext } = runtime as unknown as Emnapi;
  useAddon(wasmAddon(bytes, { instantiateNapiModuleSync, createContext }));
}
