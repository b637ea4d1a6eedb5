#!/usr/bin/env node
// `npm run build:native`: compiles the addon, unless a prebuilt one of these very sources is there and nothing was compiled.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { compilesAddon } from './sources.mjs';

const native = fileURLToPath(new URL('..', import.meta.url));
if (!compilesAddon(native)) {
  console.log('a prebuilt addon of these sources is there');
} else {
  const script = createRequire(import.meta.url).resolve('cmake-js/bin/cmake-js');
  const { status } = spawnSync(process.execPath, [script, 'compile'], { cwd: native, stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
