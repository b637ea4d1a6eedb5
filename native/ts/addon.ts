import type { Addon, NativeInfo } from './addon-functions.js';
import { loadAddon } from './load-addon.js';

export type {
  Addon,
  AddonJob,
  AddonRepeat,
  AddonRequest,
  AddonResponse,
  Device,
  Isa,
  NativeInfo,
} from './addon-functions.js';

let loaded: Addon | undefined;

/** Makes an addon this thread's, in the place of one that would be loaded. */
export function useAddon(addon: Addon): void {
  loaded = addon;
}

/**
 * The addon, loaded on first use; TENAS_ADDON in the environment is the path of another build of it, or `wasm` for the
 * WebAssembly build, which also serves where there is no native one. Throws NativeError ADDON_MISSING with the way to
 * build it.
 */
export function addon(): Addon {
  loaded ??= loadAddon();
  return loaded;
}

/** Facts about the addon and the machine it runs on. */
export function nativeInfo(): NativeInfo {
  return addon().info();
}
