#!/usr/bin/env node
import { existsSync } from 'node:fs';

const built = new URL('../dist/main.js', import.meta.url);
if (existsSync(built)) {
  // Stack traces are only shown with TENAS_DEBUG; they name the sources.
  if (process.env.TENAS_DEBUG) process.setSourceMapsEnabled(true);
  await import(built.href).catch((error) => {
    // Before anything of the command runs: it cannot be read in full.
    const files = error?.code === 'EMFILE' ? 'this process may open no more files (ulimit -n)' : error?.message;
    process.stderr.write(`error: tenas cannot be loaded: ${String(files).split('\n', 1)[0]}\n`);
    if (process.env.TENAS_DEBUG) process.stderr.write(`${error?.stack}\n`);
    process.exitCode = 3;
  });
} else {
  process.stderr.write('tenas is not built yet: run `npm run setup` in the repository first\n');
  process.exitCode = 70;
}
