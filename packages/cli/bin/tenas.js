#!/usr/bin/env node
import { existsSync } from 'node:fs';

const built = new URL('../dist/main.js', import.meta.url);
if (existsSync(built)) {
  // Stack traces are only shown with TENAS_DEBUG; they name the sources.
  if (process.env.TENAS_DEBUG) process.setSourceMapsEnabled(true);
  await import(built.href);
} else {
  process.stderr.write('tenas is not built yet: run `npm run setup` in the repository first\n');
  process.exitCode = 70;
}
