#!/usr/bin/env node
// `npm test [-- vitest options]`: setup, then every test of every package.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setup } from './setup.mjs';
import { elapsed, repositoryRoot, run, runMain, say } from './steps.mjs';

await runMain(async () => {
  const start = performance.now();
  say('1/2 setup: system packages, npm packages, build');
  await setup();
  const filters = process.argv.slice(2);
  say(`2/2 vitest: ${filters.length === 0 ? 'the tests of all packages' : filters.join(' ')}`);
  const vitest = createRequire(join(repositoryRoot, 'package.json')).resolve('vitest/package.json');
  const { code } = await run(process.execPath, [join(dirname(vitest), 'vitest.mjs'), 'run', ...filters]);
  say(
    code === 0
      ? `all tests passed in ${elapsed(start)}`
      : `tests failed (exit code ${code}) after ${elapsed(start)}`,
  );
  return code;
});
