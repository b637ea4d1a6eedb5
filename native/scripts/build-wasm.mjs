#!/usr/bin/env node
// `npm run build:wasm`: the engine as WebAssembly, in prebuilds/wasm32/tenas_engine.wasm. Needs Emscripten (Debian's package
// `emscripten` will do), CMake and Eigen 3.4. A later call compiles what has changed.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const native = fileURLToPath(new URL('..', import.meta.url));
const build = join(native, 'build-wasm');
const NAME = 'tenas_engine.wasm';

/** @param {string} name of an npm package @returns {string} its folder */
function folderOf(name) {
  return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
}

/** @param {string} command @param {readonly string[]} args */
function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (status === 0) return;
  const missing = error !== undefined && 'code' in error && error.code === 'ENOENT';
  console.error(
    missing
      ? `error: ${command} was not found (Debian, Ubuntu: apt-get install emscripten cmake libeigen3-dev)`
      : 'error: the build failed; its messages are above',
  );
  process.exit(1);
}

run('emcmake', [
  'cmake',
  ...['-S', join(native, 'wasm'), '-B', build],
  `-DTENAS_EMNAPI=${folderOf('emnapi')}`,
  `-DTENAS_NODE_ADDON_API=${folderOf('node-addon-api')}`,
]);
run('cmake', ['--build', build, '--parallel', '2']);
const target = join(native, 'prebuilds/wasm32');
mkdirSync(target, { recursive: true });
copyFileSync(join(build, NAME), join(target, `.${NAME}`));
renameSync(join(target, `.${NAME}`), join(target, NAME));
