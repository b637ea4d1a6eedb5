#!/usr/bin/env node
// turbo without its telemetry, its terminal interface and its greetings: `node scripts/turbo.mjs run build ...`.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { isMain, repositoryRoot, run, runMain } from './steps.mjs';

/** The command line of turbo, and the environment to give it. @param {readonly string[]} args */
export function turbo(args) {
  const script = createRequire(join(repositoryRoot, 'package.json')).resolve('turbo/bin/turbo');
  const env = { TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1', TURBO_UI: 'false' };
  return { command: process.execPath, args: [script, ...args], env };
}

if (isMain(import.meta.url)) {
  await runMain(async () => {
    const { command, args, env } = turbo(process.argv.slice(2));
    return (await run(command, args, { env })).code;
  });
}
