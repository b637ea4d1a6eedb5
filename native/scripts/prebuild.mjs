#!/usr/bin/env node
// `npm run prebuilds --workspace @tenas/native -- linux-x64 linux-arm64`: the addon as it is published, in
// prebuilds/PLATFORM. It has libstdc++ inside and loads with every glibc from 2.28; this is checked.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dynamicSymbols, isNewer, writeGlibcStubs } from './glibc-stubs.mjs';
import { ADDON, DESCRIPTION, sourceHash } from './sources.mjs';

/** The oldest glibc that Node itself runs with. */
const FLOOR = '2.28';

/** @type {Record<string, { arch: string, processor: string, cross: string }>} */
const PLATFORMS = {
  'linux-x64': { arch: 'x64', processor: 'x86_64', cross: 'x86_64-linux-gnu-' },
  'linux-arm64': { arch: 'arm64', processor: 'aarch64', cross: 'aarch64-linux-gnu-' },
};

const native = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');

/** @param {string} message @returns {never} */
function fail(message) {
  console.error(`error: ${message}`);
  process.exit(1);
}

/** @param {readonly string[]} args */
function cmake(args) {
  const script = createRequire(import.meta.url).resolve('cmake-js/bin/cmake-js');
  const { status } = spawnSync(process.execPath, [script, 'build', ...args], {
    cwd: native,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) fail('the build failed; its messages are above');
}

/**
 * The newest glibc that an addon asks for. Fails where it asks for anything that not every machine has.
 * @param {string} readelf command @param {string} path @returns {string} e.g. `2.17`
 */
export function glibcOf(readelf, path) {
  let newest = '2.0';
  for (const { name, version, binding, defined } of dynamicSymbols(readelf, path)) {
    if (defined || name === '' || /^(napi|node_api)_/.test(name)) continue;
    if (version === '' && binding === 'WEAK') continue;
    // The unwinder of libgcc_s, which Node itself needs.
    if (/^GCC_[34]\./.test(version)) continue;
    const number = version.match(/^GLIBC_([\d.]+)$/)?.[1];
    if (number === undefined)
      fail(`${path} needs ${name}${version === '' ? '' : `@${version}`} of its machine`);
    if (isNewer(number, FLOOR)) fail(`${path} needs ${name} of glibc ${number}; ${FLOOR} is the floor`);
    if (isNewer(number, newest)) newest = number;
  }
  return newest;
}

/** @param {string} name of a platform */
function prebuild(name) {
  const { arch, processor, cross } = PLATFORMS[name] ?? fail(`unknown platform ${name}`);
  const here = process.arch === arch;
  // The build of this machine is shared: the objects are the same, only the link differs.
  const out = join(native, here ? 'build' : `build-${name}`);
  const prefix = here ? '' : cross;
  if (spawnSync(`${prefix}g++`, ['--version'], { stdio: 'ignore' }).status !== 0) {
    fail(
      `${name} needs ${prefix}g++ (Debian, Ubuntu: apt-get install g++${here ? '' : `-${cross.slice(0, -1)}`})`,
    );
  }
  // Where native/cmake/portable.cmake looks for them: a build that is there already is not configured anew.
  writeGlibcStubs({ prefix, floor: FLOOR, folder: join(out, 'glibc-stubs') });
  const other = [
    `--CDCMAKE_SYSTEM_NAME=Linux`,
    `--CDCMAKE_SYSTEM_PROCESSOR=${processor}`,
    `--CDCMAKE_CXX_COMPILER=${cross}g++`,
    '--CDTENAS_CUDA=off',
  ];
  cmake(['--out', out, '--arch', arch, '--target', 'tenas_portable', ...(here ? [] : other)]);

  const built = join(out, 'Release/tenas_portable.node');
  const glibc = glibcOf(`${prefix}readelf`, built);
  const folder = join(native, 'prebuilds', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  copyFileSync(built, join(folder, `.${ADDON}`));
  renameSync(join(folder, `.${ADDON}`), join(folder, ADDON));
  const description = {
    sources: sourceHash(native),
    sha256: createHash('sha256').update(readFileSync(built)).digest('hex'),
    compiler: execFileSync(`${prefix}g++`, ['--version'], { encoding: 'utf8' }).split('\n')[0],
    glibc,
  };
  writeFileSync(join(folder, DESCRIPTION), `${JSON.stringify(description, null, 2)}\n`);
  console.log(`${name}: ${(statSync(built).size / 1e6).toFixed(2)} MB, needs glibc ${glibc} or later`);
}

const names = process.argv.slice(2);
const unknown = names.find((name) => PLATFORMS[name] === undefined);
if (names.length === 0 || unknown !== undefined) {
  const problem = unknown === undefined ? 'no platform is given' : `no prebuilt addon is made for ${unknown}`;
  fail(`${problem}; known: ${Object.keys(PLATFORMS).join(', ')}`);
}
if (process.platform !== 'linux') fail('prebuilt addons are made on Linux');
for (const name of names) prebuild(name);
