import type { Addon } from './addon-functions.js';
import { evaluatingInTurns } from './evaluation-in-turns.js';

/** Functions that a module imports, by module and name. */
type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The parts in use of emnapi, which is Node-API for WebAssembly: of @emnapi/core and @emnapi/runtime. */
export interface Emnapi {
  instantiateNapiModuleSync(
    bytes: Uint8Array,
    options: {
      readonly context: unknown;
      readonly overwriteImports: (imports: Imports) => Imports;
      readonly beforeInit: (source: { readonly instance: { readonly exports: object } }) => void;
    },
  ): { readonly napiModule: { readonly exports: unknown } };
  createContext(): unknown;
}

/**
 * The engine as a WebAssembly module: the addon's functions, on one thread. An evaluation does some candidates at a time,
 * with turns for JavaScript between them; a step of a training runs to its end.
 * @param bytes the file tenas_engine.wasm
 * @throws WebAssembly.CompileError or LinkError for other bytes
 */
export function wasmAddon(bytes: Uint8Array, emnapi: Emnapi): Addon {
  const { napiModule } = emnapi.instantiateNapiModuleSync(bytes, {
    context: emnapi.createContext(),
    overwriteImports: (imports) => ({
      ...imports,
      // The C library reaches for nothing of its surroundings but the way out.
      wasi_snapshot_preview1: {
        proc_exit: (status: number) => {
          throw new Error(`the engine ended with status ${status}`);
        },
      },
      env: {
        ...imports.env,
        ...imports.napi,
        ...imports.emnapi,
        emscripten_notify_memory_growth: () => undefined,
      },
    }),
    beforeInit: ({ instance }) => (instance.exports as { _initialize(): void })._initialize(),
  });
  return evaluatingInTurns(napiModule.exports as Addon);
}
