import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { NativeError } from './errors.js';

/** What decides which build of the addon a machine needs. */
export interface Machine {
  readonly platform: string;
  readonly arch: string;
  /** Whether the C library is musl, as on Alpine Linux. */
  readonly musl: boolean;
}

/** The machine that this process runs on. */
export function thisMachine(): Machine {
  const { platform, arch } = process;
  return { platform, arch, musl: platform === 'linux' && isMusl() };
}

function isMusl(): boolean {
  const { familySync, MUSL } = createRequire(import.meta.url)('detect-libc') as typeof import('detect-libc');
  return familySync() === MUSL;
}

/** The name of a machine's folder in `prebuilds`, such as `linux-x64` or `linux-arm64-musl`. */
export function platformName({ platform, arch, musl }: Machine): string {
  return `${platform}-${arch}${musl ? '-musl' : ''}`;
}

/** The file of the engine as WebAssembly, whether or not it was built. @param root the folder of this package */
export function wasmFile(root: string): string {
  return join(root, 'prebuilds/wasm32/tenas_engine.wasm');
}

/**
 * The file of the addon: the one that TENAS_ADDON names; else the one that was compiled here, as somebody did that on
 * purpose; else the prebuilt one of this platform; else the WebAssembly build, which runs everywhere.
 * @param root the folder of this package
 * @param named the value of TENAS_ADDON: a path, or `wasm`
 * @throws NativeError ADDON_MISSING with the files that were looked for and the ways to get one
 */
export function addonFile(
  root: string,
  named: string | undefined,
  machine: () => Machine = thisMachine,
): string {
  const wasm = wasmFile(root);
  if (named === 'wasm') return wasm;
  if (named !== undefined) return named;
  const compiled = join(root, 'build/Release/tenas_native.node');
  if (existsSync(compiled)) return compiled;
  const platform = platformName(machine());
  const prebuilt = join(root, 'prebuilds', platform, 'tenas_native.node');
  if (existsSync(prebuilt)) return prebuilt;
  if (existsSync(wasm)) return wasm;
  throw new NativeError(
    'ADDON_MISSING',
    `There is no native addon for ${platform}: neither ${prebuilt} nor ${compiled} exists. ${waysToBuild(root)}`,
  );
}

/** How to get an addon by compiling it. @param root the folder of this package */
export function waysToBuild(root: string): string {
  return (
    'To compile it: "npm run setup" in a clone of the repository, or "npx cmake-js@8.0.0 compile" in ' +
    `${root} (needs CMake, a C++20 compiler and Eigen 3.4)`
  );
}
