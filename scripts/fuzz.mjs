// Tries the readers with damaged inputs: npm run fuzz -- [--target NAME ...] [--count N] [--seed S] [--first N] [--jobs N].
// Each must end in a value or a coded error, in bounded time and memory. An input that does not is made small and kept
// in test/fuzz/corpus/NAME, where a test reads it from then on.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const folder = join(root, 'node_modules/.cache/tenas-fuzz');
mkdirSync(folder, { recursive: true });
const outfile = join(folder, `command-${process.pid}.mjs`);
await build({
  entryPoints: [join(root, 'test/fuzz/command.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  external: ['esbuild'],
  logLevel: 'error',
});
await import(outfile);
