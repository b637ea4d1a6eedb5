// What a build of the addon is made of, as a hash: a prebuilt addon is used in a repository only where this is its own.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Name of the addon's file in every folder. */
export const ADDON = 'tenas_native.node';
/** What a folder of `prebuilds` says of its addon. */
export const DESCRIPTION = 'build.json';

/** @param {string} folder @returns {string[]} every file below, sorted */
function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    });
}

/**
 * SHA-256 of the C++ sources, the CMake files with their flags, the version that is compiled in and the headers' version.
 * @param {string} native the folder of @tenas/native
 */
export function sourceHash(native) {
  const hash = createHash('sha256');
  const { version, dependencies } = JSON.parse(readFileSync(join(native, 'package.json'), 'utf8'));
  hash.update(JSON.stringify([version, dependencies?.['node-addon-api'] ?? null]));
  const files = ['src', 'cmake'].flatMap((name) => filesBelow(join(native, name)));
  for (const path of [join(native, 'CMakeLists.txt'), ...files]) {
    const name = relative(native, path).replaceAll('\\', '/');
    hash.update(`\0/${name}\0`).update(readFileSync(path));
  }
  return hash.digest('hex');
}

/** The name of this machine's folder in `prebuilds`. musl's ends in `-musl`. @returns {string} */
export function thisPlatform() {
  const here = `${process.platform}-${process.arch}`;
  if (process.platform !== 'linux') return here;
  Object.assign(process.report, { excludeNetwork: true });
  const report = /** @type {{ header?: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  return report.header?.glibcVersionRuntime === undefined ? `${here}-musl` : here;
}

/**
 * Whether a folder of prebuilt addons has one that was built of these sources.
 * @param {string} native the folder of @tenas/native
 * @param {string} [prebuilds] with a folder for each platform
 * @param {string} [platform] by default this machine's
 */
export function hasPrebuilt(native, prebuilds = join(native, 'prebuilds'), platform = thisPlatform()) {
  const folder = join(prebuilds, platform);
  if (!existsSync(join(folder, ADDON)) || !existsSync(join(folder, DESCRIPTION))) return false;
  return JSON.parse(readFileSync(join(folder, DESCRIPTION), 'utf8')).sources === sourceHash(native);
}

/** Whether a build compiles the addon: where one was compiled before, it is kept up to date. @param {string} native */
export function compilesAddon(native) {
  return existsSync(join(native, 'build/Release', ADDON)) || !hasPrebuilt(native);
}

/**
 * Copies the prebuilt addon of this machine into a package, if it was built of its sources and is whole.
 * @param {string} native the folder of @tenas/native
 * @param {string} prebuilds with a folder for each platform
 * @returns {string | null} why nothing was copied
 */
export function takePrebuilt(native, prebuilds) {
  const folder = join(prebuilds, thisPlatform());
  if (!existsSync(join(folder, ADDON)) || !existsSync(join(folder, DESCRIPTION))) {
    return 'it has none for this machine';
  }
  if (!hasPrebuilt(native, prebuilds)) return 'it was built of other sources than these';
  const { sha256 } = JSON.parse(readFileSync(join(folder, DESCRIPTION), 'utf8'));
  const found = createHash('sha256')
    .update(readFileSync(join(folder, ADDON)))
    .digest('hex');
  if (found !== sha256) return `the SHA-256 of ${join(folder, ADDON)} is not that of ${DESCRIPTION}`;
  cpSync(folder, join(native, 'prebuilds', thisPlatform()), { recursive: true });
  return null;
}
